/** Runs this root's agents as the user's service, now and after every login. Calling it again updates the service. */
import { rootLayout } from '#blackboard/layout.ts';
import { childEnv } from '#runner/claude/child-env.ts';
import type { ServiceInstall } from '#runner/results/service.ts';
import { installedText, writeServiceFile } from '#runner/service/service-file.ts';
import { refuseOtherRunner, serviceOrder } from '#runner/service/service-order.ts';
import { serviceManager } from '#runner/service/this-machine.ts';
import type { VerbContext } from '#runner/verbs/context.ts';

/**
 * Throws 69 if no service manager answers, 75 if the agents already run in another way, 77 for a foreign unit, 78 for what
 * `start` would refuse.
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

/** Variables that claude uses and the service does not get: a unit contains no keys. */
const notTold = (env: NodeJS.ProcessEnv): string[] =>
  Object.keys(childEnv(env)).filter(
    name => env[name] && /^(ANTHROPIC_|CLAUDE_CODE_|AWS_|GOOGLE_|HTTPS?_PROXY$)/i.test(name),
  );
