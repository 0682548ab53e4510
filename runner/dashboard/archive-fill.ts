/**
 * Brings the archive up to date from the files. A directory that is as it was is not listed again, a message that is known is not read
 * again; a log is read on from where it was left.
 */
import { join } from 'node:path';
import { type Cursor, formatCursor, parseCursor } from '#blackboard/board/cursor.ts';
import { readBoard } from '#blackboard/board/read.ts';
import { decodeEvent } from '#blackboard/events/decode-event.ts';
import { agentLayout, boardLayout } from '#blackboard/layout.ts';
import type { Message } from '#blackboard/messages/message.ts';
import { readMessage } from '#blackboard/messages/message-decode.ts';
import { parseClaimedName, parseMessageName } from '#blackboard/messages/message-name.ts';
import { listAgents } from '#blackboard/peers/agent.ts';
import { listInboxes } from '#blackboard/peers/peers.ts';
import type { FileFacts, Files } from '#blackboard/system/files.ts';
import { limits } from '#blackboard/system/limits.ts';
import type { ArchiveDb } from '#runner/dashboard/archive-db.ts';
import { searchable } from '#runner/dashboard/search-text.ts';
import { gistOf } from '#runner/verbs/gist.ts';

/** Where a message lies: the words of `trace`. */
type Place = 'new' | 'later' | 'cur' | 'done' | 'dead';

interface Filling {
  files: Files;
  root: string;
  db: ArchiveDb;
  signal: AbortSignal;
  nowMs: number;
}

/** Everything that has changed since the last time. Whether anything has. */
export async function fillArchive(options: Omit<Filling, 'nowMs'>): Promise<boolean> {
  const filling = { ...options, nowMs: Date.now() };
  const { files, root, signal } = filling;
  let isChanged = false;
  for (const { peer, inbox } of await listInboxes(files, root)) {
    const days = (await files.list(inbox.done)).sort().reverse();
    const places: [Place, string][] = [
      ['new', inbox.new],
      ['later', inbox.later],
      ['cur', inbox.cur],
      ['dead', inbox.dead],
      ...days.map((day): [Place, string] => ['done', join(inbox.done, day)]),
    ];
    for (const [place, directory] of places) {
      if (signal.aborted) return isChanged;
      isChanged = (await takeDirectory(filling, peer, place, directory)) || isChanged;
    }
  }
  if (signal.aborted) return isChanged;
  isChanged = (await takeBoard(filling)) || isChanged;
  for (const agent of await listAgents(files, root)) {
    if (signal.aborted) return isChanged;
    isChanged = (await takeEvents(filling, agent)) || isChanged;
  }
  return isChanged;
}

const seenOf = (db: ArchiveDb, path: string): string | null =>
  db.rows<{ seen: string }>('SELECT seen FROM places WHERE path = ?', [path])[0]?.seen ?? null;

const noteSeen = (db: ArchiveDb, path: string, seen: string): void =>
  db.run('INSERT INTO places (path, seen) VALUES (?, ?) ON CONFLICT (path) DO UPDATE SET seen = excluded.seen', [
    path,
    seen,
  ]);

/** As it is now; null: it changed just now, and may change again within the same tick of the file system's clock. */
const sightOf = ({ inode, changedMs, mtimeMs }: FileFacts, nowMs: number): string | null =>
  nowMs - changedMs < limits.racyMs ? null : `${inode} ${mtimeMs} ${changedMs}`;

