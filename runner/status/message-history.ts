/** Reads what became of a message, from files only. What it comes to is in message-steps.ts. */
import { join } from 'node:path';
import { locate, type MessageLocation } from '#blackboard/inbox/locate.ts';
import { type Life, lifeOf, type Outcome, readOutcome } from '#blackboard/inbox/outcome.ts';
import { type EarlierOutcome, earlierOutcomes } from '#blackboard/inbox/requeue.ts';
import { readSeen, type SeenRecord } from '#blackboard/inbox/seen.ts';
import { agentLayout, type Inbox, type TurnLayout, turnLayout } from '#blackboard/layout.ts';
import type { Message } from '#blackboard/messages/message.ts';
import { readMessage } from '#blackboard/messages/message-decode.ts';
import { parseMessageName } from '#blackboard/messages/message-name.ts';
import type { KnownMessage } from '#blackboard/peers/known-message.ts';
import { senderInbox } from '#blackboard/peers/peers.ts';
import type { Files } from '#blackboard/system/files.ts';
import { limits } from '#blackboard/system/limits.ts';
import { readRecord } from '#blackboard/system/record.ts';
import { readEnded } from '#blackboard/turns/long-answer.ts';
import { latestTurn } from '#blackboard/turns/newest-turn.ts';
import type { Ended, Intent } from '#blackboard/turns/turn-records.ts';
import { readStream, streamOf } from '#blackboard/turns/turn-stream.ts';
import { readChild, readStop, SEAL_BYTES, type StopRecord } from '#blackboard/turns/turns.ts';
import { parseStreamLine } from '#hooks/claude/stream.ts';
import { summarizeStream } from '#hooks/claude/stream-summary.ts';

/** A turn that contained the message. */
export interface HistoryTurn {
  number: number;
  intent: Intent;
  child: { pid: number; atMs: number } | null;
  stop: StopRecord | null;
  ended: Ended | null;
  /** While it runs: since when, at the latest, its stream has words of the model's about this turn's line. */
  answering: { atMs: number } | null;
}

export interface History {
  id: string;
  /** Whose inbox. */
  to: string;
  /** null: the file is not a message, or was removed. */
  message: Message | null;
  place: MessageLocation | null;
  inbox: Inbox;
  /** Where the turns of its peer are. */
  turnsAt: string;
  turns: HistoryTurn[];
  /** Turns before this one may have had it without starting, and are cleared away; null: none may. */
  clearedBefore: number | null;
  earlier: EarlierOutcome[];
  outcome: Outcome | null;
  life: Life;
  /** A hook of its session has claimed it, since when: it shows it, or is about to. */
  heldSinceMs: number | null;
  seen: SeenRecord | null;
  /** Where its sender gets replies. */
  asker: Inbox | null;
}

export async function readHistory(files: Files, root: string, known: KnownMessage): Promise<History> {
  const { id, inbox, peer } = known;
  const place = await locate(files, inbox, id);
  const message = (await readMessage(files, join(inbox.ids, id))) ?? (place && (await readMessage(files, place.path)));
  const queuedAtMs = message ? Date.parse(message.at) : (place?.name.atMs ?? 0);
  const life = await lifeOf(files, inbox, id, place);
  const earlier = await earlierOutcomes(files, inbox, life);
  const outcome = await readOutcome(files, inbox, id);
  const turnsAt = agentLayout(root, peer).turns;
  const found = await turnsWith(files, turnsAt, { id, place, earlier, outcome }, queuedAtMs);
  const held = place?.state === 'cur' && place.turn === 0 ? await files.facts(place.path) : null;
  const seen = await readSeen(files, inbox, id);
  const asker = message && (await senderInbox(files, root, message));
  const heldSinceMs = held && Math.max(held.changedMs, queuedAtMs);
  return { id, to: peer, message, place, inbox, turnsAt, ...found, earlier, outcome, life, heldSinceMs, seen, asker };
}

/**
 * Oldest first. What became of the message names the last turn that had it, and the name under which that turn claimed it the one
 * before. Only a turn that never started gives its messages back under the same name: it is looked for among those that ran
 * while the message waited.
 */
