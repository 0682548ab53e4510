/**
 * Has this root's agents run as a service of the user's, now and from every login on; returns when they are watched. Repeating it
 * brings the service up to date.
 */
import { rootLayout } from '#blackboard/layout.ts';
import { childEnv } from '#runner/claude/child-env.ts';
import type { ServiceInstall } from '#runner/results/service.ts';
import { installedText, writeServiceFile } from '#runner/service/service-file.ts';
import { refuseOtherRunner, serviceOrder } from '#runner/service/service-order.ts';
import { serviceManager } from '#runner/service/this-machine.ts';
import type { VerbContext } from '#runner/verbs/context.ts';

/**
 * Throws 69 without a service manager that answers, 75 where the agents run already, otherwise, 77 for a unit of somebody else's, 78 for
 * what `start` would refuse.
 */
export async function serviceInstall({ root, files, env }: VerbContext): Promise<ServiceInstall> {
  const order = await serviceOrder(files, root, env);
  const manager = serviceManager(env);
  const { name } = order;
  const before = await manager.state(order);
  await refuseOtherRunner(files, root, before.pid);
  const file = manager.file(order);
  const text = await manager.text(order);
  const { logs, serviceEnvironment: environmentFile } = rootLayout(root);
  if ((await installedText(file)) !== text) await writeServiceFile(files, file, text);
  else if (before.state === 'running')
    return { name, file, pid: before.pid, changed: false, advice: [], leftOut: [], environmentFile };
  await files.makeDirectory(logs);
  await manager.enable(order);
  const { pid } = await manager.state(order);
  const hasOwn = (await files.facts(environmentFile)) !== null || manager.name !== 'systemd';
  const leftOut = hasOwn ? [] : notTold(env);
  return { name, file, pid, changed: true, advice: await manager.advice(order), leftOut, environmentFile };
}

/** Names of variables that claude is told by and that the service does not get: no key stands in a unit. */
const notTold = (env: NodeJS.ProcessEnv): string[] =>
  Object.keys(childEnv(env)).filter(
    name => env[name] && /^(ANTHROPIC_|CLAUDE_CODE_|AWS_|GOOGLE_|HTTPS?_PROXY$)/i.test(name),
  );
