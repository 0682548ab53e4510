/** Checks config.yaml and every agent.md, and repeats a runner's own complaints. */

import { leftMend, leftSentence } from '#blackboard/events/left-drop.ts';
import { listDrops } from '#blackboard/inbox/drops.ts';
import { agentLayout, rootLayout } from '#blackboard/layout.ts';
import { whyNotAName } from '#blackboard/messages/peer-name.ts';
import { unlessDenied } from '#blackboard/system/denied.ts';
import { isRunnerError } from '#blackboard/system/errors.ts';
import type { Files } from '#blackboard/system/files.ts';
import { selfIdentity } from '#blackboard/system/process-identity.ts';
import { quoted } from '#blackboard/text/shell-word.ts';
import { readConfig } from '#runner/agents/config.ts';
import { OVERLAP_RISK, rootOverlap } from '#runner/agents/root-overlap.ts';
import { type Check, well, wrong } from '#runner/doctor/finding.ts';
import { type AgentFacts, type AgentState, stateOf } from '#runner/status/agent-state.ts';
import { deniedSessions, leftElsewhere } from '#runner/status/left-elsewhere.ts';
import { plural } from '#runner/text/terminal.ts';

/** States that stop an agent although its file is valid. A missing runner is no fault. */
const HOLDING: readonly AgentState['kind'][] = [
  ...(['parked', 'stopped', 'paused', 'lent'] as const),
  ...(['orphaned', 'waiting-for-session'] as const),
];

export async function checkConfig(files: Files, root: string): Promise<Check> {
  try {
    await readConfig(files, root);
    return well('config', 'config.yaml is valid, or not there');
  } catch (error) {
    if (!isRunnerError(error)) throw error;
    return wrong('config', error.message, error.hint ?? `Change ${rootLayout(root).config}`);
  }
}

/** It exists, but cannot be read. */
const DENIED = 'denied';

/** A missing runner must not hide what would hold the agent with a runner. */
function stateWithRunner(facts: AgentFacts, nowMs: number): AgentState {
  const state = stateOf(facts, nowMs);
  if (state.kind !== 'not-running') return state;
  return stateOf({ ...facts, runner: { identity: selfIdentity(), startedAt: '' } }, nowMs);
}

export async function checkAgents(
  files: Files,
  root: string,
  agents: readonly AgentFacts[],
  nowMs: number = Date.now(),
): Promise<Check[]> {
  const overlaps: Check[] = [];
  for (const { name, definition } of agents) {
    const overlap = definition && rootOverlap(root, definition);
    if (overlap)
      overlaps.push(wrong('agents', `${name}: ${overlap.sentence}: ${OVERLAP_RISK}`, `agent-runner edit ${name}`));
  }
  const held = agents.flatMap(facts => {
    const { kind, words, next, needsYou } = stateWithRunner(facts, nowMs);
    const isHeld = HOLDING.includes(kind) || (kind === 'held' && facts.waitingCount + facts.signalCount > 0);
    // One that asks is well: agent-runner approvals is for it.
    const isStuck = (needsYou && kind !== 'busy') || isHeld;
    return isStuck ? [wrong('agents', `${facts.name} is ${words}`, next ?? `agent-runner status ${facts.name}`)] : [];
  });
  const untaken = agents.flatMap(({ name, left }) =>
    left.map(drop => wrong('inbox', leftSentence(name, drop), leftMend(drop))),
  );
  const shared = (await leftElsewhere(files, root)).map(({ where, drop }) =>
    wrong('inbox', leftSentence(where, drop), leftMend(drop)),
  );
  const denied = (await deniedSessions(files, root)).map(({ path, errno }) =>
    wrong('sessions', `${path} is not yours to write in (${errno})`, `sudo chown -R "$(id -un)" ${quoted(path)}`),
  );
  const halfRemoved = (await files.list(rootLayout(root).agents)).filter(name => whyNotAName(name) === null);
  const begun: Check[] = [];
  for (const name of halfRemoved) {
    const { removed, definition, inbox } = agentLayout(root, name);
    if (await unlessDenied(files.facts(removed), null))
      begun.push(wrong('agents', `${name} is removed by half`, `agent-runner remove ${name} --force`));
    else if ((await unlessDenied(files.facts(definition), DENIED)) === null) {
      const waiting = [...(await files.list(inbox.new)), ...(await listDrops(files, inbox))].length;
      const what = `${name} has no agent.md, and ${plural(waiting, 'message')} in ${inbox.inbox}`;
      if (waiting > 0) begun.push(wrong('agents', what, `Put its agent.md back, or: agent-runner add ${name}`));
    }
  }
  const said = new Set(agents.flatMap(({ runner }) => (runner?.problem ? [runner.problem] : [])));
  const told = [...said].map(problem => wrong('runner', problem, 'See more: agent-runner logs'));
  const all = [...held, ...overlaps, ...untaken, ...shared, ...denied, ...begun, ...told];
  return all.length > 0 ? all : [well('agents', `${plural(agents.length, 'agent')}, nothing wrong with any`)];
}
