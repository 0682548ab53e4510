/**
 * The ways to wake a session, for the ladder: the plugin's mod, claude's inbox, the watched file and, where the user allows it,
 * keys.
 */

import type { Files } from '#blackboard/system/files.ts';
import { newNonce } from '#blackboard/system/ids.ts';
import { replaceCopy, replaceFile } from '#blackboard/system/record.ts';
import { nudgeInbox } from '#hooks/claude/session-inbox.ts';
import type { Rung } from '#runner/wake/ladder.ts';
import { typeIntoPane } from '#runner/wake/tmux-keys.ts';
import type { Way } from '#runner/wake/wake-attempts.ts';

export const sessionWays = (files: Files, root: string): Readonly<Record<Rung, Way>> => ({
  /** A new word in the file that the mod's child watches. */
  async mod(_peer, { mod }) {
    if (!(await files.facts(mod.home))) return 'none';
    await replaceCopy(files, mod.wake, `${newNonce().slice(0, 16)}\n`);
    return 'said';
  },
  socket: nudgeInbox,
  /** A new word in the watched file: the hook behind it wakes the session once for each word. */
  async file(_peer, { nudge }) {
    if (!(await files.facts(nudge))) return 'none';
    await replaceFile(files, nudge, `${newNonce().slice(0, 16)}\n`);
    return 'said';
  },
  keys: peer => typeIntoPane(files, root, peer).catch(() => 'none'),
});
