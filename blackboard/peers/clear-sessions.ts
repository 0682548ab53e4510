/**
 * Removes ended sessions after a long time without changes, if nothing waits in them. A session is moved aside with one
 * rename, checked once more there, and only then removed: a message that arrives in that moment brings it back.
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

/** Yields after every few effects; can be repeated after a crash at any point. `beforeMs`: Unix milliseconds. */
export async function* clearSessions(files: Files, root: string, beforeMs: number): AsyncGenerator<void> {
  const { sessions } = rootLayout(root);
  for (const name of await files.list(sessions)) {
    yield;
    if (name.startsWith(ASIDE) && isSessionId(name.slice(ASIDE.length)))
      yield* clearAside(files, root, name.slice(ASIDE.length));
    // One that cannot be read is not removed, and does not hold up the others.
    if (!isSessionId(name) || !(await unlessDenied(isClearable(files, root, name, beforeMs), false))) continue;
    if ((await files.move(join(sessions, name), join(sessions, `${ASIDE}${name}`))) === 'moved')
      yield* clearAside(files, root, name);
  }
  yield* clearPids(files, root);
}

/** Whether the session may still read: its process is alive, or something in it changed since. */
export async function isListening(files: Files, root: string, id: string, sinceMs: number): Promise<boolean> {
  const peer = await readSession(files, root, id).catch(() => null);
  // If it is elsewhere, only its files tell.
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

/** Removes what was moved aside, or moves it back if something arrived meanwhile. */
async function* clearAside(files: Files, root: string, id: string): AsyncGenerator<void> {
  const { sessions } = rootLayout(root);
  const layout = sessionLayout(root, `${ASIDE}${id}`);
  if (await isOwed(files, layout)) {
    await giveBack(files, layout.home, sessionLayout(root, id).home);
    return;
  }
  // It may have been resumed under its id meanwhile, and have its names.
  if (!(await files.facts(join(sessions, id))))
    for (const name of await namesOf(files, root, id)) await freeSessionName(files, root, name, id);
  yield* removeTree(files, layout.home);
}

/** Moves it back with one rename; if the session was resumed meanwhile, only its messages. */
async function giveBack(files: Files, aside: string, home: string): Promise<void> {
  try {
    if (!(await files.facts(home))) {
      await files.move(aside, home);
      return;
    }
  } catch (error) {
    if (errnoOf(error) !== 'ENOTEMPTY' && errnoOf(error) !== 'EEXIST') throw error;
  }
  // What a message needs is moved before the message.
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
