/**
 * The intake of one peer: every signal, from the socket or from the peer's own triggers, goes through it. Switch → path
 * → limits → budget → on disk → log, in this order and one at a time; an accepted signal is on disk.
 */
import { rootLayout } from '#blackboard/layout.ts';
import { newSignalId, type SignalName, type SignalRecord } from '#blackboard/signals/pending.ts';
import { type RefusalCode, type Signal, signalKey } from '#blackboard/signals/signal.ts';
import type { Clock } from '#blackboard/system/clock.ts';
import { reasonOf } from '#blackboard/system/errors.ts';
import { type Files, readText } from '#blackboard/system/files.ts';
import { realPathInside } from '#blackboard/system/inside.ts';
import { limits } from '#blackboard/system/limits.ts';
import type { Credentials } from '#blackboard/system/peer-credentials.ts';
import { selfIdentity } from '#blackboard/system/process-identity.ts';
import { replaceFile } from '#blackboard/system/record.ts';
import { type AdmissionState, admit, restoreAdmission } from '#runner/wake/admission.ts';
import { type Answer, refusal } from '#runner/wake/answer.ts';
import type { SignalLog } from '#runner/wake/signal-log.ts';
import type { SocketDirectory } from '#runner/wake/socket-directory.ts';

/** What a signal means to the peer behind the intake. */
export interface WakePeer {
  /** Absolute directories that must contain a changed file. */
  directories(): Promise<readonly string[]>;
  /** Signals that no turn handles yet. */
  waiting(): Promise<readonly SignalName[]>;
  /**
   * When signals may start turns again; null: they may now. When this resolves, everybody who must know of it has been
   * told.
   */
  overBudget(): Promise<number | null>;
  /** Writes it; it is on disk when this resolves. Calls `onThere` as soon as a turn can handle it. */
  record(signal: SignalRecord, dueMs: number, onThere: () => void): Promise<void>;
  /** A signal waits: look. Must not throw. */
  wake(): void;
}

export interface Intake {
  /** Never rejects. */
  submit(signal: Signal, source: string, who: Credentials | null): Promise<Answer>;
  /** A client was refused before there was a signal. */
  refuse(code: RefusalCode, who: Credentials | null): Promise<Answer>;
}

/** Time that nobody can set. */
export interface Uptime {
  bootId: string;
  /** Milliseconds since the machine started. */
  nowMs(): number;
}

/** CLOCK_MONOTONIC, which all processes of one boot share. */
const machineUptime = (): Uptime => ({
  bootId: selfIdentity().bootId,
  nowMs: () => Number(process.hrtime.bigint() / 1_000_000n),
});

export function createIntake(options: {
  files: Files;
  root: string;
  place: SocketDirectory;
  /** For records and people; the limits use only the machine's uptime. */
  clock: Pick<Clock, 'nowMs'>;
  uptime?: Uptime;
  peer: WakePeer;
  log: SignalLog;
  onError(problem: string): void;
}): Intake {
  const { files, place, clock, peer, log } = options;
  const disabled = rootLayout(options.root).disableSignals;
  const uptime = options.uptime ?? machineUptime();
  let state: AdmissionState | null = null;
  let last: Promise<unknown> = Promise.resolve();

  async function take(signal: Signal, source: string): Promise<Answer> {
    if (await files.facts(disabled)) return refusal('disabled');
    let known = signal;
    if (signal.path !== undefined) {
      const path = await realPathInside(signal.path, await peer.directories());
      if (path === null) return refusal('path-outside');
      known = { ...signal, path };
    }
    const sinceBootMs = uptime.nowMs();
    const wallMs = clock.nowMs();
    const onWall = (atMs: number): number => wallMs + (atMs - sinceBootMs);
    state ??= restoreAdmission(await readText(files, place.state, limits.recordBytesMax), uptime.bootId, sinceBootMs);
    const waiting = await peer.waiting();
    const key = signalKey(known);
    const { state: next, decision } = admit(state, key, new Set(waiting.map(name => name.key)), sinceBootMs);
    if (decision.kind === 'refused') return refusal(decision.code, onWall(decision.retryAtMs));
    const dueMs = onWall(decision.dueMs);
    const dueAt = new Date(dueMs).toISOString();
    if (!decision.isNew) return { answer: decision.kind, id: waiting.find(name => name.key === key)!.id, dueAt };
    const retryAtMs = await peer.overBudget();
    if (retryAtMs !== null) return refusal('budget', retryAtMs);
    const id = newSignalId();
    // Written in parallel, since a client waits. A crash in between loses one of the two; the client had no answer yet.
    const record = { ...known, id, at: new Date(wallMs).toISOString(), source };
    await Promise.all([
      peer.record(record, dueMs, () => peer.wake()),
      replaceFile(files, place.state, `${JSON.stringify(next)}\n`),
    ]);
    state = next;
    return { answer: decision.kind, id, dueAt };
  }

  const note = (answer: Answer, signal: Signal | null, source: string, who: Credentials | null): Promise<void> =>
    log.write({
      at: new Date(clock.nowMs()).toISOString(),
      source,
      uid: who?.uid ?? null,
      pid: who?.pid ?? null,
      type: signal?.type ?? null,
      decision: answer.answer,
      reason: answer.answer === 'refused' ? answer.code : null,
    });

  return {
    async submit(signal, source, who) {
      const taken = last.then(() => take(signal, source));
      last = taken.catch(() => {});
      const answer = await taken.catch(error => {
        options.onError(`a signal could not be written down: ${reasonOf(error)}`);
        return refusal('failed', clock.nowMs() + limits.errorMaxMs);
      });
      await note(answer, signal, source, who);
      return answer;
    },
    async refuse(code, who) {
      const answer = refusal(code);
      await note(answer, null, 'socket', who);
      return answer;
    },
  };
}
