/**
 * Decides a turn whose child is gone: reads the evidence, judges, writes the one `ended` record that every finisher
 * follows.
 */

import { basename } from 'node:path';
import { parseCursor } from '#blackboard/board/cursor.ts';
import { type TurnLayout, turnLayout } from '#blackboard/layout.ts';
import { parseMessageName } from '#blackboard/messages/message-name.ts';
import { localDay } from '#blackboard/system/clock.ts';
import { temporaryError } from '#blackboard/system/errors.ts';
import { limits } from '#blackboard/system/limits.ts';
import { selfIdentity } from '#blackboard/system/process-identity.ts';
import { readRecord, writeRecord } from '#blackboard/system/record.ts';
import { fitted, fittedOfBefore, readEnded } from '#blackboard/turns/long-answer.ts';
import type { Ended, Intent, Park, Unstarted, Verdict } from '#blackboard/turns/turn-records.ts';
import { readStderr, readStream, streamOf } from '#blackboard/turns/turn-stream.ts';
import { type ChildState, readStop } from '#blackboard/turns/turns.ts';
import { countedUsd, endedWell, promptRecordsContaining } from '#hooks/claude/session-transcript.ts';
import { summarizeStream } from '#hooks/claude/stream-summary.ts';
import type { ChildExit } from '#runner/claude/port.ts';
import { backoffMs, disposeOf, startHoldMs } from '#runner/turn/after-turn.ts';
import type { AgentContext } from '#runner/turn/agent-ports.ts';
import { deferredAfter } from '#runner/turn/deferral.ts';
import { costOfTurn, missedCache, type TurnCost, usageOfTurn } from '#runner/turn/gates/money.ts';
import { sessionAfterLoan } from '#runner/turn/loan.ts';
import { handoffCarry, nextSession } from '#runner/turn/rotation.ts';
import { signalsEnded } from '#runner/turn/signals/after-turn.ts';
import { judge } from '#runner/turn/verdict.ts';

/** The turn's `ended` record: the one on disk, else the one that this evidence gives, durably written. */
export async function decideTurn(
  context: AgentContext,
  turn: TurnLayout,
  child: ChildState,
  exit: ChildExit | null = null,
): Promise<Ended> {
  const { files } = context;
  const decided = await readEnded(files, turn);
  if (decided) return fittedOfBefore(files, turn, decided);
  const ended = await fitted(files, turn, await weigh(context, turn, child, exit), limits.answerBytesMax);
  // "exists": another finisher decided meanwhile, and all of us follow its record.
  await writeRecord(files, turn.ended, ended);
  return (await readEnded(files, turn)) ?? ended;
}

/** The newest decision before this turn, or null. */
export async function previousEnded(context: AgentContext, turn: number): Promise<Ended | null> {
  if (turn <= 1) return null;
  return readEnded(context.files, turnLayout(context.layout.turns, turn - 1));
}

