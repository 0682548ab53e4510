// A process that claims what it is told, line after line on stdin (`<key> <round>`), and prints `won` or `lost`. Arguments: root, the
// agent that it is, and for the control `naive`: it looks whether there is a file, and writes it. Bundled by the test that starts it.
import { existsSync, mkdirSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setImmediate } from 'node:timers/promises';
import { takeClaim } from '#blackboard/claims/claiming.ts';
import { createSyncFiles } from '#blackboard/system/sync-files.ts';

const [root = '', name = '', how = 'ours'] = process.argv.slice(2);
const files = createSyncFiles();

writeSync(1, 'ready\n');
for await (const key of createInterface({ input: process.stdin }))
  writeSync(1, `${(await claims(key)) ? 'won' : 'lost'}\n`);

async function claims(key: string): Promise<boolean> {
  if (how === 'naive') {
    const path = join(root, 'naive', key);
    mkdirSync(join(root, 'naive'), { recursive: true });
    if (existsSync(path)) return false;
    await setImmediate();
    writeFileSync(path, name);
    return true;
  }
  const owner = { kind: 'agent' as const, id: name };
  const order = { thing: { kind: 'key' as const, key }, owner, peer: name, ttlMs: 60_000, nowMs: Date.now() };
  return (await takeClaim(files, root, order)).kind === 'claimed';
}
