// A process that posts entries until it is killed, and prints the id of each one once it is accepted. Arguments: root, a seed,
// bytes of a segment. Bundled by the test that starts it.
import { writeSync } from 'node:fs';
import { postEntry } from '../../blackboard/board/post.ts';
import { createDiskFiles } from '../../blackboard/disk-files.ts';
import { newId } from '../../blackboard/ids.ts';
import { selfIdentity } from '../../blackboard/process-identity.ts';

const [root = '', seed = '1', segmentBytes = '100000'] = process.argv.slice(2);
const files = createDiskFiles();
const self = selfIdentity();
// One timestamp for all of them, in their names as well as in their lines.
const nowMs = 1_795_000_000_000;

for (let count = 0; count < 100_000; count++) {
  const id = newId(nowMs);
  const text = `${seed}-${count} ${'x'.repeat((count * 7919 * Number(seed)) % 25_000)}`;
  const entry = { id, at: new Date(nowMs).toISOString(), from: `w${seed}`, kind: 'note' as const, text };
  await postEntry(files, root, entry, { self, nowMs: Date.now(), segmentBytesMax: Number(segmentBytes) });
  writeSync(1, `${id}\n`);
}
