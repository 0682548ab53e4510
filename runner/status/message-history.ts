/** What became of a message, step by step, from files only. Reading them is one half; the other, stepsOf, is pure. */
import { join } from 'node:path';
import { locate, type MessageLocation } from '#blackboard/inbox/locate.ts';
import { lifeOf, type Outcome, readOutcome } from '#blackboard/inbox/outcome.ts';
import { type EarlierOutcome, earlierOutcomes } from '#blackboard/inbox/requeue.ts';
import { agentLayout, type TurnLayout, turnLayout } from '#blackboard/layout.ts';
import type { Message } from '#blackboard/messages/message.ts';
import { readMessage } from '#blackboard/messages/message-decode.ts';
import { parseMessageName } from '#blackboard/messages/message-name.ts';
import type { KnownMessage } from '#blackboard/peers/known-message.ts';
import type { Files } from '#blackboard/system/files.ts';
import { limits } from '#blackboard/system/limits.ts';
import { readRecord } from '#blackboard/system/record.ts';
import { readEnded } from '#blackboard/turns/long-answer.ts';
import { latestTurn } from '#blackboard/turns/newest-turn.ts';
import type { Ended, Intent } from '#blackboard/turns/turn-records.ts';
import { readChild, readStop, SEAL_BYTES, type StopRecord } from '#blackboard/turns/turns.ts';
import type { Step, Trace } from '#runner/results/messages.ts';

/** A turn that contained the message. */
export interface HistoryTurn {
  number: number;
  intent: Intent;
  child: { pid: number; atMs: number } | null;
  stop: StopRecord | null;
  ended: Ended | null;
}

export interface History {
  id: string;
  /** Whose inbox. */
  to: string;
  /** null: the file is not a message, or was removed. */
  message: Message | null;
  place: MessageLocation | null;
  turns: HistoryTurn[];
  earlier: EarlierOutcome[];
  outcome: Outcome | null;
}

export async function readHistory(files: Files, root: string, known: KnownMessage): Promise<History> {
  const { id, inbox, peer } = known;
  const place = await locate(files, inbox, id);
  const message = (await readMessage(files, join(inbox.ids, id))) ?? (place && (await readMessage(files, place.path)));
  const queuedAtMs = message ? Date.parse(message.at) : (place?.name.atMs ?? 0);
  const earlier = await earlierOutcomes(files, inbox, await lifeOf(files, inbox, id, place));
  const outcome = await readOutcome(files, inbox, id);
  const turns = await turnsWith(files, agentLayout(root, peer).turns, { id, place, earlier, outcome }, queuedAtMs);
  return { id, to: peer, message, place, turns, earlier, outcome };
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
): Promise<HistoryTurn[]> {
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
  let before = 0;
  for (let number = isTold ? outcome.turn! : await latestTurn(files, turns); number > 0; number--) {
    const child = await files.facts(turnLayout(turns, number).child);
    if (!child || child.mtimeMs < queuedAtMs) before++;
    if (before > limits.turnsBeforeMessage) break;
    if (mayBeAny || (child?.sizeBytes ?? 0) <= SEAL_BYTES) await read(number);
  }
  return [...found.values()].sort((a, b) => a.number - b.number);
}

/** null: the message was not in it, or nobody knows any more. */
async function readTurn(files: Files, turn: TurnLayout, id: string): Promise<HistoryTurn | null> {
  const intent = await readRecord<Intent>(files, turn.intent);
  if (!intent?.messages.some(message => message.id === id)) return null;
  return {
    number: turn.number,
    intent,
    child: await readStarted(files, turn),
    stop: await readStop(files, turn),
    ended: await readEnded(files, turn),
  };
}

/** The launcher wrote the child's file when it became the child. */
async function readStarted(files: Files, turn: TurnLayout): Promise<HistoryTurn['child']> {
  const child = await readChild(files, turn);
  const facts = await files.facts(turn.child);
  return child.kind === 'started' && facts ? { pid: child.identity.pid, atMs: facts.mtimeMs } : null;
}

/**
 * All steps, in the order of their times. But the steps of one turn, and the outcome of it, keep their logical order,
 * because a file's time lags by some milliseconds. Pure.
 */
