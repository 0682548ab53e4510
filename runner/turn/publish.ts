/** Replies and notes: messages whose ids derive from what they answer, so that sending one again changes nothing. */
import { lifeOfInbox, lifePart } from '../../blackboard/agent-life.ts';
import { carriedDenials, type Denial } from '../../blackboard/denials.ts';
import { derivedId } from '../../blackboard/ids.ts';
import { deliver, type IsSame, isTaken, makeInbox, sameWords } from '../../blackboard/inbox/deliver.ts';
import type { Outcome } from '../../blackboard/inbox/outcome.ts';
import { type Inbox, turnLayout } from '../../blackboard/layout.ts';
import type { Message } from '../../blackboard/message.ts';
import { asksForReply } from '../../blackboard/message.ts';
import { OPERATOR, senderInbox } from '../../blackboard/peers.ts';
import { shortId } from '../../blackboard/short-id.ts';
import type { AgentContext } from '../agent/agent-ports.ts';
import { attachWhole } from './long-answer.ts';
import type { Ended, Intent, IntentMessage } from './turn-records.ts';

/** The id of the reply that a turn's work gets: one for the whole batch. */
export const replyId = (agent: string, firstMessage: string, life = ''): string =>
  derivedId(...replyParts(agent, firstMessage, life));

const replyParts = (agent: string, firstMessage: string, life: string): string[] => [
  'reply',
  agent,
  ...lifePart(life),
  firstMessage,
];

/** Delivers the answer to the sender of the turn's work. What cannot be delivered is said in the outcome, not thrown. */
export async function publishReply(
  context: AgentContext,
  intent: Intent,
  ended: Ended,
): Promise<Pick<Outcome, 'reply' | 'undelivered'>> {
  const work = intent.messages.filter(message => !message.rider && asksForReply(message.kind));
  const first = work[0];
  if (!first || ended.verdict.kind !== 'answered') return {};
  const asker = await openInbox(context, first);
  // What was asked was worked on; nobody but the operator is left to hear of it.
  const inbox = asker ?? (await openInbox(context, { from: OPERATOR }));
  const undelivered = asker ? {} : { undelivered: `there is no peer "${first.from}" any more` };
  if (!inbox) return undelivered;
  const turn = turnLayout(context.layout.turns, ended.turn);
  const { text, isCut } = ended.verdict;
  const life = await lifeOfInbox(context.files, context.layout.inbox);
  const parts = replyParts(context.layout.name, first.id, life);
  const sent = await deliverDerived(context, inbox, parts, sameWords, async id => ({
    id,
    from: context.layout.name,
    ...(life === '' ? {} : { fromId: life }),
    kind: 'answer',
    at: ended.at,
    trace: first.trace,
    hops: Math.max(...work.map(({ hops }) => hops)) + 1,
    ...(first.thread === null ? {} : { thread: first.thread }),
    inReplyTo: work.map(message => message.id),
    turn: ended.turn,
    ...deniedIn(ended),
    ...(isCut ? { attachments: await attachWhole(context.files, inbox, id, turn) } : {}),
    body: text,
  }));
  return asker
    ? { reply: sent }
    : { reply: sent, undelivered: `${undelivered.undelivered}; the operator has the answer` };
}

/** Ids that a derived message may have: more than one only where somebody has put something else there under the first. */
const IDS_TRIED = 8;

/**
 * Delivers a message whose id derives from `parts`, so that repeating it changes nothing. A duplicate is taken for done only where
 * the message that is known by the id is this one; else it goes under the next id. Returns its id.
 */
async function deliverDerived(
  { files }: Pick<AgentContext, 'files'>,
  inbox: Inbox,
  parts: readonly string[],
  isSame: IsSame,
  compose: (id: string) => Promise<Message>,
): Promise<string> {
  for (let number = 1; ; number++) {
    const id = derivedId(...parts, ...(number === 1 ? [] : [String(number)]));
    try {
      await deliver(files, inbox, await compose(id), { isSame });
      return id;
    } catch (error) {
      if (!isTaken(error) || number === IDS_TRIED) throw error;
    }
  }
}

/** The head's part that says what the turn was refused; nothing if it was refused nothing. */
export const deniedIn = ({ denials }: Pick<Ended, 'denials'>): { denials?: Denial[] } =>
  denials.length > 0 ? { denials: carriedDenials(denials) } : {};

/**
 * Tells the operator what a turn was refused: one note for each turn, and none where the reply, or the note of a death, has
 * told it.
 */
