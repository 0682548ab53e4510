/**
 * `agent-runner service install`: has this root's agents run as a service of the user's, now and from every login on;
 * returns when they are watched. Repeating it brings the service up to date.
 */

import { rootLayout } from '#blackboard/layout.ts';
import { requireRoot, rootPath } from '#blackboard/root.ts';
import { createDiskFiles } from '#blackboard/system/disk-files.ts';
import { exitCode } from '#blackboard/system/errors.ts';
import { childEnv } from '#runner/claude/child-env.ts';
import type { Declaration } from '#runner/cli/declare.ts';
import type { GlobalOptions } from '#runner/cli/terminal/global-options.ts';
import { installedText, writeServiceFile } from '#runner/service/service-file.ts';
import { refuseOtherRunner, serviceOrder } from '#runner/service/service-order.ts';
import { serviceManager } from '#runner/service/this-machine.ts';
import { printJson } from '#runner/text/printing.ts';
import { showWaiting } from '#runner/text/waiting.ts';

export const command: Declaration = {
  words: 'service install',
  about: 'run them now and from every login on; returns when they are watched',
  json: true,
  examples: ['agent-runner service install', 'agent-runner --root /srv/agents service install'],
  exits: {
    69: 'no service manager, or it does not run',
    75: 'the agents run already, otherwise',
    77: "the unit is somebody else's",
    78: 'what `start` would refuse',
  },
};

export async function run(global: GlobalOptions): Promise<number> {
  const files = createDiskFiles();
  const root = await requireRoot(rootPath(global.root, process.env));
  const order = await serviceOrder(files, root, process.env);
  const manager = serviceManager(process.env);
  const before = await manager.state(order);
  await refuseOtherRunner(files, root, before.pid);
  const file = manager.file(order);
  const text = await manager.text(order);
  if ((await installedText(file)) !== text) await writeServiceFile(files, file, text);
  else if (before.state === 'running') {
    if (global.json) printJson({ name: order.name, file, pid: before.pid, changed: false });
    else process.stdout.write(`Nothing to do: ${order.name} is installed and runs as pid ${before.pid}\n`);
    return exitCode.ok;
  }
  await files.makeDirectory(rootLayout(root).logs);
  {
    using _shown = showWaiting(`starting ${order.name}`, { json: global.json });
    await manager.enable(order);
  }
  const { pid } = await manager.state(order);
  const told = [
    `${order.name} runs${pid ? ` as pid ${pid}` : ''}, now and from every login on`,
    `  its unit:      ${file}`,
    ...(await manager.advice(order)).map(line => `  ${line}`),
    '  take it away:  agent-runner service uninstall',
  ];
  if (global.json) printJson({ name: order.name, file, pid, changed: true });
  else process.stdout.write(`${told.join('\n')}\n`);
  const { serviceEnvironment } = rootLayout(root);
  const missing = (await files.facts(serviceEnvironment)) === null ? leftOut(process.env) : [];
  if (missing.length > 0 && manager.name === 'systemd')
    process.stderr.write(
      `agent-runner: ${missing.join(', ')} ${missing.length === 1 ? 'is' : 'are'} set here, and not in the service: no key stands in a unit\n` +
        `  If the agents need that, write NAME=value lines into ${serviceEnvironment}, chmod 600 it, and: systemctl --user restart ${order.name}\n`,
    );
  return exitCode.ok;
}

/** Names of variables that claude is told by and that the service does not get. */
const leftOut = (env: Readonly<Record<string, string | undefined>>): string[] =>
  Object.keys(childEnv(env)).filter(
    name => env[name] && /^(ANTHROPIC_|CLAUDE_CODE_|AWS_|GOOGLE_|HTTPS?_PROXY$)/i.test(name),
  );
