/**
 * The last way to wake a session: typing into its tmux pane. Only if config.yaml allows it, and only into a box that is
 * seen to be empty; in a dialog keys press buttons, and they would be mixed into a draft.
 */
import type { SessionPeer } from '#blackboard/peers/sessions.ts';
import type { Files } from '#blackboard/system/files.ts';
import { limits } from '#blackboard/system/limits.ts';
import { isElsewhere } from '#blackboard/system/process-identity.ts';
import { realPathOf } from '#blackboard/system/real-path.ts';
import { lockPane } from '#runner/panes/pane-lock.ts';
import { logWrite } from '#runner/panes/pane-log.ts';
import { readScreen, type Screen } from '#runner/panes/screen.ts';
import { createTmux, type Tmux } from '#runner/panes/tmux.ts';
import { isInBox, OUR_WORD } from '#runner/panes/typed-text.ts';

const TYPED = `${OUR_WORD}A signal woke this session.`;

/** Rejects where tmux cannot be asked, somebody else writes to the pane, or the log takes no line. */
export async function typeIntoPane(
  files: Files,
  root: string,
  { id, tmux: place, process: owner }: SessionPeer,
  tmuxAt: (socket: string) => Tmux = socket => createTmux(socket, process.env),
): Promise<'said' | 'none'> {
  // In another container that socket's path leads to another tmux.
  if (!place || (owner && isElsewhere(owner))) return 'none';
  const { pane } = place;
  const tmux = tmuxAt(realPathOf(place.socket));
  const screen = async (): Promise<Screen | null> => {
    const shown = (await tmux.screens([pane])).get(pane);
    return shown ? readScreen(shown.captured) : null;
  };
  const release = await lockPane(tmux.socket, pane, limits.nudgeMs);
  try {
    const empty = await screen();
    if (empty?.kind !== 'box' || empty.holds !== 'nothing') return 'none';
    const ended = await logWrite(files, root, {
      ...{ verb: 'wake', pane: { id: pane, address: null }, socket: tmux.socket, session: id, gate: null },
      ...{ text: TYPED, stashes: false, logsText: false },
    });
    const said = await typed(tmux, pane, screen).catch(() => 'failed' as const);
    await ended(said === 'said' ? 'done' : said === 'none' ? 'not sent' : said);
    return said === 'said' ? said : 'none';
  } finally {
    release();
  }
}

async function typed(tmux: Tmux, pane: string, screen: () => Promise<Screen | null>): Promise<'said' | 'none'> {
  if (!(await tmux.write(pane, { text: TYPED }))) return 'none';
  for (let tries = 0; tries < limits.wakeKeysLooks; tries++) {
    const seen = await screen();
    if (seen?.kind !== 'box' || !isInBox(seen.text, TYPED)) continue;
    return (await tmux.write(pane, { key: 'Enter' })) ? 'said' : 'none';
  }
  // Other text in the box is its user's; ours stays with it and is not sent.
  return 'none';
}