export async function publishDenials(context: NoteContext, intent: Intent | null, ended: Ended): Promise<void> {
  if (ended.denials.length === 0 || isOperatorTold(intent, ended)) return;
  const { name } = context.layout;
  const work = (intent?.messages ?? []).filter(({ rider }) => !rider);
  const asked = work[0] ? `, which worked for ${work[0].from},` : '';
  await sendNote(context, OPERATOR, {
    key: ['denied', name, String(ended.turn), ended.at],
    ...(work.length > 0 ? { inReplyTo: work.map(({ id }) => id) } : {}),
    ...deniedIn(ended),
    body: `Turn ${ended.turn} of ${name}${asked} was denied tools. What it may do stands in its agent.md: agent-runner edit ${name}\n`,
  });
}

function isOperatorTold(intent: Intent | null, { verdict, messages }: Ended): boolean {
  const work = intent?.messages.find(({ rider, kind }) => !rider && asksForReply(kind));
  if (verdict.kind === 'answered') return work?.from === OPERATOR;
  const isNotedDead = messages.some(({ disposition }) => disposition.do === 'bury');
  return isNotedDead && !(verdict.kind === 'cancelled' && verdict.by === OPERATOR);
}

/** The id of the note that tells `peer` of a death: one for each, though a message that was requeued may die again. */
export const deathNoteId = (peer: string, agent: string, message: string, at: string, life: string): string =>
  noteId(peer, deathKey(agent, message, at), life);

const deathKey = (agent: string, message: string, at: string) => ['dead', agent, message, at];

/** A message that died, as the note about it needs it. `at`: the instant in its outcome. */
export interface Death extends Pick<IntentMessage, 'id' | 'from' | 'kind' | 'trace'>, Pick<Message, 'fromId'> {
  at: string;
  reason: string;
  /** Its inbox is gone: it cannot be requeued. */
  isFinal?: boolean;
  /** What its last turn was refused. */
  denials?: Message['denials'];
}

/** Tells the sender and the operator that a message is dead, but not whoever wanted it so (`except`). */
export async function publishDeath(context: NoteContext, death: Death, except: readonly string[] = []): Promise<void> {
  const { name } = context.layout;
  const shown = shortId(death.id);
  const told = new Set(asksForReply(death.kind) ? [OPERATOR, death.from] : [OPERATOR]);
  for (const peer of told) {
    if (except.includes(peer)) continue;
    const to = peer === death.from ? death : { from: peer };
    await sendNote(context, to, {
      key: deathKey(name, death.id, death.at),
      inReplyTo: [death.id],
      trace: death.trace,
      ...(death.denials ? { denials: death.denials } : {}),
      body: `Message ${shown} from ${death.from} to ${name} is dead: ${death.reason}\nLook at it: agent-runner dead show ${shown}\n${death.isFinal ? '' : `Try it again: agent-runner dead requeue ${shown}\n`}`,
    });
  }
}

/** A peer's inbox, made if it is not there yet (an agent.md that a person just wrote); null: no such peer. */
async function openInbox(context: NoteContext, to: Pick<Message, 'from' | 'fromId'>): Promise<Inbox | null> {
  const inbox = await senderInbox(context.files, context.root, to);
  if (inbox && !(await context.files.facts(inbox.tmp))) await makeInbox(context.files, inbox);
  return inbox;
}

type NoteContext = Pick<AgentContext, 'files' | 'root' | 'clock'> & {
  /** inbox: whose runner it is; absent: of no one agent. */
  layout: { name: string; inbox?: Inbox };
};

/** The id of the note to a peer that has this key. */
export const noteId = (to: string, key: readonly string[], life: string): string =>
  derivedId(...noteParts(to, key, life));

const noteParts = (to: string, key: readonly string[], life: string): string[] => [
  'note',
  to,
  ...lifePart(life),
  ...key,
];

/** A note from an agent's runner to a peer. The same key is the same note. */
export async function sendNote(
  context: NoteContext,
  addressee: string | Pick<Message, 'from' | 'fromId'>,
  note: { key: readonly string[]; body: string } & Partial<Pick<Message, 'inReplyTo' | 'trace' | 'denials'>>,
): Promise<void> {
  const to = typeof addressee === 'string' ? { from: addressee } : addressee;
  const inbox = await openInbox(context, to);
  if (!inbox) return;
  // The key says what has happened: a note of it in other words (a version before, another time) is the same note.
  const isSame: IsSame = (known, mine) => known.from === mine.from && known.kind === mine.kind;
  const life = context.layout.inbox ? await lifeOfInbox(context.files, context.layout.inbox) : '';
  await deliverDerived(context, inbox, noteParts(to.from, note.key, life), isSame, async id => ({
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
}
