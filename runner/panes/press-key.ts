/** Presses one key in a pane, and sees what it has changed. */
import { temporaryError } from '#blackboard/system/errors.ts';
import { limits } from '#blackboard/system/limits.ts';
import type { PaneView } from '#runner/panes/look.ts';
import { lookAfter, type WritablePane } from '#runner/panes/writable-pane.ts';

/** Keys of dialogs, as people type them, and their names in tmux. */
export const DIALOG_KEYS: Readonly<Record<string, string>> = {
  ...Object.fromEntries([...'123456789yn'].map(key => [key, key])),
  ...{ enter: 'Enter', esc: 'Escape', tab: 'Tab', space: 'Space' },
  ...{ up: 'Up', down: 'Down', left: 'Left', right: 'Right' },
};

/**
 * Presses one key, and looks until it has changed something. null: nothing has changed in time. `holdsMs`: it returns no sooner.
 * Throws 75 if the pane takes no keys, or is gone with that key.
 */
export async function pressKey(
  pane: WritablePane,
  key: string,
  { isChanged, holdsMs = 0 }: { isChanged(now: PaneView): boolean; holdsMs?: number },
): Promise<PaneView | null> {
  if (!(await pane.write({ key }))) throw temporaryError('the pane takes no keys now, and none was pressed');
  for (const beganMs = pane.nowMs(); ; ) {
    const now = await lookAfter(pane, key);
    // The screen follows the registry within a moment.
    const isDone = isChanged(now) && now.subtype !== 'disagree';
    const passedMs = pane.nowMs() - beganMs;
    if (passedMs >= holdsMs && (isDone || passedMs >= limits.paneSeenMs)) return isChanged(now) ? now : null;
    await pane.sleep(limits.paneLookMs);
  }
}
