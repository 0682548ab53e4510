/**
 * The names of sessions: `sessions/names/<name>` contains the session's id, so a name is unique because a file's name
 * is. A renamed session keeps its old names as aliases, so that replies to them arrive; it loses an alias when a person
 * gives that name to another session.
 */
import { join } from 'node:path';
import { rootLayout, sessionLayout } from '#blackboard/layout.ts';
import { whyNotAName } from '#blackboard/messages/peer-name.ts';
import { unlessDenied } from '#blackboard/system/denied.ts';
import { type Files, readText } from '#blackboard/system/files.ts';
import { isMessageId, newNonce } from '#blackboard/system/ids.ts';
import { limits } from '#blackboard/system/limits.ts';
import { formatIdentity, type ProcessIdentity, parseIdentity } from '#blackboard/system/process-identity.ts';
import { livesByMark } from '#blackboard/system/process-mark.ts';
import { readRecord, replaceFile, writeOnce } from '#blackboard/system/record.ts';

const pathOf = (root: string, name: string): string => join(rootLayout(root).sessionNames, name);

/** Ids of sessions are UUIDs, chosen by claude. */
export const isSessionId = (text: string): boolean => isMessageId(text);

/** The id of the session with this name or id, or null. */
export async function sessionNamed(files: Files, root: string, name: string): Promise<string | null> {
  if (isSessionId(name) && (await files.facts(sessionLayout(root, name).peer))) return name;
  // Also a former id.
  const id = await holderOf(files, root, name);
  return id !== null && (await files.facts(sessionLayout(root, id).peer)) ? id : null;
}

/** Who has the name, whether or not that session still exists. */
export async function holderOf(files: Files, root: string, name: string): Promise<string | null> {
  if (whyNotAName(name) !== null) return null;
  const id = (await unlessDenied(readText(files, pathOf(root, name), limits.frontMatterBytesMax), null))?.trim();
  return id !== undefined && isSessionId(id) ? id : null;
}

/** Each session by its current name, sorted. */
export async function listSessionNames(files: Files, root: string): Promise<{ name: string; id: string }[]> {
  const found: { name: string; id: string }[] = [];
  for (const name of (await files.list(rootLayout(root).sessionNames)).sort()) {
    const id = await holderOf(files, root, name);
    if (id !== null && (await isNamed(files, root, id, name))) found.push({ name, id });
  }
  return found;
}

/** Whether this is the session's current name, and not an alias. */
export async function isNamed(files: Files, root: string, id: string, name: string): Promise<boolean> {
  const peer = await readRecord<{ name?: unknown }>(files, sessionLayout(root, id).peer).catch(() => null);
  return peer?.name === name;
}

/** All its names, including aliases. */
export async function namesOf(files: Files, root: string, id: string): Promise<string[]> {
  const names: string[] = [];
  for (const name of await files.list(rootLayout(root).sessionNames))
    if ((await holderOf(files, root, name)) === id) names.push(name);
  return names;
}

/** Takes a free name. One caller wins. */
export async function claimSessionName(files: Files, root: string, name: string, id: string): Promise<boolean> {
  await files.makeDirectory(rootLayout(root).sessionNames);
  if ((await writeOnce(files, pathOf(root, name), `${id}\n`)) === 'written') return true;
  return (await holderOf(files, root, name)) === id;
}

/** The content of a name's file while a process gives the name to an agent. */
const reservation = (self: ProcessIdentity): string => `agent ${formatIdentity(self)}`;

/**
 * Reserves the name, so that no session takes it until it is released. False: a session has it, or another process is
 * adding an agent of that name. A dead process's reservation is ignored.
 */
export async function reserveName(files: Files, root: string, name: string, self: ProcessIdentity): Promise<boolean> {
  await files.makeDirectory(rootLayout(root).sessions);
  await files.makeDirectory(rootLayout(root).sessionNames);
  const text = (await readText(files, pathOf(root, name), limits.frontMatterBytesMax)) ?? '';
  const other = text.startsWith('agent ') ? parseIdentity(text.slice('agent '.length)) : null;
  if (other && !(await livesByMark(other, pathOf(root, name)))) await releaseName(files, root, name, other);
  return (await writeOnce(files, pathOf(root, name), reservation(self))) === 'written';
}

/** Releases the reservation of that process. */
export async function releaseName(files: Files, root: string, name: string, self: ProcessIdentity): Promise<void> {
  const text = await readText(files, pathOf(root, name), limits.frontMatterBytesMax);
  if (text === reservation(self)) await files.remove(pathOf(root, name));
}

/** Frees a name of `id`; of several callers, one does it. */
export async function freeSessionName(files: Files, root: string, name: string, id: string): Promise<boolean> {
  if ((await holderOf(files, root, name)) !== id) return false;
  const aside = join(rootLayout(root).sessionNames, `.${newNonce()}`);
  if ((await files.move(pathOf(root, name), aside)) === 'gone') return false;
  await files.remove(aside);
  return true;
}

/**
 * Moves its names to the session's new id (/clear), and makes the former id one of them, so that replies to what it
 * sent under that id arrive.
 */
export async function moveSessionNames(files: Files, root: string, from: string, to: string): Promise<void> {
  await claimSessionName(files, root, from, to);
  for (const name of await namesOf(files, root, from)) await replaceFile(files, pathOf(root, name), `${to}\n`);
}