async function weigh(
  context: AgentContext,
  turn: TurnLayout,
  child: ChildState,
  exit: ChildExit | null,
): Promise<Ended> {
  const { files, clock } = context;
  const intent = await readRecord<Intent>(files, turn.intent);
  const previous = await previousEnded(context, turn.number);
  const place = streamOf(turn, intent);
  const isLater = intent?.resident !== undefined && intent.resident.first !== turn.number;
  // Before it is read: what comes meanwhile may count twice, and is never missed.
  const heardBytes = intent?.resident ? ((await files.facts(place.stream))?.sizeBytes ?? 0) : null;
  const stream = await readStream(files, place);
  const stop = await readStop(files, turn);
  const stderr = await readStderr(files, place);
  const isSubmitted = (await files.facts(turn.submitted)) !== null;
  await confirmMissing(context, turn, [
    ...(intent === null ? [turn.intent] : []),
    ...(stream === null && !isLater ? [turn.stream] : []),
    ...(stop === null ? [turn.stop] : []),
    ...(stderr === null && !isLater ? [turn.stderr] : []),
    ...(isSubmitted ? [] : [turn.submitted]),
  ]);
  const summary = summarizeStream(stream ?? '', intent?.line ?? null);
  if (summary.sessionId !== null) context.claude.learn?.(summary.tellsLines);
  const session = intent ? await readConversation(context, intent, summary.lineState !== null) : '';
  const inTranscript = intent ? promptRecordsContaining(session, [intent.mark]).size > 0 : false;
  // Its runner died before it wrote the line: claude met the end of its input, and says so by its silence.
  const isSilent = !stderr?.trim() || HALF_LINE.test(stderr);
  const isUnheard = intent?.resident !== undefined && exit === null && isSilent && summary.strayWords === '';
  // A launcher opens that before it becomes claude. Only a power loss takes it away again.
  const isUnborn = stream === null && child.kind === 'started' && child.identity.bootId === selfIdentity().bootId;
  const isLent = intent?.kind === 'lent';
  // The name `child` is not fsynced: a power loss can take that, and leave what claude wrote after it.
  const hasRun =
    !isLent &&
    ((child.kind === 'started' && !isLater && !isUnheard && !isUnborn) ||
      inTranscript ||
      summary.result !== null ||
      summary.sessionId !== null ||
      summary.lineState !== null ||
      isSubmitted);
  const began = inTranscript || summary.sessionId !== null || summary.lastApiRetry !== null || summary.hasBegunOther;
  const verdict = judge({
    sealed: !hasRun,
    intent: intent?.kind ?? null,
    resumed: intent?.resume ?? false,
    began,
    // One that has had turns started well.
    exit: isLater ? null : exit,
    afterRefusal: previous?.afterRefusal ?? false,
    result: summary.result,
    line: intent?.line === undefined ? null : { state: summary.lineState },
    unfinished: summary.isUnfinished,
    defers: intent?.held !== undefined || (intent?.kind === 'work' && context.definition.deferFor.length > 0),
    cutQuestion: summary.hasCutQuestion,
    streamText: summary.lastText,
    transcriptAnswer: intent ? endedWell(session, [intent.mark]) : null,
    stop,
    resetAtMs: summary.rateLimitResetsAtMs,
    stderr: stderr?.trim() ? stderr : summary.strayWords,
    lastRetry: summary.lastApiRetry?.message ?? null,
  });
  const hasRunNothing = verdict.kind === 'void' || verdict.kind === 'expired';
  const heardHere = heardBytes === null ? undefined : { turn: turn.number, bytes: heardBytes };
  const heard = hasRunNothing ? previous?.heard : heardHere;
  const nowMs = clock.nowMs();
  // A sealed turn never asked a model, whatever became of its messages.
  const sessionUsd = countedUsd(session);
  const before = intent && previous?.session?.id === intent.sessionId ? previous.session : null;
  const request = {
    promptBytes: (await files.facts(turn.prompt))?.sizeBytes ?? 0,
    contextTokens: before?.contextTokens ?? 0,
    elapsedMs: intent ? nowMs - Date.parse(intent.at) : 0,
  };
  const cost: TurnCost =
    intent && hasRun ? costOfTurn(summary, intent, request, sessionUsd) : { usd: 0, basis: 'nothing' };
  const costUsd = cost.usd;
  const blamedUsd = cost.basis === 'estimated' ? 0 : costUsd;
  const usage = usageOfTurn(summary);
  const signals = signalsEnded(intent, verdict);
  const nextOne = isLent
    ? await sessionAfterLoan(context, turn, intent, previous?.session ?? null)
    : nextSession({ intent, previous, verdict, summary, sessionUsd, limits: context.definition.session });
  // The content of a conversation that nobody continues is lost to the agent.
  const isKept = inTranscript && nextOne?.id === intent?.sessionId;
  // claude 2.1.332, where the tool of that call is denied.
  const isHeld = summary.result?.terminalReason === 'tool_deferred_unavailable';
  const call = summary.result?.deferred ?? null;
  const deferred = await deferredAfter(context, { intent, verdict, call, previous, began, isHeld });
  const unstarted = unstartedAfter(context, turn.number, verdict, previous);
  // If the API asked claude to wait (retry-after), the next turn waits as well.
  const toldMs = Math.ceil(summary.lastApiRetry?.retryDelayMs ?? 0);
  const backoffLevel = verdict.kind === 'temporary' ? (previous?.backoffLevel ?? 0) + 1 : keptLevel(verdict, previous);
  return {
    turn: turn.number,
    at: new Date(nowMs).toISOString(),
    verdict,
    messages: dispositions(context, intent, turn.number, verdict, blamedUsd),
    session: nextOne,
    costUsd,
    costBasis: cost.basis,
    ...(cost.reportedUsd === undefined ? {} : { reportedUsd: cost.reportedUsd }),
    blamedUsd,
    usage,
    cacheMissed: missedCache(usage, before),
    ...(summary.lineState !== null && summary.lineState !== 'queued' ? { begun: true as const } : {}),
    ...(heard ? { heard } : {}),
    day: localDay(nowMs),
    startedAt: intent?.at ?? null,
    denials: summary.denials.slice(0, limits.denialsKeptMax).map(({ tool, input }) => ({
      tool: tool.slice(0, limits.denialKeptCharsMax),
      input: JSON.stringify(input ?? null).slice(0, limits.denialKeptCharsMax),
    })),
    retryAtMs: retryAt(verdict, nowMs, Math.max(backoffMs(backoffLevel, context.random), toldMs)),
    backoffLevel,
    park: parkAfter(verdict, unstarted, nowMs),
    carry: nextCarry(intent, previous, verdict, isKept),
    board: seenOfBoard(intent, previous, isKept),
    ...(signals ? { signals } : {}),
    ...(unstarted ? { unstarted } : {}),
    ...(deferred ? { deferred } : {}),
    ...(isAfterRefusal(intent, previous, verdict) ? { afterRefusal: true } : {}),
  };
}

