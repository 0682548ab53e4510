/** Replies and notes: messages whose ids derive from what they answer, so that sending one again changes nothing. */
import { derivedId } from '../../blackboard/ids.ts';
import { deliver, makeInbox } from '../../blackboard/inbox/deliver.ts';
import type { Outcome } from '../../blackboard/inbox/outcome.ts';
import type { Inbox } from '../../blackboard/layout.ts';
import type { Message } from '../../blackboard/message.ts';
import { asksForReply } from '../../blackboard/message.ts';
import { OPERATOR, peerInbox } from '../../blackboard/peers.ts';
import { shortId } from '../../blackboard/short-id.ts';
import type { AgentContext } from '../agent/agent-ports.ts';
import type { Ended, Intent, IntentMessage } from './turn-records.ts';

/** The id of the reply that a turn's work gets: one for the whole batch. */
export const replyId = (agent: string, firstMessage: string): string => derivedId('reply', agent, firstMessage);

/** Delivers the answer to the sender of the turn's work. What cannot be delivered is said in the outcome, not thrown. */
export async function publishReply(
  context: AgentContext,
  intent: Intent,
  ended: Ended,
): Promise<Pick<Outcome, 'reply' | 'undelivered'>> {
  const work = intent.messages.filter(message => !message.rider && asksForReply(message.kind));
  const first = work[0];
  if (!first || ended.verdict.kind !== 'answered') return {};
  const id = replyId(context.layout.name, first.id);
  const reply: Message = {
    id,
    from: context.layout.name,
    kind: 'answer',
    at: ended.at,
    trace: first.trace,
    hops: Math.max(...work.map(({ hops }) => hops)) + 1,
    ...(first.thread === null ? {} : { thread: first.thread }),
    inReplyTo: work.map(message => message.id),
    turn: ended.turn,
    body: ended.verdict.text,
  };
  const inbox = await openInbox(context, first.from);
  if (!inbox) return { undelivered: `there is no peer "${first.from}" any more` };
  await deliver(context.files, inbox, reply);
  return { reply: id };
}

/** The id of the note that tells `peer` of a death: one for each, though a message that was requeued may die again. */
export const deathNoteId = (peer: string, agent: string, message: string, at: string): string =>
  noteId(peer, deathKey(agent, message, at));

const deathKey = (agent: string, message: string, at: string) => ['dead', agent, message, at];

/** A message that died, as the note about it needs it. `at`: the instant in its outcome. */
export interface Death extends Pick<IntentMessage, 'id' | 'from' | 'kind' | 'trace'> {
  at: string;
  reason: string;
  /** Its inbox is gone: it cannot be requeued. */
  isFinal?: boolean;
}

/** Tells the sender and the operator that a message is dead, but not whoever wanted it so (`except`). */
export async function publishDeath(context: NoteContext, death: Death, except: readonly string[] = []): Promise<void> {
  const { name } = context.layout;
  const shown = shortId(death.id);
  const told = new Set(asksForReply(death.kind) ? [OPERATOR, death.from] : [OPERATOR]);
  for (const peer of told) {
    if (except.includes(peer)) continue;
    await sendNote(context, peer, {
      key: deathKey(name, death.id, death.at),
      inReplyTo: [death.id],
      trace: death.trace,
      body: `Message ${shown} from ${death.from} to ${name} is dead: ${death.reason}\nLook at it: agent-runner dead show ${shown}\n${death.isFinal ? '' : `Try it again: agent-runner dead requeue ${shown}\n`}`,
    });
  }
}

/** A peer's inbox, made if it is not there yet (an agent.md that a person just wrote); null: no such peer. */
async function openInbox(context: NoteContext, peer: string): Promise<Inbox | null> {
  const inbox = await peerInbox(context.files, context.root, peer);
  if (inbox && !(await context.files.facts(inbox.tmp))) await makeInbox(context.files, inbox);
  return inbox;
}

type NoteContext = Pick<AgentContext, 'files' | 'root' | 'clock'> & { layout: Pick<AgentContext['layout'], 'name'> };

/** The id of the note to a peer that has this key. */
export const noteId = (to: string, key: readonly string[]): string => derivedId('note', to, ...key);

/** A note from an agent's runner to a peer. The same key is the same note. */
export async function sendNote(
  context: NoteContext,
  to: string,
  note: { key: readonly string[]; body: string; inReplyTo?: string[]; trace?: string },
): Promise<void> {
  const inbox = await openInbox(context, to);
  if (!inbox) return;
  const id = noteId(to, note.key);
  await deliver(context.files, inbox, {
    id,
    from: context.layout.name,
    kind: 'note',
    at: new Date(context.clock.nowMs()).toISOString(),
    trace: note.trace ?? id,
    hops: 0,
    ...(note.inReplyTo ? { inReplyTo: note.inReplyTo } : {}),
    body: note.body,
  });
}
