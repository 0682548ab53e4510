/**
 * Notes: what the runner and hooks tell a peer, above all the death of a message. Their ids derive from what they tell,
 * so that telling it again changes nothing.
 */

import { join } from 'node:path';
import type { BodyOf } from '#blackboard/events/event.ts';
import { type NotedEvent, noteText } from '#blackboard/events/note-text.ts';
import { type EventSink, recordEvents } from '#blackboard/events/record-events.ts';
import { REASON_SUFFIX } from '#blackboard/inbox/bury.ts';
import { type Delivery, deliver, type IsSame, isTaken, makeInbox } from '#blackboard/inbox/deliver.ts';
import { writeOutcome } from '#blackboard/inbox/outcome.ts';
import type { Inbox } from '#blackboard/layout.ts';
import { asksForReply, type Message } from '#blackboard/messages/message.ts';
import { formatMessageName, type MessageName } from '#blackboard/messages/message-name.ts';
import { lifeOfInbox, lifePart } from '#blackboard/peers/agent-life.ts';
import { OPERATOR } from '#blackboard/peers/operator.ts';
import { senderInbox } from '#blackboard/peers/peers.ts';
import type { Clock } from '#blackboard/system/clock.ts';
import type { Files } from '#blackboard/system/files.ts';
import { derivedId } from '#blackboard/system/ids.ts';
import { writeOnce } from '#blackboard/system/record.ts';

/** The id of the note that tells `peer` of a death: one for each death, because a requeued message may die again. */
export const deathNoteId = (peer: string, agent: string, message: string, at: string, life: string): string =>
  noteId(peer, deathKey(agent, message, at), life);

const deathKey = (agent: string, message: string, at: string) => ['dead', agent, message, at];

/** A dead message, with what the note about it needs. `turn`: that had it last. `isFinal`: its inbox is gone. */
export interface Death extends Pick<Message, 'id' | 'from' | 'fromId' | 'kind' | 'trace'> {
  /** The instant in its outcome. */
  at: string;
  turn: number | null;
  reason: string;
  isFinal?: boolean;
  /** What was denied in its last turn. */
  denials?: Message['denials'];
}

export const deathEvent = ({ id, turn, reason, from, isFinal = false }: Death): BodyOf<'message.buried'> => ({
  type: 'message.buried',
  ...{ id, turn, reason, from, isFinal },
});

/** Tells the sender and the operator that a message is dead, except the peer that wanted it so (`except`). */
export async function publishDeath(context: NoteContext, death: Death, except: readonly string[] = []): Promise<void> {
  const { name } = context.layout;
  const told = new Set(asksForReply(death.kind) ? [OPERATOR, death.from] : [OPERATOR]);
  for (const peer of told) {
    if (except.includes(peer)) continue;
    const to = peer === death.from ? death : { from: peer };
    await sendNote(context, to, {
      key: deathKey(name, death.id, death.at),
      inReplyTo: [death.id],
      trace: death.trace,
      ...(death.denials ? { denials: death.denials } : {}),
      body: noteText(name, deathEvent(death), context.clock.nowMs()),
    });
  }
}

/**
 * What follows from the death of a message that no turn had: reason, notes, outcome. Repeatable: the time of the reason is
 * the time of death, so that another try after a crash writes the same notes and not new ones.
 */
export async function completeDeath(
  context: NoteContext & { layout: { inbox: Inbox } },
  message: MessageName,
  letter: Omit<Death, 'id' | 'at' | 'turn'>,
  except: readonly string[] = [],
): Promise<void> {
  const { files, clock, layout } = context;
  const { inbox } = layout;
  const { id } = message;
  const { reason } = letter;
  // An existing one was written by an earlier burial: its time counts.
  const reasonPath = join(inbox.dead, `${formatMessageName(message)}${REASON_SUFFIX}`);
  await writeOnce(files, reasonPath, `${reason}\n`);
  const at = new Date((await files.facts(reasonPath))?.mtimeMs ?? clock.nowMs()).toISOString();
  const death = { ...letter, id, at, turn: null };
  await publishDeath(context, death, except);
  // "exists": somebody else has completed the same burial.
  if ((await writeOutcome(files, inbox, message, { id, outcome: 'dead', at, reason })) === 'written')
    await recordEvents(files, inbox, at, deathEvent(death));
}

