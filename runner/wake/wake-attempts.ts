/** Wakes a session while signals wait for it: asks the ladder what to do next, does it, looks for the proof. */
import { join } from 'node:path';
import { rootLayout, type SessionLayout } from '#blackboard/layout.ts';
import { readSession, type SessionPeer } from '#blackboard/peers/sessions.ts';
import { formatSignalName, isSignalDue, listSignals, type SignalName } from '#blackboard/signals/pending.ts';
import type { Clock } from '#blackboard/system/clock.ts';
import type { Files } from '#blackboard/system/files.ts';
import { writeOnce } from '#blackboard/system/record.ts';
import { promptInTranscript } from '#hooks/claude/session-woken.ts';
import { type ModSubmit, submittedFor } from '#hooks/session/mod.ts';
import { nextStep, type Rung, type Seen } from '#runner/wake/ladder.ts';
import { countTurn } from '#runner/wake/session-turns.ts';

/** One way to wake a session; `none`: it does not exist. Never rejects. */
export type Way = (peer: SessionPeer, layout: SessionLayout) => Promise<'said' | 'none'>;

export interface WakeAttempt {
  root: string;
  files: Files;
  clock: Clock;
  layout: SessionLayout;
  see(): Promise<Seen>;
  ways: Readonly<Record<Rung, Way>>;
}

/**
 * Runs until nothing due waits, nothing more can be tried, or `over`. Returns milliseconds until there will be
 * something to try; null: when another signal comes.
 */
export async function attemptWake(attempt: WakeAttempt, over: AbortSignal): Promise<number | null> {
  const { root, files, clock, layout, see, ways } = attempt;
  const tried: { rung: Rung; sinceMs: number | null }[] = [];
  let transcript: { path: string; bytes: number } | null = null;
  while (!over.aborted) {
    const { waiting } = await listSignals(files, layout.signals);
    const nowMs = clock.nowMs();
    const due = waiting.filter(name => isSignalDue(name, nowMs));
    if (waiting.length === 0) return null;
    if (due.length === 0) return waiting[0]!.dueMs - nowMs;
    if (await files.facts(rootLayout(root).disableSignals)) return null;
    if (transcript && (await settleByTranscript(attempt, transcript, due))) return null;
    const last = tried.at(-1);
    // It says itself that nothing will come of it: no time is lost.
    if (last?.rung === 'mod' && last.sinceMs !== null && hasFailed(await submittedFor(files, layout)))
      last.sinceMs = null;
    const step = nextStep(tried, await see(), clock.monotonicMs());
    if (step.do === 'leave') return null;
    if (step.do === 'wait') {
      await clock.sleep(step.ms, over);
      continue;
    }
    const peer = await readSession(files, root, layout.id);
    if (!peer) return null;
    if (tried.length === 0) await countTurn(attempt);
    const sizeBytes = peer.transcript === null ? 0 : ((await files.facts(peer.transcript))?.sizeBytes ?? 0);
    if (peer.transcript !== null) transcript ??= { path: peer.transcript, bytes: sizeBytes };
    const how = await ways[step.rung](peer, layout);
    tried.push({ rung: step.rung, sinceMs: how === 'said' ? clock.monotonicMs() : null });
  }
  return null;
}

const hasFailed = (submitted: ModSubmit | null): boolean => submitted === 'dropped' || submitted === 'nothing';

/** Our hook did not run, but the session has begun the turn: what waited was told. */
async function settleByTranscript(
  { files, layout }: WakeAttempt,
  { path, bytes }: { path: string; bytes: number },
  due: readonly SignalName[],
): Promise<boolean> {
  const prompt = await promptInTranscript(files, path, bytes);
  if (prompt === null) return false;
  const names = due.map(formatSignalName);
  await files.makeDirectory(layout.woken);
  // "exists": the session's own hook was faster; what it wrote down is what the turn was told of.
  await writeOnce(files, join(layout.woken, prompt), names.map(name => `${name}\n`).join(''));
  for (const name of names) await files.remove(join(layout.signals, name));
  return true;
}
