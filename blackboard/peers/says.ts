/**
 * What a peer says that it does, for the others: `says/<name or session id>`, one line, written by the peer itself and shown for a day.
 * Whatever is in the file is shown as one printable line.
 */
import { join } from 'node:path';
import { rootLayout } from '#blackboard/layout.ts';
import { unlessDenied } from '#blackboard/system/denied.ts';
import { type Files, readText } from '#blackboard/system/files.ts';
import { limits } from '#blackboard/system/limits.ts';
import { replaceFile } from '#blackboard/system/record.ts';
import { printableLine } from '#blackboard/text/printable.ts';

/** '' takes it back. Removes what others said more than a day ago. `peer`: an agent's name, a session's id. */
export async function say(files: Files, root: string, peer: string, text: string, nowMs: number): Promise<void> {
  const { says } = rootLayout(root);
  await files.makeDirectory(says);
  if (text === '') await files.remove(join(says, peer));
  else await replaceFile(files, join(says, peer), `${printableLine(text)}\n`);
  for (const name of await files.list(says))
    if (((await files.facts(join(says, name)))?.mtimeMs ?? nowMs) < nowMs - limits.saysKeepMs)
      await files.remove(join(says, name));
}

/** By an agent's name and a session's id. */
export async function whatPeersSay(files: Files, root: string, nowMs: number): Promise<ReadonlyMap<string, string>> {
  const { says } = rootLayout(root);
  const said = new Map<string, string>();
  for (const peer of await files.list(says)) {
    const path = join(says, peer);
    const facts = await files.facts(path);
    if (facts?.kind !== 'file' || facts.mtimeMs < nowMs - limits.saysKeepMs) continue;
    const text = (await unlessDenied(readText(files, path, limits.frontMatterBytesMax), '')) ?? '';
    const line = printableLine(text.trim()).slice(0, limits.saysCharsMax);
    if (line !== '') said.set(peer, line);
  }
  return said;
}
