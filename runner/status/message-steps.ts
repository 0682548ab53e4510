/**
 * The steps of a message, each with the files that prove it: a step without evidence is not there. What each word says is in
 * docs/message-words.md. Pure.
 */
import { join } from 'node:path';
import type { MessageLocation } from '#blackboard/inbox/locate.ts';
import { type Outcome, outcomePath } from '#blackboard/inbox/outcome.ts';
import { type SeenRecord, seenPath } from '#blackboard/inbox/seen.ts';
import { type TurnLayout, turnLayout } from '#blackboard/layout.ts';
import { parseMessageName } from '#blackboard/messages/message-name.ts';
import { streamOf } from '#blackboard/turns/turn-stream.ts';
import type { Step, Trace } from '#runner/results/messages.ts';
import type { History, HistoryTurn } from '#runner/status/message-history.ts';

/** A file, and what of it proves the step. */
export interface Evidence {
  path: string;
  what: string;
}

export interface ProvenStep {
  step: Step;
  evidence: Evidence[];
}

/**
 * All steps, in the order of their times. But the steps of one turn, and the outcome of it, keep their logical order,
 * because a file's time lags by some milliseconds.
 */
export function provenSteps(history: History): ProvenStep[] {
  const { id, message, place, inbox, turns, earlier, outcome, life, seen, heldSinceMs } = history;
  const queuedAt = message?.at ?? (place ? isoOf(place.name.atMs) : null);
  const queued = { path: join(inbox.ids, id), what: 'its id, which can be taken once' };
  const outcomes = [...earlier, ...(outcome ? [{ outcome, path: outcomePath(inbox, life) }] : [])];
  const ofTurn = (number: number) => outcomes.filter(each => each.outcome.turn === number).map(outcomeStep(history));
  const isShown = (turn: number | undefined) => turns.some(({ number }) => number === turn);
  const blocks: ProvenStep[][] = [
    ...turns.map((turn, at) => [
      ...turnSteps(history, turn, earlierSession(turn, turns.slice(0, at), id)),
      ...ofTurn(turn.number),
    ]),
    ...(heldSinceMs === null || !place ? [] : [[heldStep(place.path, heldSinceMs)]]),
    ...(seen ? [[seenStep(history, seen)]] : []),
    ...outcomes.filter(each => !isShown(each.outcome.turn)).map(each => [outcomeStep(history)(each)]),
    ...earlier.flatMap(({ requeued, requeuedAt: path }) =>
      requeued
        ? [[{ step: { step: 'requeued' as const, ...requeued }, evidence: [{ path, what: 'who did it' }] }]]
        : [],
    ),
  ];
  blocks.sort(([a], [b]) => Date.parse(a!.step.at) - Date.parse(b!.step.at));
  return [
    ...(queuedAt ? [{ step: { step: 'queued' as const, at: queuedAt }, evidence: [queued] }] : []),
    ...blocks.flat(),
  ];
}

export const stepsOf = (history: History): Step[] => provenSteps(history).map(({ step }) => step);

/** A hook of the session shows it. */
const heldStep = (path: string, atMs: number): ProvenStep => ({
  step: { step: 'claimed', at: isoOf(atMs), turn: null, mode: 'body', rider: false, alsoIn: null },
  evidence: [{ path, what: 'the message, in the hands of a hook' }],
});

function seenStep({ inbox, id }: History, { at, by, boundary, transcript }: SeenRecord): ProvenStep {
  const proof =
    by === 'transcript' ? 'the model’s record follows the text' : 'the model went on after the hook had printed it';
  const evidence = [{ path: seenPath(inbox, id), what: 'what the hook saw when it looked for proof' }];
  if (transcript !== null)
    evidence.push({ path: transcript, what: `the lines with ${boundary}, and the model’s record after them` });
  return { step: { step: 'seen', at, turn: null, proof }, evidence };
}

