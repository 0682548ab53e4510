/** Reads a dead letter: its path, its reason and its text. */
import { type DeadLetter, nameOfDrop, requireDeadLetter } from '#blackboard/peers/dead-letters.ts';
import { unlessDenied } from '#blackboard/system/denied.ts';
import type { Files } from '#blackboard/system/files.ts';
import { limits } from '#blackboard/system/limits.ts';
import { textOf } from '#blackboard/text/text-encoding.ts';
import type { DeadShow } from '#runner/results/messages.ts';
import type { VerbContext } from '#runner/verbs/context.ts';

/** `letter`: an id, an end or a beginning of it, or the file's name. Throws 66 for none, 64 for several. */
export async function deadShow({ files, root }: VerbContext, { letter: typed }: { letter: string }): Promise<DeadShow> {
  const letter = await requireDeadLetter(files, root, typed);
  const { peer, id, file, path, atMs, reason } = letter;
  const content = await contentOf(files, letter);
  const at = new Date(atMs).toISOString();
  return { peer, id, file, droppedAs: nameOfDrop(letter), path, at, reason, ...content };
}

const DENIED = 'denied' as const;

/** The whole text, or why there is none. Links are not followed: they were buried for being links. */
async function contentOf(files: Files, { path }: DeadLetter): Promise<Pick<DeadShow, 'text' | 'noText'>> {
  const none = (noText: string) => ({ text: null, noText });
  const facts = await files.facts(path);
  if (facts?.kind !== 'file') return none(`a ${facts?.kind ?? 'file that is gone'}`);
  const bytes = await unlessDenied<Uint8Array | null, typeof DENIED>(
    files.read(path, { bytesMax: limits.recordBytesMax }),
    DENIED,
  );
  if (bytes === DENIED) return none('it may not be read: its mode forbids it, or it is somebody else’s');
  const text = bytes && facts.sizeBytes <= limits.recordBytesMax ? textOf(bytes) : null;
  return text === null ? none(`${facts.sizeBytes} bytes that are no short text`) : { text, noText: null };
}
