/** A pane that takes text and keys, and the look that follows a key. */
import { isRunnerError, temporaryError } from '#blackboard/system/errors.ts';
import type { PaneView } from '#runner/panes/look.ts';

/** A pane that somebody may write to, one at a time. */
export interface WritablePane {
  look(): Promise<PaneView>;
  /** false: nothing was written. */
  write(what: { text: string } | { key: string }): Promise<boolean>;
  nowMs(): number;
  sleep(ms: number): Promise<void>;
}

/** A pane that is gone by now had the key before: that is not "no such pane", after which somebody would press it again. */
export const lookAfter = (pane: WritablePane, key: string): Promise<PaneView> =>
  pane.look().catch(error => {
    if (!isRunnerError(error)) throw error;
    throw temporaryError(
      `${key} was pressed, but what came of it is not seen: ${error.message}`,
      'Do not press it again before you have looked: agent-runner list',
    );
  });
