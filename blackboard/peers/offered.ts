/**
 * Sessions that are no peers and may become one: they have no name and get no messages, and hear the board alone. `offered.json` has
 * what a registration needs; where there is a peer.json too, the session is a peer.
 */
import { rootLayout, sessionLayout } from '#blackboard/layout.ts';
import { freeSessionName, isSessionId, namesOf } from '#blackboard/peers/session-names.ts';
import { readSession, registerSession, type SessionPeer, tellEnd } from '#blackboard/peers/sessions.ts';
import type { Files } from '#blackboard/system/files.ts';
import { isSameProcess, type ProcessIdentity } from '#blackboard/system/process-identity.ts';
import { readRecord, replaceFile } from '#blackboard/system/record.ts';

export type Offered = Omit<SessionPeer, 'name'>;

export async function offerSession(files: Files, root: string, offered: Offered): Promise<void> {
  const layout = sessionLayout(root, offered.id);
  for (const directory of [rootLayout(root).sessions, layout.home]) await files.makeDirectory(directory);
  await replaceFile(files, layout.offered, `${JSON.stringify(offered)}\n`);
}

/** Those that are no peers. */
export async function listOffered(files: Files, root: string): Promise<Offered[]> {
  const found: Offered[] = [];
  for (const offered of await allOffered(files, root))
    if ((await readSession(files, root, offered.id).catch(() => null)) === null) found.push(offered);
  return found;
}

/** With those whose `connect` or `disconnect` died half-way. */
async function allOffered(files: Files, root: string): Promise<Offered[]> {
  const ids = (await files.list(rootLayout(root).sessions)).filter(isSessionId);
  const read = (id: string) => readRecord<Offered>(files, sessionLayout(root, id).offered).catch(() => null);
  return (await Promise.all(ids.map(read))).filter(
    (offered, at) => offered !== null && offered.id === ids[at],
  ) as Offered[];
}

/** The one whose process is the nearest in this line of ancestors; null: none. */
export async function offeredTo(files: Files, root: string, line: readonly ProcessIdentity[]): Promise<Offered | null> {
  const all = await allOffered(files, root);
  for (const each of line) {
    const found = all.find(({ process }) => process !== null && isSameProcess(process, each));
    if (found) return found;
  }
  return null;
}

/** After /clear the conversation of the same process has another id: what waits for it moves along. */
export async function moveOffered(files: Files, root: string, process: ProcessIdentity, to: string): Promise<void> {
  const offered = await offeredTo(files, root, [process]);
  if (!offered || offered.id === to || (await files.facts(sessionLayout(root, to).home))) return;
  if ((await files.move(sessionLayout(root, offered.id).home, sessionLayout(root, to).home)) === 'moved')
    await offerSession(files, root, { ...offered, id: to });
}

/** Makes it a peer, with this name or the next free one (`-2`). Repeat it after a crash. */
export async function connectSession(
  files: Files,
  root: string,
  offered: Offered,
  wanted: string | null,
): Promise<SessionPeer> {
  const peer = await registerSession(files, root, offered, wanted);
  await files.remove(sessionLayout(root, offered.id).offered);
  return peer;
}

/** Takes its names away; what waits in its inbox stays. On disk: offered.json → peer.json removed → names and process freed. Repeat it after a crash. */
export async function disconnectSession(files: Files, root: string, { name: _, ...peer }: SessionPeer): Promise<void> {
  await offerSession(files, root, peer);
  await files.remove(sessionLayout(root, peer.id).peer);
  for (const each of await namesOf(files, root, peer.id)) await freeSessionName(files, root, each, peer.id);
  if (peer.process) await tellEnd(files, root, peer.process, peer.id);
}
