/** Waits until a session in tmux has ended its turn, or stands at a dialog. */
import { watch } from 'node:fs';
import { join } from 'node:path';
import { isRunnerError, temporaryError, usageError } from '#blackboard/system/errors.ts';
import { limits } from '#blackboard/system/limits.ts';
import { startTimeSync } from '#blackboard/system/process-identity.ts';
import { claudeConfigDir } from '#hooks/claude/session-files.ts';
import type { PaneView } from '#runner/panes/look.ts';
import type { Wait } from '#runner/results/panes.ts';
import type { VerbContext } from '#runner/verbs/context.ts';
import { placeOf } from '#runner/verbs/pane-summary.ts';
import { meansSession, paneOf, type SessionOrder } from '#runner/verbs/session-pane.ts';

export interface WaitOrder extends SessionOrder {
  /** At the most between two looks. */
  intervalMs: number;
  timeoutMs: number;
  /** For so long it must have been idle: many short turns one after the other are one piece of work. */
  debounceMs: number;
}

/** How it stands: decided from what was seen now, and before. Pure. */
export function waitStep(
  { state, subtype, isTurnOver }: Pick<PaneView, 'state' | 'subtype' | 'isTurnOver'>,
  before: Standing | null,
  nowMs: number,
  debounceMs: number,
): WaitStep {
  const step = (end: WaitStep['end']): WaitStep => ({ end, standing: null, lookAgainMs: null });
  if (state === 'modal') return step('MODAL');
  if (GONE.includes(subtype)) return step('GONE');
  const what = isTurnOver ? 'DONE' : subtype === 'no-session' ? 'GONE' : null;
  // The screen follows the registry within a moment.
  if (what === null) return { ...step(null), lookAgainMs: subtype === 'disagree' ? limits.waitSettleMs : null };
  const sinceMs = before?.what === what ? before.sinceMs : nowMs;
  const leftMs = sinceMs + (what === 'DONE' ? debounceMs : limits.waitGoneMs) - nowMs;
  return leftMs <= 0 ? step(what) : { end: null, standing: { what, sinceMs }, lookAgainMs: leftMs };
}

/** What ends the wait if it is still so after a while. */
interface Standing {
  what: 'DONE' | 'GONE';
  sinceMs: number;
}

interface WaitStep {
  end: Wait['result'] | 'GONE' | null;
  standing: Standing | null;
  lookAgainMs: number | null;
}

const GONE: readonly (string | null)[] = ['dead', 'crashed'];

/** Throws 66 for nobody, 69 without tmux, 75 when the time is over or the pane is gone. */
export async function wait(context: VerbContext, order: WaitOrder): Promise<Wait> {
  const { name, intervalMs, timeoutMs, debounceMs } = order;
  if (!(await meansSession(context, order)))
    throw usageError(
      `"${name}" is no session in tmux`,
      `For an agent: agent-runner ask ${name} "…" waits for its answer.`,
    );
  const beganMs = performance.now();
  let view = await paneOf(context, order);
  const first = view.open;
  const changes = watchChanges(context, view);
  try {
    for (let standing: Standing | null = null; ; ) {
      const nowMs = performance.now();
      const step = waitStep(view, standing, nowMs, debounceMs);
      const { state, subtype, reason } = view;
      const waitedMs = Math.round(nowMs - beganMs);
      if (step.end === 'GONE' || (first && subtype === 'no-session')) throw gone(name, reason);
      if (step.end) return { result: step.end, ...placeOf(view), subtype, waitedMs };
      const leftMs = timeoutMs - waitedMs;
      if (leftMs <= 0)
        throw temporaryError(`"${name}" was not done within ${timeoutMs / 1000} s: it is ${state} (${reason})`);
      standing = step.standing;
      await changes.next(Math.max(1, Math.min(intervalMs, leftMs, step.lookAgainMs ?? intervalMs)));
      view = await paneOf(context, order).catch(error => {
        throw isRunnerError(error) && error.kind !== 'usage' ? gone(name, error.message) : error;
      });
    }
  } finally {
    changes.close();
  }
}

const gone = (name: string, why: string) => temporaryError(`"${name}" is gone: ${why}`);

/** claude's registry, which says that a turn ends or a dialog opens, and the transcript. */
const pathsOf = ({ env }: VerbContext, { open, transcript }: PaneView): string[] => [
  join(open?.configDir ?? claudeConfigDir(env), 'sessions'),
  ...(transcript === null ? [] : [transcript]),
];

/** A hint that something may have changed in that pane; what cannot be watched is looked at every interval. */
export function watchChanges(
  context: VerbContext,
  view: PaneView,
): {
  next(ms: number): Promise<void>;
  close(): void;
} {
  // Something may have changed while nobody watched yet.
  let changed = true;
  let wake = () => {};
  const watchers = pathsOf(context, view).flatMap(path => {
    try {
      const watcher = watch(path, () => {
        changed = true;
        wake();
      });
      return [watcher.on('error', () => {})];
    } catch {
      return [];
    }
  });
  // No file tells of a process that was killed.
  const pulse = setInterval(() => {
    if (!view.open || startTimeSync(view.open.pid) !== null) return;
    clearInterval(pulse);
    changed = true;
    wake();
  }, limits.waitPulseMs);
  return {
    async next(ms) {
      if (!changed)
        await new Promise<void>(resolve => {
          const timer = setTimeout(resolve, ms);
          wake = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      // What belongs together comes within a moment.
      await new Promise(resolve => setTimeout(resolve, Math.min(ms, limits.waitSettleMs)));
      changed = false;
    },
    close: () => {
      clearInterval(pulse);
      for (const watcher of watchers) watcher.close();
    },
  };
}
