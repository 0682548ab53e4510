// A person at a terminal: commands typed into a pane of a tmux server of its own, which no test runner stands above, so that
// `agent-runner approve` finds a terminal that no claude has started. Dispose of it: it ends by its socket.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { quoted } from '#blackboard/text/shell-word.ts';
import { type CommandEnd, cliPath } from '#test/support/agent-fixture.ts';
import { until } from '#test/support/until.ts';

export type Person = Disposable & {
  /** Types `agent-runner <args>` and waits for its end. `env`: more for this command. */
  types(...args: string[]): Promise<CommandEnd>;
  typesWith(env: Record<string, string>, ...args: string[]): Promise<CommandEnd>;
};

/** `cli`: another build of the command. */
export function person(root: string, env: NodeJS.ProcessEnv, cli: string = cliPath): Person {
  const home = mkdtempSync(join(tmpdir(), 'ar-person-'));
  const socket = join(home, 'tmux');
  const clean = { HOME: env.HOME!, PATH: env.PATH!, TERM: 'xterm', AGENT_RUNNER_HOME: root };
  const tmux = (...args: string[]) => execFileSync('tmux', ['-S', socket, '-f', '/dev/null', ...args], { env: clean });
  tmux('new-session', '-d', '-s', 'person', 'sleep 3600');
  let typed = 0;
  async function typesWith(more: Record<string, string>, ...args: string[]): Promise<CommandEnd> {
    const place = join(home, String(++typed));
    mkdirSync(place);
    const words = [process.execPath, cli, ...args].map(quoted).join(' ');
    const set = Object.entries(more).map(([name, value]) => `export ${name}=${quoted(value)}\n`);
    const lines = `${set.join('')}${words} > stdout 2> stderr\necho $? > code.tmp; mv code.tmp code\n`;
    writeFileSync(join(place, 'line.sh'), lines);
    tmux('new-window', '-d', '-c', place, 'sh line.sh');
    const read = (name: string) => readFileSync(join(place, name), 'utf8');
    const code = await until(`the end of ${args.join(' ')}`, () => {
      try {
        return read('code');
      } catch {
        return null;
      }
    });
    return { code: Number(code), signal: null, stdout: read('stdout'), stderr: read('stderr') };
  }
  return {
    typesWith,
    types: (...args) => typesWith({}, ...args),
    [Symbol.dispose]() {
      tmux('kill-server');
      rmSync(home, { recursive: true, force: true });
    },
  };
}
