/**
 * Types into a session's pane because a rule of config.yaml says so, as `cmd` and `send --via tmux` do for a person: the gate, the
 * pane's lock, a line in the log, and the proof. A closed gate is no fault: somebody is at work there.
 */
import type { SessionPeer } from '#blackboard/peers/sessions.ts';
import { systemClock } from '#blackboard/system/clock.ts';
import { isRunnerError, reasonOf } from '#blackboard/system/errors.ts';
import type { Files } from '#blackboard/system/files.ts';
import { isElsewhere } from '#blackboard/system/process-identity.ts';
import { submittedCommand, submittedText } from '#hooks/claude/submitted.ts';
import { requirePane } from '#runner/panes/find-pane.ts';
import { gateOf } from '#runner/panes/gates.ts';
import type { PaneView } from '#runner/panes/look.ts';
import { sessionIdIn } from '#runner/panes/match.ts';
import { lockPane } from '#runner/panes/pane-lock.ts';
import { logWrite } from '#runner/panes/pane-log.ts';
import { hasEmptyBox } from '#runner/panes/screen.ts';
import { createTmux } from '#runner/panes/tmux.ts';
import { cleanText, fitsBox, OUR_WORD } from '#runner/panes/typed-text.ts';
import { submit } from '#runner/panes/write.ts';

export type RuleKeys = { command: string } | { send: string };

/**
 * closed: nothing was written, and it may be tried again. `begin` is called once the gate is open, right before the first key. Throws
 * what went wrong behind that: what was typed may be there, and is not typed again.
 */
export async function typeForRule(
  { files, root, env }: { files: Files; root: string; env: Readonly<Record<string, string | undefined>> },
  { id, tmux: place, process: owner }: SessionPeer,
  keys: RuleKeys,
  begin: () => Promise<void>,
): Promise<'done' | 'closed'> {
  // In another container that socket's path leads to another tmux.
  if (!place || (owner && isElsewhere(owner))) return 'closed';
  const look = () =>
    requirePane({ files, root, env, socket: place.socket }, { typed: place.pane, sessionId: null, peer: null });
  const verb = 'command' in keys ? 'cmd' : 'send';
  const text = 'command' in keys ? keys.command : `${OUR_WORD}${cleanText(keys.send)}`;
  const isOpen = (view: PaneView) =>
    sessionIdIn(view) === id &&
    fitsBox(text, view.captured) &&
    gateOf(verb, view, { isOwn: view.isOwn, hasEmptyBox: hasEmptyBox(view.screen) }).isOpen;
  const first = await unlessGone(look());
  if (!first || !isOpen(first)) return 'closed';
  const tmux = createTmux(first.socket, env);
  const release = await unlessGone(lockPane(first.socket, place.pane));
  if (!release) return 'closed';
  try {
    const view = await unlessGone(look());
    if (!view || !isOpen(view)) return 'closed';
    await begin();
    const { pane, socket, state, subtype } = view;
    const ended = await logWrite(files, root, {
      ...{ verb: `${verb} by a rule`, pane, socket, session: id, gate: { state, subtype, forced: false } },
      ...{ text, stashes: false, logsText: false },
    });
    const writable = {
      look,
      write: (what: Parameters<typeof tmux.write>[1]) => tmux.write(place.pane, what),
      nowMs: () => systemClock.monotonicMs(),
      sleep: (ms: number) => systemClock.sleep(ms),
    };
    const proves = 'command' in keys ? submittedCommand : submittedText;
    try {
      await submit(writable, view, text, false, jsonl => proves(jsonl, text));
    } catch (error) {
      // The words of an error may have what stood in the box.
      await ended(isRunnerError(error) ? (reasonOf(error).split(':')[0] ?? '') : 'failed');
      throw error;
    }
    await ended('done');
    return 'done';
  } finally {
    release();
  }
}

/** A pane that is gone, a server that does not answer, another writer: not now. */
const unlessGone = <T>(looked: Promise<T>): Promise<T | null> =>
  looked.catch(error => {
    if (isRunnerError(error)) return null;
    throw error;
  });