/**
 * The part of the conversation that the turn added. A resident claude that goes on has the prompt there a moment after it
 * began (50 to 120 ms, CLI 2.1.332), so it is waited for, if claude has said that it has the line.
 */
async function readConversation(context: AgentContext, intent: Intent, isTaken: boolean): Promise<string> {
  const { claude, clock } = context;
  const untilMs = clock.monotonicMs() + limits.residentFlushMs;
  for (;;) {
    const session = await claude.readSession(intent.sessionId, intent.transcriptBytes);
    const isThere = promptRecordsContaining(session, [intent.mark]).size > 0;
    if (!intent.resident || !isTaken || isThere || clock.monotonicMs() >= untilMs) return session;
    await clock.sleep(FLUSH_LOOK_MS);
  }
}

const FLUSH_LOOK_MS = 10;

/** What claude says of a line that its runner died in (CLI 2.1.332). */
const HALF_LINE = /^\s*Error parsing streaming input line/;

/**
 * A missing file decides as much as an existing one, and a root that is away for a moment (unmounted, stale NFS) shows
 * no files at all. One listing tells the two apart: it must contain what the turn began with, and nothing that was not
 * found. Throws a temporary error otherwise: the next look decides.
 */
async function confirmMissing({ files, layout }: AgentContext, turn: TurnLayout, missing: string[]): Promise<void> {
  const there = await files.list(turn.home);
  const back = missing.map(path => basename(path)).filter(name => there.includes(name));
  if (there.length > 0 && back.length === 0) return;
  throw temporaryError(
    `turn ${turn.number} of ${layout.name} cannot be judged: ${back.join(', ') || 'its directory'} came or went while it was read`,
    'Nothing was decided; the runner looks again.',
  );
}

function dispositions(
  context: AgentContext,
  intent: Intent | null,
  turn: number,
  verdict: Verdict,
  blamedUsd: number,
): Ended['messages'] {
  const messages = intent?.messages ?? [];
  const workCount = messages.filter(({ rider }) => !rider).length;
  const { maxAttempts: attemptsMax, budget } = context.definition;
  const shareUsd = blamedUsd / Math.max(1, workCount);
  const isRestOfDay = intent !== null && intent.perTurnUsd < Math.min(budget.perTurnUsd, budget.perDayUsd);
  const after = { turn, verdict, workCount, attemptsMax, shareUsd, perMessageUsd: budget.perMessageUsd, isRestOfDay };
  return messages.map(message => ({
    id: message.id,
    disposition: disposeOf(message, parseMessageName(message.name)!, after),
  }));
}

