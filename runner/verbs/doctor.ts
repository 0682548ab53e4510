/** Checks everything agents need, and says what fixes each problem. Leaves nothing behind. */
import { listAgents } from '#blackboard/peers/agent.ts';
import { findHooksHere } from '#runner/claude/hooks-here.ts';
import { checkAgents, checkConfig } from '#runner/doctor/agent-checks.ts';
import { checkClaude } from '#runner/doctor/claude-checks.ts';
import type { Check } from '#runner/doctor/finding.ts';
import { checkHooks } from '#runner/doctor/hooks-checks.ts';
import { checkClock, checkDescriptors, checkNode, checkSignals, checkWatch } from '#runner/doctor/machine-checks.ts';
import { checkDisk, checkRoot } from '#runner/doctor/root-checks.ts';
import { checkWake } from '#runner/doctor/wake-checks.ts';
import type { Doctor } from '#runner/results/setup.ts';
import { readAllFacts, stateSource } from '#runner/status/agent-facts.ts';
import type { VerbContext } from '#runner/verbs/context.ts';

/** Takes an unchecked context: whether the root is to be trusted is the first finding. `cwd`: the project whose hooks count. */
export async function doctor(context: VerbContext, { cwd }: { cwd: string }): Promise<Doctor> {
  const { root, env } = context;
  const usable = await checkRoot(root, env);
  // Of a root that is not there, or not to be trusted, nothing else is tried.
  const isTried = usable.ok || usable.mend?.startsWith('chmod 700') === true;
  const checks = [
    checkNode(process.versions.node),
    usable,
    ...(isTried ? await checksOfRoot(context, cwd) : []),
    ...(await checkClaude(root, env)),
    await checkSignals(),
  ];
  return { healthy: checks.every(({ ok }) => ok), checks };
}

async function checksOfRoot({ root, files, env }: VerbContext, cwd: string): Promise<Check[]> {
  const disk = await checkDisk(files, root);
  const names = await listAgents(files, root);
  const descriptors = checkDescriptors(names.length);
  const nowMs = Date.now();
  const agents = await readAllFacts(stateSource(root, files, env, nowMs), names);
  const hooks = await findHooksHere(root, env, cwd);
  return [
    ...disk,
    ...(await checkWatch(root, names)),
    ...(descriptors ? [descriptors] : []),
    await checkClock(files, root),
    await checkConfig(files, root),
    ...checkHooks(hooks),
    ...(await checkWake(files, root, hooks.refusesMods, nowMs)),
    ...(await checkAgents(files, root, agents, nowMs)),
  ];
}