/** A peer's inbox, created if it does not exist yet (an agent.md that a person just wrote); null: no such peer. */
export async function openInbox(context: NoteContext, to: Pick<Message, 'from' | 'fromId'>): Promise<Inbox | null> {
  const inbox = await senderInbox(context.files, context.root, to);
  if (inbox) await makeInbox(context.files, inbox);
  return inbox;
}

/** What a caller needs to tell a peer something. */
export interface NoteContext {
  files: Files;
  root: string;
  clock: Pick<Clock, 'nowMs'>;
  /** inbox: the agent whose runner it is; absent: no single agent's. */
  layout: { name: string; inbox?: Inbox };
}

/** The id of the note to a peer that has this key. */
export const noteId = (to: string, key: readonly string[], life: string): string =>
  derivedId(...noteParts(to, key, life));

const noteParts = (to: string, key: readonly string[], life: string): string[] => [
  'note',
  to,
  ...lifePart(life),
  ...key,
];

/** Tells the operator of an event that is over when it is told: a note, and an event if the note is new. */
export async function tellOperator(
  context: NoteContext,
  sink: EventSink,
  key: readonly string[],
  event: NotedEvent,
): Promise<void> {
  const nowMs = context.clock.nowMs();
  const body = noteText(context.layout.name, event, nowMs);
  if ((await sendNote(context, OPERATOR, { key, body })) === 'delivered')
    await recordEvents(context.files, sink, new Date(nowMs).toISOString(), event);
}

/** A note from an agent's runner to a peer. The same key is the same note. null: there is no such peer. */
export async function sendNote(
  context: NoteContext,
  addressee: string | Pick<Message, 'from' | 'fromId'>,
  note: { key: readonly string[]; body: string } & Partial<Pick<Message, 'inReplyTo' | 'trace' | 'denials'>>,
): Promise<Delivery | null> {
  const to = typeof addressee === 'string' ? { from: addressee } : addressee;
  const inbox = await openInbox(context, to);
  if (!inbox) return null;
  // The key says what has happened: a note about it in other words (by an earlier version, with another time) is the
  // same note.
  const isSame: IsSame = (known, mine) => known.from === mine.from && known.kind === mine.kind;
  const life = context.layout.inbox ? await lifeOfInbox(context.files, context.layout.inbox) : '';
  const sent = await deliverDerived(context, inbox, noteParts(to.from, note.key, life), isSame, async id => ({
    id,
    from: context.layout.name,
    kind: 'note',
    at: new Date(context.clock.nowMs()).toISOString(),
    trace: note.trace ?? id,
    hops: 0,
    ...(note.inReplyTo ? { inReplyTo: note.inReplyTo } : {}),
    ...(note.denials ? { denials: note.denials } : {}),
    body: note.body,
  }));
  return sent.delivery;
}

/** The ids that a derived message may have: more than one only if somebody put something else there under the first. */
const IDS_TRIED = 8;

/**
 * Delivers a message whose id derives from `parts`, so that repeating it changes nothing. A duplicate counts as done
 * only if the message known by the id is this one; else it goes under the next id.
 */
export async function deliverDerived(
  { files }: Pick<NoteContext, 'files'>,
  inbox: Inbox,
  parts: readonly string[],
  isSame: IsSame,
  compose: (id: string) => Promise<Message>,
): Promise<{ id: string; delivery: Delivery }> {
  for (let number = 1; ; number++) {
    const id = derivedId(...parts, ...(number === 1 ? [] : [String(number)]));
    try {
      return { id, delivery: await deliver(files, inbox, await compose(id), { isSame }) };
    } catch (error) {
      if (!isTaken(error) || number === IDS_TRIED) throw error;
    }
  }
}
