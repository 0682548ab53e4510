/** Supervises a running turn: shows its stream, limits its time, stops it when the runner must stop. */
import { join } from 'node:path';
import type { TurnLayout } from '#blackboard/layout.ts';
import { decodeMessage } from '#blackboard/messages/message-decode.ts';
import { claimedName, parseMessageName } from '#blackboard/messages/message-name.ts';
import { firstAbort } from '#blackboard/system/abort-any.ts';
import type { Clock } from '#blackboard/system/clock.ts';
import { type Files, readText } from '#blackboard/system/files.ts';
import { limits } from '#blackboard/system/limits.ts';
import type { ProcessIdentity } from '#blackboard/system/process-identity.ts';
import { stopChild, waitUntilGone } from '#blackboard/system/stop-process.ts';
import type { Intent } from '#blackboard/turns/turn-records.ts';
import { readChild, type StopRecord, writeStop } from '#blackboard/turns/turns.ts';
import type { AgentContext } from '#runner/turn/agent-ports.ts';
import { createStreamFollower } from '#runner/turn/stream-follower.ts';
import { startedEvent } from '#runner/turn/turn-events.ts';

/**
 * Resolves when the child is gone. `stopNow` aborts when the runner's grace period is over, or the agent's directory is gone:
 * then `identity` tells whom to stop.
 */
export async function superviseTurn(
  context: AgentContext,
  turn: TurnLayout,
  intent: Intent,
  exited: Promise<void>,
  { stopNow, identity }: { stopNow: AbortSignal; identity: ProcessIdentity | null },
): Promise<void> {
  const { files, clock, definition } = context;
  await context.emit(startedEvent(intent, await readBodies(context, intent)));
  await using follower = createStreamFollower(files, clock, turn, context.emit);
  follower.start();
  const over = new AbortController();
  const timers = [
    stopAfter(files, clock, turn, definition.turnTimeout, 'timeout', over.signal, identity),
    stopWhen(files, clock, turn, stopNow, over.signal, identity),
  ];
  await exited;
  over.abort();
  await Promise.all(timers);
}

/** The same for a child that this process did not start: its runner died, or another runner has it. */
export async function superviseOrphan(
  context: AgentContext,
  turn: TurnLayout,
  identity: ProcessIdentity,
  intent: Intent | null,
  signals: { stopNow: AbortSignal; leave: AbortSignal },
): Promise<void> {
  const { files, clock, definition } = context;
  const startedAtMs = intent ? Date.parse(intent.at) : clock.nowMs();
  const leftMs = Math.min(definition.turnTimeout, Math.max(0, startedAtMs + definition.turnTimeout - clock.nowMs()));
  const over = new AbortController();
  const timers = [
    stopAfter(files, clock, turn, leftMs, 'timeout', over.signal, identity),
    stopWhen(files, clock, turn, signals.stopNow, over.signal, identity),
  ];
  await waitUntilGone(identity, { pollMs: limits.orphanLookMs, signal: signals.leave }, clock);
  over.abort();
  await Promise.all(timers);
}

async function stopAfter(
  files: Files,
  clock: Clock,
  turn: TurnLayout,
  ms: number,
  reason: StopRecord['reason'],
  over: AbortSignal,
  identity: ProcessIdentity | null,
): Promise<void> {
  await clock.sleep(ms, over);
  await stopSurely(files, clock, turn, reason, over, identity);
}

async function stopWhen(
  files: Files,
  clock: Clock,
  turn: TurnLayout,
  signal: AbortSignal,
  over: AbortSignal,
  identity: ProcessIdentity | null,
): Promise<void> {
  await firstAbort(signal, over);
  await stopSurely(files, clock, turn, 'shutdown', over, identity);
}

/** Every second until it is over: what cannot be stopped now (a full disk, no descriptors) is stopped later. */
async function stopSurely(
  files: Files,
  clock: Clock,
  turn: TurnLayout,
  reason: StopRecord['reason'],
  over: AbortSignal,
  identity: ProcessIdentity | null,
): Promise<void> {
  while (!over.aborted) {
    try {
      await stopTurn(files, clock, turn, { reason, by: 'agent-runner' });
      return;
    } catch {
      // Without the record it is an interruption, which is what a shutdown comes to: it needs no disk.
      if (reason === 'shutdown' && identity) {
        await stopChild(identity, { graceMs: limits.stopGraceMs }, clock);
        return;
      }
      await clock.sleep(limits.errorMaxMs, over);
    }
  }
}

/**
 * Stops a running turn: the reason is on disk before the first Unix signal, so that every finisher knows it. The
 * launcher checks for that record after it has taken the child's name: a child that starts at this moment does not get
 * far.
 */
export async function stopTurn(
  files: Files,
  clock: Clock,
  turn: TurnLayout,
  stop: Omit<StopRecord, 'at'>,
): Promise<void> {
  await writeStop(files, turn, { ...stop, at: new Date(clock.nowMs()).toISOString() });
  const child = await readChild(files, turn);
  if (child.kind === 'started') await stopChild(child.identity, { graceMs: limits.stopGraceMs }, clock);
}

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