/** Where its text was sent before, if it is now sent to another session (a conversation that was rotated, or lost). */
function earlierSession(turn: HistoryTurn, before: readonly HistoryTurn[], id: string): string | null {
  const isSent = ({ intent }: HistoryTurn) =>
    intent.messages.some(message => message.id === id && message.mode !== 'interrupted');
  const other = before.findLast(each => each.child && isSent(each) && each.intent.sessionId !== turn.intent.sessionId);
  return isSent(turn) ? (other?.intent.sessionId ?? null) : null;
}

function turnSteps(history: History, had: HistoryTurn, alsoIn: string | null): ProvenStep[] {
  const { number: turn, intent, child, stop, ended } = had;
  const files = turnLayout(history.turnsAt, turn);
  const entry = intent.messages.find(message => message.id === history.id)!;
  const claimed: Step = { step: 'claimed', at: intent.at, turn, mode: entry.mode, rider: entry.rider, alsoIn };
  const steps: ProvenStep[] = [{ step: claimed, evidence: [{ path: files.intent, what: 'what the turn was given' }] }];
  if (child) {
    const at = isoOf(Math.max(child.atMs, Date.parse(intent.at)));
    const evidence = [{ path: files.child, what: 'the process' }];
    steps.push({ step: { step: 'started', at, turn, pid: child.pid, session: intent.sessionId }, evidence });
  }
  if (stop) {
    const evidence = [{ path: files.stop, what: 'who stops it, and why' }];
    steps.push({ step: { step: 'stopping', at: stop.at, turn, reason: stop.reason, by: stop.by }, evidence });
  }
  steps.push(...answeredTurn(had, files));
  if (!ended) return steps;
  const { verdict, at, costUsd, denials } = ended;
  const reason = verdict.kind === 'answered' ? null : verdict.reason;
  const evidence = [{ path: files.ended, what: 'the decision on the turn' }];
  steps.push({
    step: { step: 'ended', at, turn, verdict: verdict.kind, reason, costUsd, denials: [...denials] },
    evidence,
  });
  const disposition = ended.messages.find(message => message.id === history.id)?.disposition;
  if (disposition?.do !== 'release') return steps;
  const before = parseMessageName(entry.name)?.failures ?? 0;
  const failures = parseMessageName(disposition.name)?.failures ?? 0;
  steps.push({
    step: failures > before ? { step: 'failed', at, turn, failures } : { step: 'released', at, turn },
    evidence,
  });
  return steps;
}

/** Whether the model has provably answered to the turn's line. */
function answeredTurn({ number: turn, intent, ended, answering }: HistoryTurn, files: TurnLayout): ProvenStep[] {
  const stream = { path: streamOf(files, intent).stream, what: 'the model’s words' };
  if (answering)
    return [
      { step: { step: 'seen', at: isoOf(answering.atMs), turn, proof: 'the model answers' }, evidence: [stream] },
    ];
  const hasBegun = ended?.begun === true || intent.line === undefined;
  if (!ended || !(ended.verdict.kind === 'answered' || (hasBegun && ended.usage?.output > 0))) return [];
  const proof = ended.verdict.kind === 'answered' ? 'the model answered it' : 'the model had begun to answer';
  const decided = { path: files.ended, what: 'the decision, with what the model wrote' };
  return [{ step: { step: 'seen', at: ended.at, turn, proof }, evidence: [decided] }];
}

const outcomeStep =
  ({ asker }: History) =>
  ({ outcome, path }: { outcome: Outcome; path: string }): ProvenStep => {
    const { at, turn = null, reply = null, undelivered = null } = outcome;
    const evidence = [{ path, what: 'its outcome' }];
    if (outcome.outcome === 'dead') return { step: { step: 'dead', at, turn, reason: outcome.reason ?? '' }, evidence };
    if (outcome.outcome === 'done') return { step: { step: 'done', at, turn }, evidence };
    if (reply !== null && undelivered === null && asker)
      evidence.push({ path: join(asker.ids, reply), what: 'the reply, in the inbox of who asked' });
    return { step: { step: 'replied', at, turn, reply, undelivered }, evidence };
  };

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