async function takeDirectory(
  { files, db, nowMs, signal }: Filling,
  peer: string,
  place: Place,
  directory: string,
): Promise<boolean> {
  const facts = await files.facts(directory);
  const before = seenOf(db, directory);
  const sight = facts ? sightOf(facts, nowMs) : '';
  if (sight !== null && sight === before) return false;
  const listed = new Map<string, string>();
  for (const name of facts ? await files.list(directory) : []) {
    const id = (place === 'cur' ? parseClaimedName(name)?.name : parseMessageName(name))?.id;
    if (id !== undefined) listed.set(id, name);
  }
  const known = new Map(
    db
      .rows<{ id: string; state: string }>('SELECT id, state FROM messages WHERE directory = ?', [directory])
      .map(({ id, state }) => [id, state]),
  );
  const fresh = [...listed].filter(([id]) => known.get(id) !== place);
  const gone = [...known].filter(([id, state]) => !listed.has(id) && state !== 'cleared').map(([id]) => id);
  for (let at = 0; at < fresh.length; at += limits.archiveAtOnce) {
    if (signal.aborted) return true;
    const some = fresh.slice(at, at + limits.archiveAtOnce);
    const moved = new Set(
      db
        .rows<{ id: string }>(
          `SELECT id FROM messages WHERE id IN (${some.map(() => '?').join(', ')})`,
          some.map(([id]) => id),
        )
        .map(({ id }) => id),
    );
    const read: Message[] = [];
    for (const [id, name] of some) {
      const message = moved.has(id) ? null : await readMessage(files, join(directory, name)).catch(() => null);
      if (message) read.push(message);
    }
    db.together(() => {
      for (const message of read) keepMessage(db, peer, message);
      for (const [id] of some)
        db.run('UPDATE messages SET state = ?, directory = ?, changed = max(changed, ?) WHERE id = ?', [
          ...[place, directory],
          // When one that was never seen before came here nobody knows.
          ...[moved.has(id) ? nowMs : 0, id],
        ]);
    });
    // Pages are answered in between.
    await new Promise(resolve => setImmediate(resolve));
  }
  db.together(() => {
    // Moved elsewhere, which its new directory has said or will say; or cleared away after its time.
    for (const id of gone)
      db.run("UPDATE messages SET state = 'cleared' WHERE id = ? AND directory = ?", [id, directory]);
    if (sight !== null) noteSeen(db, directory, sight);
  });
  return fresh.length + gone.length > 0;
}

function keepMessage(db: ArchiveDb, peer: string, message: Message): void {
  const { id, from, kind, trace, hops, body, subject } = message;
  const atMs = Date.parse(message.at);
  db.run(
    "INSERT OR IGNORE INTO messages (id, peer, sender, kind, at, trace, hops, gist, state, directory, changed) VALUES (?, ?, ?, ?, ?, ?, ?, ?, '', '', ?)",
    [id, peer, from, kind, atMs, trace, hops, gistOf(message, limits.pageGistChars), atMs],
  );
  keepText(db, { body: [subject, body].filter(Boolean).join('\n'), what: 'message', ref: id, peer, atMs });
}

const keepText = (
  db: ArchiveDb,
  { body, what, ref, peer, atMs }: { body: string; what: string; ref: string; peer: string; atMs: number },
): void =>
  db.run('INSERT INTO texts (body, what, ref, peer, at) VALUES (?, ?, ?, ?, ?)', [
    searchable(body.slice(0, limits.archiveTextCharsMax)),
    ...[what, ref, peer, atMs],
  ]);

async function takeBoard({ files, root, db }: Filling): Promise<boolean> {
  const board = boardLayout(root);
  const from: Cursor = parseCursor(seenOf(db, board.home) ?? '') ?? { segment: 1, offset: 0 };
  const { entries, next } = await readBoard(files, board, from);
  if (formatCursor(next) === formatCursor(from)) return false;
  db.together(() => {
    for (const { id, from: peer, text, at } of entries)
      keepText(db, { body: text, what: 'entry', ref: id, peer, atMs: Date.parse(at) });
    noteSeen(db, board.home, formatCursor(next));
  });
  return entries.length > 0;
}

/** What an agent has said. The log that had the name before is read to its end first. */
async function takeEvents({ files, root, db }: Filling, agent: string): Promise<boolean> {
  const { events: path } = agentLayout(root, agent);
  const [inode = 0, offset = 0] = (seenOf(db, path) ?? '').split(' ').map(Number);
  const facts = await files.facts(path);
  if (!facts || (facts.inode === inode && facts.sizeBytes === offset)) return false;
  const before = await files.facts(`${path}.1`);
  if (facts.inode !== inode && before)
    await takeLines({ files, db }, agent, `${path}.1`, before.inode === inode ? offset : 0);
  const end = await takeLines({ files, db }, agent, path, facts.inode === inode ? offset : 0);
  noteSeen(db, path, `${facts.inode} ${end}`);
  return true;
}

/** Where the next read begins. */
async function takeLines(
  { files, db }: Pick<Filling, 'files' | 'db'>,
  agent: string,
  path: string,
  from: number,
): Promise<number> {
  const bytes = (await files.read(path, { offset: from })) ?? new Uint8Array();
  const whole = bytes.subarray(0, bytes.lastIndexOf(0x0a) + 1);
  db.together(() => {
    for (const line of new TextDecoder().decode(whole).split('\n')) {
      // Most lines are of tools.
      const event = line.includes('"turn.text"') ? decodeEvent(line) : null;
      if (event?.type !== 'turn.text') continue;
      keepText(db, {
        body: event.text,
        what: 'said',
        ref: String(event.turn),
        peer: agent,
        atMs: Date.parse(event.at),
      });
    }
  });
  return from + whole.length;
}
