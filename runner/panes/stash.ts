/**
 * Puts a draft aside by claude's own stash (Ctrl+S, 2.1.332: it holds one draft, which comes back by itself behind the next prompt),
 * and sees it come back, row by row. A draft that cannot be seen whole is left alone: nobody could prove that it came back.
 */
import { isRunnerError, temporaryError } from '#blackboard/system/errors.ts';
import { limits } from '#blackboard/system/limits.ts';
import { printableLine } from '#blackboard/text/printable.ts';
import type { PaneView } from '#runner/panes/look.ts';
import { hasEmptyBox } from '#runner/panes/screen.ts';
import type { WritablePane } from '#runner/panes/writable-pane.ts';
import { whatIsSeen } from '#runner/panes/write.ts';

/** What the box shows, as it shows it; null: it is not the prompt box. Blanks at the ends of rows cannot be seen. */
const rowsIn = ({ screen }: PaneView): string | null => (screen.kind === 'box' ? screen.rows.join('\n') : null);

/** Why a draft is not put aside, as the end of a sentence; null: it may be. */
export function whyNotAside({ state, subtype, screen }: Pick<PaneView, 'state' | 'subtype' | 'screen'>): string | null {
  if (state !== 'drafting' || screen.kind !== 'box') return 'no draft is seen whole';
  if (subtype === 'shell') return 'the box is in shell mode';
  if (subtype === 'busy') return 'a turn runs';
  if (/\[(?:Pasted text|Image|\.\.\.Truncated text) #\d/.test(screen.text))
    return 'it has a pasted part, of which only the name is seen';
  // A second stash replaces the first.
  return screen.isStashed ? 'another draft was put aside there before, and would be lost' : null;
}

/** Throws 75 for a draft that cannot be put aside. */
export function requireAside(view: PaneView): void {
  const why = whyNotAside(view);
  if (why === null) return;
  throw temporaryError(
    `the draft in the pane ${printableLine(view.pane.address)} is not put aside: ${why}`,
    'Nothing was pressed there. Send it once the box is empty.',
  );
}

/**
 * Runs `send` on the emptied box, and returns once the draft is back. Throws 75 if it is not seen to be put aside, or not to be back;
 * else what `send` throws, with a word on where the draft is.
 */
export async function withDraftAside<Result>(
  pane: WritablePane,
  before: PaneView,
  send: (pane: WritablePane, empty: PaneView) => Promise<Result>,
): Promise<Result> {
  if (!(await pane.write({ key: STASH })))
    throw temporaryError('the pane takes no keys now: its draft was not touched');
  const empty = await lookFor(pane, now => isAside(now) && isSameSession(before, now));
  if (!isAside(empty))
    throw temporaryError(
      'Ctrl+S was pressed, but it is not seen that the draft was put aside: nothing was sent',
      `What is seen there: ${whatIsSeen(empty)}. ${whereItIs(before)}`,
    );
  let hasTyped = false;
  const watched: WritablePane = {
    ...pane,
    write(what) {
      hasTyped = true;
      return pane.write(what);
    },
  };
  const result = await send(watched, empty).catch(async error => {
    if (!isRunnerError(error)) throw error;
    // Without a key of ours since, nothing but Ctrl+S brings it back.
    const isPressed = !hasTyped && (await pane.write({ key: STASH }).catch(() => false));
    const isBack = (hasTyped || isPressed) && (await comesBack(pane, before).catch(() => false));
    throw temporaryError(error.message, [error.hint, isBack ? BACK : whereItIs(before)].filter(Boolean).join(' '));
  });
  if (await comesBack(pane, before).catch(() => false)) return result;
  throw temporaryError(
    'it was sent, but its draft is not seen to be back in the box: do not send it again',
    whereItIs(before),
  );
}

const STASH = 'C-s';
const BACK = 'The draft is back in the box.';

const isAside = ({ state, screen }: PaneView): boolean =>
  state !== 'modal' && screen.kind === 'box' && hasEmptyBox(screen) && screen.isStashed;

const isSameSession = (before: PaneView, now: PaneView): boolean => now.open?.sessionId === before.open?.sessionId;

const comesBack = async (pane: WritablePane, before: PaneView): Promise<boolean> =>
  isBackIn(before, await lookFor(pane, now => isBackIn(before, now)));

const isBackIn = (before: PaneView, now: PaneView): boolean =>
  isSameSession(before, now) && now.subtype !== 'shell' && rowsIn(now) === rowsIn(before);

const whereItIs = (before: PaneView): string =>
  `The draft is in the stash of that claude, unless its box shows it: Ctrl+S in the empty box brings it back. It was: ${JSON.stringify(rowsIn(before))}`;

/** The first look of which that is true, else the last one. */
async function lookFor(pane: WritablePane, isSeen: (now: PaneView) => boolean): Promise<PaneView> {
  for (const beganMs = pane.nowMs(); ; ) {
    const now = await pane.look();
    if (isSeen(now) || pane.nowMs() - beganMs >= limits.paneSeenMs) return now;
    await pane.sleep(limits.paneLookMs);
  }
}
