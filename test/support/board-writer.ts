// A process that posts entries until it is killed, and prints the id of each one once it is accepted. Arguments: root, a seed,
// bytes of a segment, and for the control `naive`: a writer that appends as well as any shell does, and no more. Bundled by the
// test that starts it.
import { appendFileSync, writeSync } from 'node:fs';
import { encodeEntry } from '#blackboard/board/entry.ts';
import { postEntry } from '#blackboard/board/post.ts';
import { segmentPath } from '#blackboard/board/segments.ts';
import { boardLayout } from '#blackboard/layout.ts';
import { newId } from '#blackboard/system/ids.ts';
import { selfIdentity } from '#blackboard/system/process-identity.ts';
import { createRunnerFiles } from '#blackboard/system/runner-files.ts';

const [root = '', seed = '1', segmentBytes = '100000', how = 'ours'] = process.argv.slice(2);
const files = createRunnerFiles();
const self = selfIdentity();
// One timestamp for all of them, in their names as well as in their lines.
const nowMs = 1_795_000_000_000;

for (let count = 0; count < 100_000; count++) {
  const id = newId(nowMs);
  const text = `${seed}-${count} ${'x'.repeat((count * 7919 * Number(seed)) % 25_000)}`;
  const entry = { id, at: new Date(nowMs).toISOString(), from: `w${seed}`, kind: 'note' as const, text };
  if (how === 'naive') {
    // In pieces, as stdio does with a line that is longer than its buffer.
    const line = `${encodeEntry(entry)}\n`;
    for (let at = 0; at < line.length; at += 4096)
      appendFileSync(segmentPath(boardLayout(root), 1), line.slice(at, at + 4096));
  } else await postEntry(files, root, entry, { self, nowMs: Date.now(), segmentBytesMax: Number(segmentBytes) });
  writeSync(1, `${id}\n`);
}
