/** The user's systemd, by systemctl(1). */
import { access } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { rootLayout } from '#blackboard/layout.ts';
import { notRunningError, succeeds } from '#blackboard/system/errors.ts';
import { limits } from '#blackboard/system/limits.ts';
import { programFault, runProgram } from '#blackboard/system/program.ts';
import {
  readTemplate,
  type ServiceManager,
  type ServiceName,
  type ServiceState,
} from '#runner/service/service-file.ts';
import { systemdUnit } from '#runner/service/systemd-unit.ts';

const unitOf = ({ name }: ServiceName): string => `${name}.service`;

export function systemd(env: NodeJS.ProcessEnv): ServiceManager {
  const systemctl = (...args: string[]) =>
    runProgram({ argv: ['systemctl', '--user', ...args], env, cwd: '/', timeoutMs: limits.serviceCommandMs });

  /** stdout, or an error (69) with what it said. */
  async function ask(...args: string[]): Promise<string> {
    const end = await systemctl(...args);
    const fault = programFault(end);
    if (fault === null && end.kind === 'exited') return end.stdout;
    throw notRunningError(
      `systemctl --user ${args[0]}: ${fault}`,
      'Without a systemd of your own (a container, su): agent-runner start --detach',
    );
  }

  async function state(order: ServiceName): Promise<ServiceState> {
    const properties = 'ActiveState,SubState,MainPID,Result,ExecMainStatus,NRestarts,StatusText';
    const shown = await ask('show', unitOf(order), `--property=${properties}`);
    const value = Object.fromEntries(shown.split('\n').map(line => line.split(/=(.*)/s).slice(0, 2)));
    const pid = Number(value.MainPID) || null;
    const detail = [
      `${value.ActiveState} (${value.SubState})`,
      ...(value.StatusText && pid ? [value.StatusText] : []),
      ...(value.Result !== 'success' ? [`last result: ${value.Result}, exit ${value.ExecMainStatus}`] : []),
      ...(Number(value.NRestarts) > 0 ? [`started again ${value.NRestarts} times`] : []),
    ].join(', ');
    const states: Record<string, ServiceState['state']> = { active: 'running', inactive: 'stopped', failed: 'failed' };
    return { state: states[value.ActiveState] ?? 'other', pid, detail };
  }

  return {
    name: 'systemd',
    file: order => join(env.XDG_CONFIG_HOME || join(order.home, '.config'), 'systemd', 'user', unitOf(order)),
    async text(order) {
      const version = await systemctl('--version');
      const number = version.kind === 'exited' ? /^systemd (\d+)/.exec(version.stdout)?.[1] : undefined;
      const { serviceEnvironment } = rootLayout(order.root);
      const template = await readTemplate('agent-runner.service');
      return systemdUnit(template, order, serviceEnvironment, number === undefined ? null : Number(number));
    },
    state,
    async enable(order) {
      await ask('daemon-reload');
      await ask('enable', unitOf(order));
      const end = await systemctl('restart', unitOf(order));
      if (programFault(end) === null) return;
      const { detail } = await state(order);
      throw notRunningError(
        `${unitOf(order)} is installed and does not run: ${detail}`,
        `See why: journalctl --user -u ${order.name} -n 20`,
      );
    },
    async disable(order) {
      await ask('disable', '--now', unitOf(order));
    },
    async forget() {
      await ask('daemon-reload');
    },
    async advice(order) {
      const { username } = userInfo();
      const lingers = await succeeds(access(`/var/lib/systemd/linger/${username}`));
      return [
        `what it says:  journalctl --user -u ${order.name} -f`,
        ...(lingers ? [] : ['it ends when you log out; to let it run from boot on: loginctl enable-linger']),
      ];
    },
  };
}
