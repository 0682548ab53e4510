// Ends a turn's child, gently first, or waits for one that is not our child process. Never sends a Unix signal to a
// reused pid.
import type { Clock } from '#blackboard/system/clock.ts';
import { descendantsOf } from '#blackboard/system/descendants.ts';
import { canBeSignalled, isAliveSync, type ProcessIdentity } from '#blackboard/system/process-identity.ts';

export interface StopOptions {
  /** Milliseconds after SIGINT, then after SIGTERM, before the next one. 0: it is not sent. */
  readonly graceMs: readonly [int: number, term: number];
  /** Milliseconds between looks; default 20. */
  readonly pollMs?: number;
}

/** The Unix signal that ended it; null: it was gone already, or is elsewhere, where our Unix signals do not reach. */
export type StoppedBy = 'SIGINT' | 'SIGTERM' | 'SIGKILL' | null;

/**
 * Sends SIGINT, SIGTERM, SIGKILL to the child's process group. Resolves when it is gone (a zombie counts as gone). A
 * stopped child (SIGSTOP) is continued after each Unix signal, or it would never see it. With SIGKILL, the child's
 * descendants in their own sessions are killed too: after SIGINT and SIGTERM the CLI ends its tools itself, after
 * SIGKILL they would run on.
 */
export async function stopChild(
  identity: ProcessIdentity,
  { graceMs, pollMs = 20 }: StopOptions,
  clock: Clock,
): Promise<StoppedBy> {
  if (!canBeSignalled(identity)) return null;
  const below = await descendantsOf(identity.pid);
  for (const [signal, ms] of [
    ['SIGINT', graceMs[0]],
    ['SIGTERM', graceMs[1]],
  ] as const) {
    if (ms === 0) continue;
    signalGroup(identity, signal);
    signalGroup(identity, 'SIGCONT');
    if (await goneWithin(identity, ms, pollMs, clock)) return signal;
  }
  // Again, for what started since; the first list has those whose parent ended after a gentler Unix signal.
  below.push(...(await descendantsOf(identity.pid)));
  signalGroup(identity, 'SIGKILL');
  for (const descendant of below) signalProcess(descendant, 'SIGKILL');
  await waitUntilGone(identity, { pollMs }, clock);
  return 'SIGKILL';
}

/** Polls, because an orphan of an earlier runner sends no exit event. Waits for ever: only its end is safe. */
export async function waitUntilGone(
  identity: ProcessIdentity,
  { pollMs, signal }: { readonly pollMs: number; readonly signal?: AbortSignal },
  clock: Clock,
): Promise<'gone' | 'aborted'> {
  while (isAliveSync(identity)) {
    if (signal?.aborted) return 'aborted';
    await clock.sleep(pollMs, ...(signal ? [signal] : []));
  }
  return 'gone';
}

async function goneWithin(identity: ProcessIdentity, ms: number, pollMs: number, clock: Clock): Promise<boolean> {
  const until = clock.monotonicMs() + ms;
  while (isAliveSync(identity)) {
    const leftMs = until - clock.monotonicMs();
    if (leftMs <= 0) return false;
    await clock.sleep(Math.min(pollMs, leftMs));
  }
  return true;
}

/** The launcher leads its group, and exec keeps that. A process that leads no group is signalled alone. */
function signalGroup(identity: ProcessIdentity, signal: NodeJS.Signals): void {
  if (canBeSignalled(identity) && !send(-identity.pid, signal)) signalProcess(identity, signal);
}

function signalProcess(identity: ProcessIdentity, signal: NodeJS.Signals): void {
  if (canBeSignalled(identity)) send(identity.pid, signal);
}

/** False if there is no such process (or, on macOS, only zombies: EPERM). */
function send(pid: number, signal: NodeJS.Signals): boolean {
  try {
    process.kill(pid, signal);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ESRCH' || code === 'EPERM') return false;
    throw error;
  }
}
