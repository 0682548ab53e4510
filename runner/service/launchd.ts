/** The user's launchd, by launchctl(1). */
import { join } from 'node:path';
import { notRunningError } from '#blackboard/system/errors.ts';
import { limits } from '#blackboard/system/limits.ts';
import { programFault, runProgram } from '#blackboard/system/program.ts';
import { launchdPlist } from '#runner/service/launchd-plist.ts';
import { readTemplate, type ServiceManager, type ServiceName } from '#runner/service/service-file.ts';

export function launchd(env: NodeJS.ProcessEnv): ServiceManager {
  const domain = `gui/${process.getuid?.() ?? 0}`;
  const target = ({ name }: ServiceName): string => `${domain}/${name}`;
  const file = (order: ServiceName): string => join(order.home, 'Library', 'LaunchAgents', `${order.name}.plist`);
  const launchctl = (...args: string[]) =>
    runProgram({ argv: ['launchctl', ...args], env, cwd: '/', timeoutMs: limits.serviceCommandMs });

  async function demand(...args: string[]): Promise<void> {
    const fault = programFault(await launchctl(...args));
    if (fault !== null)
      throw notRunningError(
        `launchctl ${args[0]}: ${fault}`,
        'It needs a session at the screen; without one: agent-runner start --detach',
      );
  }

  return {
    name: 'launchd',
    file,
    text: async order => launchdPlist(await readTemplate('agent-runner.plist'), order),
    async state(order) {
      const end = await launchctl('print', target(order));
      if (end.kind === 'not-started') throw notRunningError(end.reason);
      if (end.kind === 'killed' || end.code !== 0) return { state: 'stopped', pid: null, detail: 'not loaded' };
      const word = (name: string) => new RegExp(`^\\s*${name} = (.*)$`, 'm').exec(end.stdout)?.[1];
      const pid = Number(word('pid')) || null;
      const code = Number(word('last exit code')) || 0;
      const detail = [word('state') ?? 'loaded', ...(code ? [`last exit ${code}`] : [])].join(', ');
      return { state: pid ? 'running' : code ? 'failed' : 'stopped', pid, detail };
    },
    async enable(order) {
      // A loaded one still has the old text.
      await launchctl('bootout', target(order));
      await demand('enable', target(order));
      await demand('bootstrap', domain, file(order));
    },
    async disable(order) {
      await launchctl('bootout', target(order));
    },
    async forget() {},
    advice: async () => [],
  };
}