/** A void turn says nothing about the API: the pause continues. */
const keptLevel = (verdict: Verdict, previous: Ended | null): number =>
  ['void', 'expired', 'unstarted'].includes(verdict.kind) ? (previous?.backoffLevel ?? 0) : 0;

/** Counted again from the start if claude or agent.md has changed since. */
function unstartedAfter(
  { claude }: AgentContext,
  turn: number,
  verdict: Verdict,
  previous: Ended | null,
): Unstarted | undefined {
  const before = previous?.unstarted;
  if (verdict.kind === 'void' || verdict.kind === 'expired') return before;
  if (verdict.kind !== 'unstarted') return undefined;
  const madeOf = claude.madeOf?.() ?? null;
  return { count: before?.madeOf === madeOf ? before.count + 1 : 1, since: before?.since ?? turn, madeOf };
}

function parkAfter(verdict: Verdict, unstarted: Unstarted | undefined, nowMs: number): Park | null {
  switch (verdict.kind) {
    case 'needs-person':
      return { code: verdict.code, reason: verdict.reason };
    case 'refused':
      if (verdict.blame !== 'nobody') return null;
      return {
        code: 'refused',
        reason: `the API refuses what it is sent, in a new session as well: ${verdict.reason}`,
      };
    case 'unstarted': {
      const { count, since, madeOf } = unstarted!;
      const holdMs = startHoldMs(count, verdict.holdAfter);
      if (holdMs === null) return null;
      const times = count > 1 ? `, ${count} times in a row` : '';
      return {
        code: 'claude',
        reason: `${verdict.reason}${times}`,
        untilMs: nowMs + holdMs,
        ...(madeOf === null ? {} : { madeOf }),
        occasion: `claude since turn ${since}`,
      };
    }
    default:
      return null;
  }
}

/** Whether the conversation was replaced because the API refused it, and nothing is known yet of the new one. */
function isAfterRefusal(intent: Intent | null, previous: Ended | null, verdict: Verdict): boolean {
  if (verdict.kind === 'refused' && intent?.kind !== 'handoff') return verdict.blame === 'session';
  return previous?.afterRefusal === true && (intent?.kind === 'handoff' || UNTOLD.has(verdict.kind));
}

/** Turns that say nothing about whether the API takes the conversation. */
const UNTOLD: ReadonlySet<Verdict['kind']> = new Set([
  'void',
  'expired',
  'unstarted',
  'interrupted',
  'temporary',
  'needs-person',
  'session-lost',
]);

function retryAt(verdict: Verdict, nowMs: number, pauseMs: number): number | null {
  if (verdict.kind !== 'temporary') return null;
  return verdict.resetAtMs && verdict.resetAtMs > nowMs ? verdict.resetAtMs : nowMs + pauseMs;
}

/**
 * The cursor moves only if the conversation contains the prompt that showed the news; a new reader's starts where it
 * began.
 */
function seenOfBoard(intent: Intent | null, previous: Ended | null, inTranscript: boolean): string | null {
  const before = previous?.board ?? null;
  if (!intent?.board) return before;
  if (inTranscript || intent.board.from === null) return intent.board.next;
  return before === null || parseCursor(String(before)) ? before : intent.board.from;
}

/**
 * An answer that is missing in the conversation (claude writes its transcript late) is told in the next prompt, and so
 * are earlier notes whose own prompt was lost.
 */
function nextCarry(intent: Intent | null, previous: Ended | null, verdict: Verdict, inTranscript: boolean): string[] {
  if (!intent || intent.kind === 'burial' || intent.kind === 'lent') return previous?.carry ?? [];
  if (intent.kind === 'handoff') return handoffCarry(intent, verdict);
  if (inTranscript) return [];
  const notes = [...intent.carry];
  if (verdict.kind === 'answered' && intent.kind === 'work')
    notes.push(
      `In turn ${intent.turn} you answered ${intent.messages.map(({ id }) => id).join(', ')}, but this conversation has lost it. ` +
        `Do not do it again. Your answer began:\n${verdict.text.slice(0, limits.carryCharsMax)}`,
    );
  return notes.slice(-limits.carryNotesMax);
}