async function turnsWith(
  files: Files,
  turns: string,
  message: Pick<History, 'id' | 'place' | 'earlier' | 'outcome'>,
  queuedAtMs: number,
): Promise<Pick<History, 'turns' | 'clearedBefore'>> {
  const { id, place, earlier, outcome } = message;
  const found = new Map<number, HistoryTurn>();
  const read = async (number: number): Promise<number> => {
    const turn = found.has(number) ? null : await readTurn(files, turnLayout(turns, number), id);
    if (turn) found.set(number, turn);
    const entry = turn?.intent.messages.find(each => each.id === id);
    return (entry && parseMessageName(entry.name)?.lastTurn) ?? 0;
  };
  const named = [place?.turn, place?.name.lastTurn, outcome?.turn, ...earlier.map(({ outcome: { turn } }) => turn)];
  for (let number of named) while (number) number = await read(number);
  const isTold = outcome?.turn !== undefined && found.has(outcome.turn);
  // What another than its turn made of it (cancelled just then) says nothing of its turns.
  const mayBeAny = outcome !== null && !isTold;
  const began = async (number: number): Promise<number> =>
    (await files.facts(turnLayout(turns, number).intent))?.mtimeMs ?? Number.NEGATIVE_INFINITY;
  // A turn that had it and began before it: the clock was set back, and says nothing of the others.
  const begins = await Promise.all([...found.keys()].map(began));
  const isClockWrong = begins.some(atMs => atMs < queuedAtMs - limits.racyMs);
  let before = 0;
  let clearedBefore: number | null = null;
  for (let number = isTold ? outcome.turn! : await latestTurn(files, turns); number > 0; number--) {
    const { child, home } = turnLayout(turns, number);
    const facts = await files.facts(child);
    // The `child` of a resident's turn is as old as its process.
    if ((!facts || facts.mtimeMs < queuedAtMs) && (await began(number)) < queuedAtMs) {
      if (before === 0 && !facts && (await files.facts(home)) === null) clearedBefore ??= number + 1;
      before++;
    }
    if (before > limits.turnsBeforeMessage && !isClockWrong) break;
    if (mayBeAny || (facts?.sizeBytes ?? 0) <= SEAL_BYTES) await read(number);
  }
  return { turns: [...found.values()].sort((a, b) => a.number - b.number), clearedBefore };
}

/** null: the message was not in it, or nobody knows any more. */
async function readTurn(files: Files, turn: TurnLayout, id: string): Promise<HistoryTurn | null> {
  const intent = await readRecord<Intent>(files, turn.intent);
  if (!intent?.messages.some(message => message.id === id)) return null;
  const child = await readStarted(files, turn);
  const stop = await readStop(files, turn);
  const ended = await readEnded(files, turn);
  const answering = child && !stop && !ended ? await answeringSince(files, turn, intent) : null;
  return { number: turn.number, intent, child, stop, ended, answering };
}

/** Of a turn that runs. */
async function answeringSince(files: Files, turn: TurnLayout, intent: Intent): Promise<HistoryTurn['answering']> {
  const place = streamOf(turn, intent);
  const lines = ((await readStream(files, place)) ?? '').split('\n');
  const { line } = intent;
  const begins = line === undefined ? 0 : lines.findIndex(each => each.includes(line) && hasBegun(each));
  const said = begins < 0 ? null : summarizeStream(lines.slice(begins).join('\n'), line);
  const facts = said && (said.lastText !== null || said.calledTools) ? await files.facts(place.stream) : null;
  return facts && { atMs: facts.mtimeMs };
}

const hasBegun = (text: string): boolean => {
  const event = parseStreamLine(text);
  return event.type === 'line' && event.state === 'started';
};

/** The launcher wrote the child's file when it became the child. */
async function readStarted(files: Files, turn: TurnLayout): Promise<HistoryTurn['child']> {
  const child = await readChild(files, turn);
  const facts = await files.facts(turn.child);
  return child.kind === 'started' && facts ? { pid: child.identity.pid, atMs: facts.mtimeMs } : null;
}
