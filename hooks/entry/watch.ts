/**
 * The child of the plugin's mod, in a session that a person uses: `node watch.cjs <root>`. Prints a line of JSON whenever there is
 * something for the mod (hooks/session/mod-watch.ts), and ends with its claude, also where that was killed.
 */
import { type FSWatcher, watch, writeSync } from 'node:fs';
import { inboxLayout, rootLayout, sessionLayout } from '#blackboard/layout.ts';
import { type SessionPeer, sessionOfProcess } from '#blackboard/peers/sessions.ts';
import { errnoOf, reasonOf } from '#blackboard/system/errors.ts';
import { limits } from '#blackboard/system/limits.ts';
import { identifySync } from '#blackboard/system/process-identity.ts';
import { createSyncFiles } from '#blackboard/system/sync-files.ts';
import { requireShut } from '#hooks/entry/own-root.ts';
import { createModWatch, type ModLine } from '#hooks/session/mod-watch.ts';

const [root = ''] = process.argv.slice(2);
const files = createSyncFiles();
/** The mod starts no shell: what stands above is claude itself. */
const claude = identifySync(process.ppid);
const mod = createModWatch(files, root, Date.now, tell);
let peer: SessionPeer | null | undefined;
let watchers: FSWatcher[] = [];
let isCounting = false;

process.umask(0o077);
attempt(async () => {
  requireShut(root);
  if (!claude) process.exit(0);
  await files.makeDirectory(rootLayout(root).cards);
  await look();
  setInterval(() => attempt(look), limits.modLookMs);
  setInterval(() => attempt(mod.count), limits.slowLookMs);
});

/** What no event tells: that claude is gone, that it has another session. And whatever an event should have told. */
async function look(): Promise<void> {
  if (process.ppid !== claude!.pid) process.exit(0);
  const now = await sessionOfProcess(files, root, claude!);
  if (peer === undefined || now?.id !== peer?.id) {
    peer = now;
    await mod.meets(now);
    follow(now);
    await mod.count();
  }
  await mod.look();
}

function follow(session: SessionPeer | null): void {
  for (const each of watchers) each.close();
  watchers = [];
  if (!session) return;
  const layout = sessionLayout(root, session.id);
  on(layout.mod.home, () => attempt(mod.look));
  on(layout.inbox.new, countSoon);
  const { cards, operator } = rootLayout(root);
  on(cards, countSoon);
  on(inboxLayout(operator).new, countSoon);
}

/** Where nothing can be watched, the looks by the clock stay. */
function on(directory: string, changed: () => void): void {
  try {
    watchers.push(watch(directory, changed).on('error', () => {}));
  } catch {
    // As above.
  }
}

function countSoon(): void {
  if (isCounting) return;
  isCounting = true;
  setTimeout(() => {
    isCounting = false;
    attempt(mod.count);
  }, limits.modCountMs);
}

/** The mod starts another watcher, later, where one has ended. */
function attempt(work: () => Promise<void>): void {
  work().catch(error => {
    writeSync(2, `${reasonOf(error)}\n`);
    process.exit(1);
  });
}

function tell(line: ModLine): void {
  try {
    writeSync(1, `${JSON.stringify(line)}\n`);
  } catch (error) {
    // The mod has gone.
    process.exit(errnoOf(error) === 'EPIPE' ? 0 : 1);
  }
}
