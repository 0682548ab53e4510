/** `agent-runner dead show`: a dead letter's reason and its whole text. */

import { textOf } from '#blackboard/inbox/attachment.ts';
import { type DeadLetter, droppedName, requireDeadLetter } from '#blackboard/peers/dead-letters.ts';
import { requireRoot, rootPath } from '#blackboard/root.ts';
import { unlessDenied } from '#blackboard/system/denied.ts';
import { createDiskFiles } from '#blackboard/system/disk-files.ts';
import { exitCode } from '#blackboard/system/errors.ts';
import type { Files } from '#blackboard/system/files.ts';
import { limits } from '#blackboard/system/limits.ts';
import { shortId } from '#blackboard/system/short-id.ts';
import { printable, printableLine } from '#blackboard/text/printable.ts';
import type { Declaration } from '#runner/cli/declare.ts';
import type { GlobalOptions } from '#runner/cli/terminal/global-options.ts';
import { headLine, printJson } from '#runner/text/printing.ts';
import { instantText } from '#runner/text/terminal.ts';

export const command: Declaration = {
  words: 'dead show',
  about: 'a dead letter and its reason',
  arguments: [{ name: '<message-id>', completes: 'message' }],
  json: true,
  examples: ['agent-runner dead show 5f0c9e1b', 'agent-runner dead show 5f0c9e1b --json'],
  exits: { 64: 'a beginning that fits several', 66: 'no such dead letter' },
};

export async function run(global: GlobalOptions, typed: string): Promise<number> {
  const files = createDiskFiles();
  const root = await requireRoot(rootPath(global.root, process.env));
  const letter = await requireDeadLetter(files, root, typed);
  const { peer, id, file, path, atMs, reason } = letter;
  const content = await contentOf(files, letter);
  if (global.json) {
    printJson({ peer, id, file, path, at: new Date(atMs).toISOString(), reason, text: content.text });
    return exitCode.ok;
  }
  const shown = content.text === null ? content.why : printable(content.text);
  process.stdout.write(
    [
      `${letter.name ? `message ${id}` : `${shortId(id)} ${headLine(droppedName(letter), 300)}`} of ${peer}`,
      `died ${instantText(atMs, Date.now())}: ${printableLine(reason)}`,
      printableLine(path),
      '',
      shown.endsWith('\n') ? shown : `${shown}\n`,
    ].join('\n'),
  );
  return exitCode.ok;
}

const DENIED = 'denied' as const;

/** The whole text, or why none is shown. Links are not followed: they were buried for being links. */
async function contentOf(files: Files, { path }: DeadLetter): Promise<{ text: string } | { text: null; why: string }> {
  const facts = await files.facts(path);
  if (facts?.kind !== 'file') return { text: null, why: `(a ${facts?.kind ?? 'file that is gone'})` };
  const bytes = await unlessDenied<Uint8Array | null, typeof DENIED>(
    files.read(path, { bytesMax: limits.recordBytesMax }),
    DENIED,
  );
  if (bytes === DENIED)
    return { text: null, why: '(it may not be read: its mode forbids it, or it is somebody else’s)' };
  const text = bytes && facts.sizeBytes <= limits.recordBytesMax ? textOf(bytes) : null;
  return text === null ? { text, why: `(${facts.sizeBytes} bytes that are no short text)` } : { text };
}
