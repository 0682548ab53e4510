/**
 * Writes into a pane, and only what is proven by looking: the gate, the paste, the paste seen in the box and nothing else with it,
 * the gate again, Enter, and the transcript, which says what was sent. What cannot be seen is not followed by Enter, and nothing is
 * sent twice.
 */
import { open, stat } from 'node:fs/promises';
import { refusedError, temporaryError } from '#blackboard/system/errors.ts';
import { limits } from '#blackboard/system/limits.ts';
import { printableLine } from '#blackboard/text/printable.ts';
import type { Proven, Submitted } from '#hooks/claude/submitted.ts';
import { gateOf, type PaneVerb } from '#runner/panes/gates.ts';
import type { PaneView } from '#runner/panes/look.ts';
import { hasEmptyBox } from '#runner/panes/screen.ts';
import { isInBox, piecesOf } from '#runner/panes/typed-text.ts';
import { lookAfter, type WritablePane } from '#runner/panes/writable-pane.ts';

/** The way that works for a session's own tool call. */
export const SELF_HINT =
  'Of its commands, agent-runner self runs /compact, /context and /rename there, once the turn has ended.';

/** Throws 75 if the gate is closed, 77 where nothing ever opens it. Returns whether it took --force. */
export function requireGate(view: PaneView, verb: PaneVerb, force: boolean): boolean {
  const gate = gateOf(verb, view, { isOwn: view.isOwn, hasEmptyBox: hasEmptyBox(view.screen) });
  if (gate.isOpen) return false;
  if (force && gate.override) return true;
  const words = `${verb} is refused in the pane ${printableLine(view.pane.address)}: ${printableLine(gate.why)}`;
  if (view.isOwn && verb !== 'self') throw refusedError(words, SELF_HINT);
  throw temporaryError(
    `${words} (${view.state}${view.subtype === null ? '' : `, ${view.subtype}`})`,
    gate.override && !force ? 'With --force it is done all the same.' : `See: agent-runner status ${view.pane.id}`,
  );
}

const notSent = (why: string, seen: PaneView): Error =>
  temporaryError(`${why}: Enter was not pressed, and nothing was sent`, `What is seen there: ${whatIsSeen(seen)}`);

/** In a few words. */
export function whatIsSeen({ screen, state, subtype }: Pick<PaneView, 'screen' | 'state' | 'subtype'>): string {
  const holds =
    screen.kind === 'box' ? `the box has ${screen.text === '' ? 'nothing' : quoted(screen.text)}` : screen.line;
  return `${state}${subtype === null ? '' : ` (${subtype})`}, ${printableLine(holds)}`;
}

const quoted = (text: string): string => JSON.stringify(text.slice(0, 300));

/**
 * Types a text and sends it. `view`: the gate was open. `isForced`: it took --force. `proves`: what the transcript says, from what
 * it got since, and a look. Throws 75 for all that is not proven, with what was seen.
 */
export async function submit(
  pane: WritablePane,
  view: PaneView,
  text: string,
  isForced: boolean,
  proves: (jsonl: string, now: PaneView) => Submitted | null,
): Promise<Proven['kind']> {
  // From before the paste on: somebody else may press Enter on our text.
  const sizes = new Map(view.transcript ? [[view.transcript, await sizeOf(view.transcript)]] : []);
  // The first prompt of a session, and /clear, begin another file.
  const since = ({ transcript }: PaneView) => (transcript ? readFrom(transcript, sizes.get(transcript) ?? 0) : '');
  for (const [at, piece] of piecesOf(text).entries())
    if (!(await pane.write({ text: piece })))
      throw notSent(
        at === 0 ? 'the pane takes no keys now' : 'the pane takes no keys any more, after a part of the text',
        view,
      );
  const seen = await untilSeen(pane, view, text, async now => proves(await since(now), view));
  if (seen.told !== null) return endOf(seen.told);
  requireUnchanged(view, seen.now, isForced);
  // Nothing is between this look and Enter but the key itself: what somebody types in that moment, the transcript tells.
  if (!(await pane.write({ key: 'Enter' }))) throw notSent('the pane takes no keys any more', seen.now);
  return proven(pane, seen.now, async now => proves(await since(now), now));
}

/** The box has the whole text and nothing else; or somebody has sent it already, and it is told what came of that. */
async function untilSeen(
  pane: WritablePane,
  before: PaneView,
  text: string,
  tells: (now: PaneView) => Promise<Submitted | null>,
): Promise<{ now: PaneView; told: Submitted | null }> {
  for (const beganMs = pane.nowMs(); ; ) {
    const now = await pane.look();
    if (now.screen.kind === 'box' && isInBox(now.screen.text, text)) return { now, told: null };
    const told = await tells(now);
    if (told) return { now, told };
    if (now.state === 'modal') throw notSent('a dialog has opened while the text was pasted', now);
    if (now.open?.sessionId !== before.open?.sessionId) throw notSent('another session is in the pane now', now);
    if (pane.nowMs() - beganMs >= limits.paneSeenMs)
      throw notSent('the text is not seen in the box as it was pasted', now);
    await pane.sleep(limits.paneLookMs);
  }
}

/** The gate before Enter: all is as it was, but for our text in the box. */
function requireUnchanged(before: PaneView, now: PaneView, isForced: boolean): void {
  if (now.state !== 'drafting' && !(isForced && now.state === 'other'))
    throw notSent('the text is in the box, but the session is not as it was', now);
  if (now.open?.sessionId !== before.open?.sessionId) throw notSent('another session is in the pane now', now);
  if (now.subtype === 'shell') throw notSent('the box is in shell mode', now);
  if (now.subtype === 'busy' && !isForced)
    throw notSent('a turn has begun meanwhile, and the text stays in the box', now);
}

/** The transcript is read again and again; the screen is looked at where that stays silent. */
async function proven(
  pane: WritablePane,
  before: PaneView,
  tells: (now: PaneView) => Promise<Submitted | null>,
): Promise<Proven['kind']> {
  const beganMs = pane.nowMs();
  for (let now = before, lookedMs = beganMs; ; ) {
    if (now.transcript === null || pane.nowMs() - lookedMs >= limits.paneProofLookMs) {
      now = await lookAfter(pane, 'Enter');
      lookedMs = pane.nowMs();
    }
    const told = await tells(now);
    if (told) return endOf(told);
    if (pane.nowMs() - beganMs >= limits.paneProofMs)
      throw temporaryError(
        'Enter was pressed, but nothing proves that the text was sent: do not send it again before you have looked',
        `What is seen there: ${whatIsSeen(await lookAfter(pane, 'Enter'))}`,
      );
    await pane.sleep(limits.paneLookMs);
  }
}

/** What the transcript tells is the end of it. Throws 75 for what is not ours alone. */
function endOf(told: Submitted): Proven['kind'] {
  if (!('text' in told)) return told.kind;
  if (told.kind === 'refused') throw temporaryError(`claude refused it: ${printableLine(told.text)}`);
  throw temporaryError(
    `mixed: somebody typed at the same time, and what was sent is ${printableLine(quoted(told.text))}`,
    'It is not sent again. Tell the session what was meant.',
  );
}

const sizeOf = (path: string): Promise<number> =>
  stat(path).then(
    ({ size }) => size,
    () => 0,
  );

/** What a file got behind this byte; nothing, if it cannot be read. */
async function readFrom(path: string, offset: number): Promise<string> {
  try {
    await using file = await open(path, 'r');
    const length = Math.max(0, (await file.stat()).size - offset);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, offset);
    return buffer.toString('utf8', 0, bytesRead);
  } catch {
    return '';
  }
}
