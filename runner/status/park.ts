/** Parking: an agent that needs a person starts no turns until `resume`. The file is the state. */

import type { BodyOf } from '#blackboard/events/event.ts';
import { noteText } from '#blackboard/events/note-text.ts';
import { recordEvents } from '#blackboard/events/record-events.ts';
import type { AgentLayout } from '#blackboard/layout.ts';
import { sendNote } from '#blackboard/peers/notes.ts';
import type { Clock } from '#blackboard/system/clock.ts';
import type { Files } from '#blackboard/system/files.ts';
import { readRecord, writeRecord } from '#blackboard/system/record.ts';
import type { Claude } from '#runner/claude/port.ts';
import { type Park, parkNext } from '#runner/status/blockers.ts';

/** What parking needs. */
interface ParkContext {
  files: Files;
  root: string;
  clock: Clock;
  layout: Pick<AgentLayout, 'name' | 'parked' | 'inbox'>;
}

/**
 * `code`: auth, billing, claude (it does not reach the model), refused (by the API, whatever is sent), budget,
 * fleet-budget. With `untilMs` it ends by itself: a day's budget, the next try of a claude that did not start.
 */
export interface Parked extends Park {
  at: string;
}

/**
 * Parks the agent and tells the operator once. `occasion` is part of the note's key: one note for one park, and one for
 * the budget of all agents, however many it parks.
 */
export async function park(
  context: ParkContext,
  { code, reason, untilMs, madeOf }: Park,
  occasion: string,
): Promise<void> {
  const { files, layout, clock } = context;
  const parked: Parked = {
    code,
    reason,
    at: new Date(clock.nowMs()).toISOString(),
    ...(untilMs ? { untilMs } : {}),
    ...(madeOf === undefined ? {} : { madeOf }),
  };
  const untilAt = untilMs ? new Date(untilMs).toISOString() : null;
  const event: BodyOf<'agent.parked'> = {
    type: 'agent.parked',
    ...{ code, reason, untilAt, mend: parkNext(parked, layout.name) },
  };
  // One note is enough for the budget of all agents, from the first agent that meets it.
  const isOfAll = code === 'fleet-budget';
  await sendNote(isOfAll ? { ...context, layout: { name: 'runner' } } : context, 'operator', {
    key: ['parked', isOfAll ? '' : layout.name, occasion],
    body: noteText(layout.name, event, clock.nowMs()),
  });
  // "exists": it is parked already, and the first reason counts.
  if ((await writeRecord(files, layout.parked, parked)) !== 'written') return;
  await recordEvents(files, layout.inbox, parked.at, event);
}

/** Why the agent is parked, or null. A day's budget ends with the day; a claude that has changed is tried at once. */
export async function readParked(
  context: Omit<ParkContext, 'root'> & { claude: Pick<Claude, 'madeOf'> },
): Promise<Parked | null> {
  const parked = await readRecord<Parked>(context.files, context.layout.parked);
  if (parked === null) return null;
  const isChanged = parked.madeOf !== undefined && context.claude.madeOf?.() !== parked.madeOf;
  if (!isChanged && !isOver(parked, context.clock.nowMs())) return parked;
  const { files, layout, clock } = context;
  await files.remove(layout.parked);
  const at = new Date(clock.nowMs()).toISOString();
  await recordEvents(files, layout.inbox, at, { type: 'agent.resumed', code: parked.code });
  return null;
}

export const isOver = ({ untilMs }: Park, nowMs: number): boolean => untilMs !== undefined && untilMs <= nowMs;