export function stepsOf(history: History): Step[] {
  const { message, place, turns, earlier, outcome } = history;
  const queuedAt = message?.at ?? (place ? isoOf(place.name.atMs) : null);
  const outcomes = [...earlier.map(old => old.outcome), ...(outcome ? [outcome] : [])];
  const ofTurn = (number: number) => outcomes.filter(({ turn }) => turn === number).map(outcomeStep);
  const isShown = ({ turn }: Outcome) => turns.some(({ number }) => number === turn);
  const blocks: Step[][] = [
    ...turns.map((turn, at) => [
      ...turnSteps(turn, history.id, earlierSession(turn, turns.slice(0, at), history.id)),
      ...ofTurn(turn.number),
    ]),
    ...outcomes.filter(each => !isShown(each)).map(each => [outcomeStep(each)]),
    ...earlier.flatMap(({ requeued }) => (requeued ? [[{ step: 'requeued' as const, ...requeued }]] : [])),
  ];
  blocks.sort(([a], [b]) => Date.parse(a!.at) - Date.parse(b!.at));
  return [...(queuedAt ? [{ step: 'queued' as const, at: queuedAt }] : []), ...blocks.flat()];
}

/** Where its text was sent before, if it is now sent to another session (a conversation that was rotated, or lost). */
function earlierSession(turn: HistoryTurn, before: readonly HistoryTurn[], id: string): string | null {
  const isSent = ({ intent }: HistoryTurn) =>
    intent.messages.some(message => message.id === id && message.mode !== 'interrupted');
  const other = before.findLast(each => each.child && isSent(each) && each.intent.sessionId !== turn.intent.sessionId);
  return isSent(turn) ? (other?.intent.sessionId ?? null) : null;
}

function turnSteps(
  { number: turn, intent, child, stop, ended }: HistoryTurn,
  id: string,
  alsoIn: string | null,
): Step[] {
  const entry = intent.messages.find(message => message.id === id)!;
  const steps: Step[] = [{ step: 'claimed', at: intent.at, turn, mode: entry.mode, rider: entry.rider, alsoIn }];
  const startedAt = child && isoOf(Math.max(child.atMs, Date.parse(intent.at)));
  if (child) steps.push({ step: 'started', at: startedAt!, turn, pid: child.pid, session: intent.sessionId });
  if (stop) steps.push({ step: 'stopping', at: stop.at, turn, reason: stop.reason, by: stop.by });
  if (!ended) return steps;
  const { verdict, at, costUsd, denials } = ended;
  const reason = verdict.kind === 'answered' ? null : verdict.reason;
  steps.push({ step: 'ended', at, turn, verdict: verdict.kind, reason, costUsd, denials: [...denials] });
  const disposition = ended.messages.find(message => message.id === id)?.disposition;
  if (disposition?.do !== 'release') return steps;
  const before = parseMessageName(entry.name)?.failures ?? 0;
  const failures = parseMessageName(disposition.name)?.failures ?? 0;
  steps.push(failures > before ? { step: 'failed', at, turn, failures } : { step: 'released', at, turn });
  return steps;
}

function outcomeStep(outcome: Outcome): Step {
  const { at, turn = null } = outcome;
  switch (outcome.outcome) {
    case 'replied':
      return { step: 'replied', at, turn, reply: outcome.reply ?? null, undelivered: outcome.undelivered ?? null };
    case 'done':
      return { step: 'done', at, turn };
    case 'dead':
      return { step: 'dead', at, turn, reason: outcome.reason ?? '' };
  }
}

/**
 * The last step gives the state; a person who has read it and has not answered leaves no step, only its place. Pure.
 */
export function stateOf(steps: readonly Step[], place: MessageLocation | null): Trace['state'] {
  const last = steps.at(-1)?.step ?? 'queued';
  if (last === 'queued' && place?.state === 'done') return 'done';
  switch (last) {
    case 'failed':
    case 'released':
    case 'requeued':
      return 'queued';
    case 'stopping':
      return 'started';
    default:
      return last;
  }
}

const isoOf = (atMs: number): string => new Date(atMs).toISOString();
