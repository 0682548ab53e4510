/** Parking: an agent that needs a person starts no turns until `resume`. The file is the state. */
import { readRecord, writeRecord } from '../../blackboard/record.ts';
import type { AgentContext } from '../agent/agent-ports.ts';
import { CLAUDE_FROM, INSTALL_CLAUDE, looksTooOld } from '../claude/claude-version.ts';
import { sendNote } from '../turn/publish.ts';

export interface Parked {
  /** auth, billing, claude (it refuses to start), budget, fleet-budget. */
  code: string;
  reason: string;
  at: string;
  /** Unparks itself at this instant (Unix milliseconds): a day's budget. */
  untilMs?: number;
}

/** What a person does about it: the words that follow the reason, wherever it is told. */
export function settledBy(
  { code, untilMs, reason }: { code: string; untilMs?: number | undefined; reason: string },
  agent: string,
): string {
  const resume = `agent-runner resume ${agent}`;
  if (code === 'fleet-budget') return 'goes on by itself tomorrow; to go on today: agent-runner resume --raise <usd>';
  if (untilMs) return `goes on by itself tomorrow; to go on today: ${resume} --raise <usd>`;
  if (code === 'auth') return `log in (start claude, type /login), then: ${resume}`;
  if (code === 'claude' && looksTooOld(reason))
    return `if agent.md does not say so, that claude is too old (expected ${CLAUDE_FROM} or newer): ${INSTALL_CLAUDE}, then: ${resume}`;
  return `when that is mended: ${resume}`;
}

/** Parks the agent and tells the operator once. `occasion` makes the note's key: one note for one park, and one for the fleet's
 * budget however many it parks. */
export async function park(
  context: Pick<AgentContext, 'files' | 'root' | 'clock' | 'layout'>,
  code: string,
  reason: string,
  occasion: string,
  untilMs?: number,
): Promise<void> {
  const { files, layout, clock } = context;
  const parked: Parked = { code, reason, at: new Date(clock.nowMs()).toISOString(), ...(untilMs ? { untilMs } : {}) };
  // Of the money of all agents there is one thing to say, whoever comes to it first.
  const who = code === 'fleet-budget' ? 'Every agent' : `Agent ${layout.name}`;
  await sendNote(context, 'operator', {
    key: ['parked', code === 'fleet-budget' ? '' : layout.name, occasion],
    body: `${who} is parked (${code}): ${reason}; ${settledBy(parked, layout.name)}\n`,
  });
  await writeRecord(files, layout.parked, parked);
}

/** Why the agent is parked, or null. A day's budget ends with the day. */
export async function readParked(context: Pick<AgentContext, 'files' | 'clock' | 'layout'>): Promise<Parked | null> {
  const parked = await readRecord<Parked>(context.files, context.layout.parked);
  if (!parked?.untilMs || parked.untilMs > context.clock.nowMs()) return parked;
  await context.files.remove(context.layout.parked);
  return null;
}
