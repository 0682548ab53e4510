/**
 * The page's cache of what lies in inboxes, on the board and in transcripts, in one SQLite file: may be deleted, and is then made again
 * from the files. Nothing is decided by it.
 */
import { rmdirSync, rmSync } from 'node:fs';
import sqlite from 'node-sqlite3-wasm';

type Database = InstanceType<typeof sqlite.Database>;
export type Value = number | string | null;

export interface ArchiveDb extends Disposable {
  /** One statement. */
  run(sql: string, values?: readonly Value[]): void;
  rows<Row extends Record<string, unknown>>(sql: string, values?: readonly Value[]): Row[];
  /** All of it or nothing. Without waiting: no other transaction comes in between. */
  together(work: () => void): void;
}

/** Another number whenever the tables differ: the file of another one is made again. */
const SHAPE = 1;

const TABLES = `
  CREATE TABLE messages (
    id TEXT PRIMARY KEY, peer TEXT NOT NULL, sender TEXT NOT NULL, kind TEXT NOT NULL, at INTEGER NOT NULL, trace TEXT NOT NULL,
    hops INTEGER NOT NULL, gist TEXT NOT NULL, state TEXT NOT NULL, directory TEXT NOT NULL, changed INTEGER NOT NULL
  );
  CREATE INDEX messages_trace ON messages (trace);
  CREATE INDEX messages_changed ON messages (changed);
  CREATE INDEX messages_directory ON messages (directory);
  CREATE TABLE places (path TEXT PRIMARY KEY, seen TEXT NOT NULL);
  CREATE VIRTUAL TABLE texts USING fts5 (body, what UNINDEXED, ref UNINDEXED, peer UNINDEXED, at UNINDEXED, tokenize = 'unicode61 remove_diacritics 2');
`;

/**
 * `path`: of a file that no other process uses. node-sqlite3-wasm (0.8.60) locks by a directory `<path>.lock` that names no owner and
 * stays after a kill -9: then every statement fails for good. So what is found there is of a process that has died.
 */
export function openArchiveDb(path: string): ArchiveDb {
  const made = tryToOpen(path);
  if (made) return made;
  for (const each of [path, `${path}-journal`, `${path}-wal`]) rmSync(each, { force: true });
  const again = tryToOpen(path);
  if (again) return again;
  throw new Error(`${path} cannot be made: is it a directory, or its disk full?`);
}

function tryToOpen(path: string): ArchiveDb | null {
  removeLock(path);
  let db: Database | undefined;
  try {
    db = new sqlite.Database(path);
    db.exec(
      'PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF; PRAGMA cache_size = -8192',
    );
    const shape = Number(db.get('PRAGMA user_version')?.user_version ?? 0);
    if (shape !== 0 && shape !== SHAPE) throw new Error('of another version');
    if (shape === 0) db.exec(`${TABLES}PRAGMA user_version = ${SHAPE}`);
    else db.all('SELECT count(*) FROM places');
    return archiveOver(db, path);
  } catch {
    // Torn by a loss of power, of another version, no database at all.
    db?.close();
    return null;
  }
}

function removeLock(path: string): void {
  try {
    rmdirSync(`${path}.lock`);
  } catch {
    // There is none, or it is none of SQLite's: then opening fails, and says so.
  }
}

function archiveOver(db: Database, path: string): ArchiveDb {
  return {
    run: (sql, values = []) => void db.run(sql, [...values]),
    rows: (sql, values = []) => db.all(sql, [...values]) as never[],
    together(work) {
      db.exec('BEGIN');
      try {
        work();
        db.exec('COMMIT');
      } catch (error) {
        db.exec('ROLLBACK');
        throw error;
      }
    },
    [Symbol.dispose]() {
      db.close();
      removeLock(path);
    },
  };
}
