/** Asks the installed claude something that costs nothing: it runs apart from the user's files, account and network. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { limits } from '#blackboard/system/limits.ts';
import { PROBE_ARGUMENTS, probeEnvironment } from '#hooks/install/settings-probe.ts';

/** What it printed for these lines on stdin, until it ended or its time was up. `home` holds an empty directory work/. */
export function askClaude(
  executable: string,
  { home, path, input }: { home: string; path: string; input: string },
): Promise<string> {
  return new Promise(resolve => {
    const env = probeEnvironment(path, home);
    const options = { cwd: join(home, 'work'), env, timeout: limits.claudeProbeMs, killSignal: 'SIGKILL' as const };
    const child = execFile(executable, PROBE_ARGUMENTS, options, (_error, stdout) => resolve(stdout));
    child.stdin?.on('error', () => {});
    child.stdin?.end(input);
  });
}
