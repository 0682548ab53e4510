/** Supervises a running turn: shows its stream, limits its time, stops it when the runner must stop. */

import { join } from 'node:path';
import type { TurnLayout } from '#blackboard/layout.ts';
import { decodeMessage } from '#blackboard/messages/message-decode.ts';
import { claimedName, parseMessageName } from '#blackboard/messages/message-name.ts';
import { firstAbort } from '#blackboard/system/abort-any.ts';
import type { Clock } from '#blackboard/system/clock.ts';
import { succeeds, temporaryError } from '#blackboard/system/errors.ts';
import { type Files, readText } from '#blackboard/system/files.ts';
import { limits } from '#blackboard/system/limits.ts';
import type { ProcessIdentity } from '#blackboard/system/process-identity.ts';
import { readRecord } from '#blackboard/system/record.ts';
import { stopChild } from '#blackboard/system/stop-process.ts';
import type { Intent } from '#blackboard/turns/turn-records.ts';
import { streamOf } from '#blackboard/turns/turn-stream.ts';
import { readChild, type StopRecord, writeStop } from '#blackboard/turns/turns.ts';
import type { Run } from '#runner/claude/port.ts';
import type { AgentContext } from '#runner/turn/agent-ports.ts';
import { createCardDesk } from '#runner/turn/card-desk.ts';
import { createStopLook } from '#runner/turn/stop-look.ts';
import { createStreamFollower } from '#runner/turn/stream-follower.ts';
import { createTurnClock, type TurnClock } from '#runner/turn/turn-clock.ts';
import { startedEvent } from '#runner/turn/turn-events.ts';

/**
 * Resolves when the run is over. `stopNow` aborts when the runner's grace period is over, or the agent's directory is gone.
 */
export async function superviseTurn(
  context: AgentContext,
  turn: TurnLayout,
  intent: Intent,
  run: Run,
  stopNow: AbortSignal,
  onAsking: (isAsking: boolean) => void = () => {},
): Promise<void> {
  const { files, clock, definition } = context;
  await context.emit(startedEvent(intent, await readBodies(context, intent)));
  await using follower = createStreamFollower(files, clock, turn, streamOf(turn, intent), context.emit);
  follower.start();
  const clockOfTurn = createTurnClock(clock);
  const asks = run.answer !== undefined && definition.approvals === 'on';
  await using desk = asks
    ? createCardDesk(context, turn, intent, run, isAsking => {
        clockOfTurn.asks(isAsking);
        onAsking(isAsking);
      })
    : null;
  desk?.start();
  await keepTime(context, turn, run, definition.turnTimeout, stopNow, clockOfTurn, intent.resident !== undefined);
}

/** The same for a run that this process did not start: its runner died, or another runner has it. */
export async function superviseOrphan(
  context: AgentContext,
  turn: TurnLayout,
  identity: ProcessIdentity,
  intent: Intent | null,
  stopNow: AbortSignal,
): Promise<void> {
  const { clock, definition } = context;
  const startedAtMs = intent ? Date.parse(intent.at) : clock.nowMs();
  const leftMs = Math.min(definition.turnTimeout, Math.max(0, startedAtMs + definition.turnTimeout - clock.nowMs()));
  await keepTime(context, turn, context.claude.adopt(identity, turn, stopNow), leftMs, stopNow, createTurnClock(clock));
}

/** Until the run is over: stops it after `leftMs`, and when the runner must end. `isHeld`: no one else may stop it. */
async function keepTime(
  context: AgentContext,
  turn: TurnLayout,
  run: Run,
  leftMs: number,
  stopNow: AbortSignal,
  clockOfTurn: TurnClock,
  isHeld = false,
): Promise<void> {
  const over = new AbortController();
  const stopFor = (reason: StopRecord['reason']) => () => stopSurely(context, turn, run, reason, over.signal);
  const timers = [
    clockOfTurn.passed(leftMs, over.signal).then(stopFor('timeout')),
    firstAbort(stopNow, over.signal).then(stopFor('shutdown')),
  ];
  await using stopLook = isHeld ? createStopLook(context.files, context.clock, turn, run) : null;
  stopLook?.start();
  await run.over;
  over.abort();
  await Promise.all(timers);
}

/** Again every second until it is over: what cannot be stopped now (a full disk, no descriptors) is stopped later. */
async function stopSurely(
  { files, clock }: AgentContext,
  turn: TurnLayout,
  run: Run,
  reason: StopRecord['reason'],
  over: AbortSignal,
): Promise<void> {
  while (!over.aborted) {
    const isTold = await succeeds(tellStop(files, clock, turn, { reason, by: 'agent-runner' }));
    // Without the record it is an interruption, which is what a shutdown comes to: it needs no disk.
    const isStopped = (isTold || reason === 'shutdown') && (await succeeds(run.interrupt()));
    if (isStopped) return;
    await clock.sleep(limits.errorMaxMs, over);
  }
}

const tellStop = (files: Files, clock: Clock, turn: TurnLayout, stop: Omit<StopRecord, 'at'>) =>
  writeStop(files, turn, { ...stop, at: new Date(clock.nowMs()).toISOString() });

/**
 * Stops a turn that another process may run: the reason is on disk before the first signal, so that the finisher of the turn knows it. The
 * launcher looks for that record after it has taken the child's name: a child that starts in this moment does not get far.
 * `isRun`: whether a live runner runs the agent. Throws (75) for a session that is lent to a person.
 */
export async function stopTurn(
  files: Files,
  clock: Clock,
  turn: TurnLayout,
  stop: Omit<StopRecord, 'at'>,
  isRun: () => Promise<boolean> = async () => false,
): Promise<void> {
  if ((await readRecord<Intent>(files, turn.intent))?.kind === 'lent')
    throw temporaryError(
      'a person has its session in a terminal, which nobody ends for them',
      'They give it back with /exit, or: agent-runner take <name>',
    );
  await tellStop(files, clock, turn, stop);
  const child = await readChild(files, turn);
  if (child.kind === 'started' && (await isHeld(files, turn)) && (await isRun())) {
    // The runner that holds its input interrupts it; only if that fails, it is stopped from here.
    const untilMs = clock.monotonicMs() + limits.stopLookMs + 2 * limits.residentInterruptMs;
    while ((await files.facts(turn.ended)) === null && clock.monotonicMs() < untilMs)
      await clock.sleep(limits.stopLookMs / 4);
    if ((await files.facts(turn.ended)) !== null) return;
  }
  if (child.kind === 'started') await stopChild(child.identity, { graceMs: limits.stopGraceMs }, clock);
}

/** A resident claude has the turn. */
const isHeld = async (files: Files, turn: TurnLayout): Promise<boolean> =>
  (await readRecord<Intent>(files, turn.intent))?.resident !== undefined;

/** The bodies, for the transcript; a message that cannot be read is shown by its id alone. */
async function readBodies({ files, layout }: AgentContext, intent: Intent) {
  const bodies = [];
  for (const { id, name } of intent.messages) {
    const path = join(layout.inbox.cur, claimedName(intent.turn, parseMessageName(name)!));
    const text = await readText(files, path, limits.recordBytesMax);
    if (!text) continue;
    try {
      const { subject, body } = decodeMessage(text, id);
      bodies.push({ id, subject: subject ?? null, body });
    } catch {
      // The transcript then shows the id alone.
    }
  }
  return bodies;
}
