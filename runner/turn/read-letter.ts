/** Reads a message that lies in an inbox, or says why it is none: it is then dead, with that reason. */
import { basename } from 'node:path';
import type { Message } from '#blackboard/messages/message.ts';
import { decodeMessage } from '#blackboard/messages/message-decode.ts';
import { badDataError, isRunnerError } from '#blackboard/system/errors.ts';
import { type Files, readText } from '#blackboard/system/files.ts';
import { limits } from '#blackboard/system/limits.ts';
import { faultOfEntry } from '#blackboard/system/one-entry.ts';

/** null: it is gone, another process has moved it. Throws what is a fault of the disk and not of this one file. */
export async function readLetter(
  files: Files,
  path: string,
  id: string,
  directories: readonly string[],
): Promise<Message | { unfit: string } | null> {
  const entry = basename(path);
  try {
    const facts = await files.facts(path);
    if (!facts) return null;
    if (facts.kind !== 'file') throw badDataError(`${entry} is a ${facts.kind}, not a message`);
    if (facts.sizeBytes > limits.recordBytesMax)
      throw badDataError(
        `${entry} is not a message: it has ${facts.sizeBytes} bytes, and ${limits.recordBytesMax} may be`,
      );
    const text = await readText(files, path, limits.recordBytesMax);
    return text === null ? null : decodeMessage(text, entry, id);
  } catch (error) {
    if (isRunnerError(error)) return { unfit: error.message };
    const errno = await faultOfEntry(files, error, directories);
    return { unfit: `it cannot be read (${errno}): it is somebody else's, or its mode forbids it` };
  }
}
