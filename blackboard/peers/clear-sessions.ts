/**
 * Clearing away sessions that are over, once nothing has moved in them for long and nothing waits in them. A session is moved
 * aside in one rename, looked at once more there, and only then removed: a message that came in that very moment brings it back.
 */
import { join } from 'node:path';
import { rootLayout, sessionLayout } from '#blackboard/layout.ts';
import { freeSessionName, isSessionId, namesOf } from '#blackboard/peers/session-names.ts';
import { isOwed, readSession } from '#blackboard/peers/sessions.ts';
import { unlessDenied } from '#blackboard/system/denied.ts';
import { errnoOf } from '#blackboard/system/errors.ts';
import { type Files, readText } from '#blackboard/system/files.ts';
import { limits } from '#blackboard/system/limits.ts';
import { isAlive, isElsewhere } from '#blackboard/system/process-identity.ts';
import { removeTree } from '#blackboard/system/remove-tree.ts';

const ASIDE = '.over-';

/** Yields after every few effects; repeatable after a death anywhere. `beforeMs`: Unix milliseconds. */
export async function* clearSessions(files: Files, root: string, beforeMs: number): AsyncGenerator<void> {
  const { sessions } = rootLayout(root);
  for (const name of await files.list(sessions)) {
    yield;
    if (name.startsWith(ASIDE) && isSessionId(name.slice(ASIDE.length)))
      yield* clearAside(files, root, name.slice(ASIDE.length));
    // What may not be looked into is not cleared, and keeps no other from it.
    if (!isSessionId(name) || !(await unlessDenied(isClearable(files, root, name, beforeMs), false))) continue;
    if ((await files.move(join(sessions, name), join(sessions, `${ASIDE}${name}`))) === 'moved')
      yield* clearAside(files, root, name);
  }
  yield* clearPids(files, root);
}

/** Whether the session may still read: its process lives, or something has moved in it since. */
export async function isListening(files: Files, root: string, id: string, sinceMs: number): Promise<boolean> {
  const peer = await readSession(files, root, id).catch(() => null);
  // Of one elsewhere only its traces tell.
  if (peer?.process && !isElsewhere(peer.process) && (await isAlive(peer.process))) return true;
  const layout = sessionLayout(root, id);
  const { home, peer: record, state, cursor, shown, inbox } = layout;
  for (const path of [home, record, state, cursor, shown, inbox.new, inbox.cur, inbox.done, inbox.outcomes])
    if (((await files.facts(path))?.mtimeMs ?? 0) >= sinceMs) return true;
  return false;
}

async function isClearable(files: Files, root: string, id: string, beforeMs: number): Promise<boolean> {
  const { inbox } = sessionLayout(root, id);
  if (await isListening(files, root, id, beforeMs)) return false;
  return !(await isOwed(files, { inbox })) && (await files.list(inbox.dead)).length === 0;
}

/** Removes what was moved aside; gives it back where something came meanwhile. */
async function* clearAside(files: Files, root: string, id: string): AsyncGenerator<void> {
  const { sessions } = rootLayout(root);
  const layout = sessionLayout(root, `${ASIDE}${id}`);
  if (await isOwed(files, layout)) {
    await giveBack(files, layout.home, sessionLayout(root, id).home);
    return;
  }
  // It may have come back under its id meanwhile, and have its names.
  if (!(await files.facts(join(sessions, id))))
    for (const name of await namesOf(files, root, id)) await freeSessionName(files, root, name, id);
  yield* removeTree(files, layout.home);
}

/** One rename back; where the session was resumed meanwhile, its messages alone. */
async function giveBack(files: Files, aside: string, home: string): Promise<void> {
  try {
    if (!(await files.facts(home))) {
      await files.move(aside, home);
      return;
    }
  } catch (error) {
    if (errnoOf(error) !== 'ENOTEMPTY' && errnoOf(error) !== 'EEXIST') throw error;
  }
  // What a message needs goes before the message.
  for (const part of ['ids', 'files', 'tmp', 'later', 'cur', 'new', '.'])
    for (const name of await files.list(join(aside, 'inbox', part))) {
      const from = join(aside, 'inbox', part, name);
      const isOurs = part === '.' && (await files.facts(from))?.kind === 'directory';
      if (!isOurs) await files.move(from, join(home, 'inbox', part, name));
    }
}

/** Process ids that lead to no session. */
async function* clearPids(files: Files, root: string): AsyncGenerator<void> {
  const { sessionPids } = rootLayout(root);
  for (const pid of await files.list(sessionPids)) {
    const id = (await readText(files, join(sessionPids, pid), limits.frontMatterBytesMax))?.trim() ?? '';
    yield;
    if (isSessionId(id) && (await files.facts(sessionLayout(root, id).home))) continue;
    await files.remove(join(sessionPids, pid));
  }
}
