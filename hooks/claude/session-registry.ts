// Who else has a session open: the CLI's registry, <config>/sessions/<pid>.json (CLI 2.1.329). Read only. An entry
// appears 190-235 ms after a claude starts, so it does not show one that has just started.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { limits } from '#blackboard/system/limits.ts';
import { parseObject } from '#blackboard/text/json.ts';
import { isSameStart } from '#hooks/claude/start-time.ts';

/** A live claude that has a session open. */
export interface SessionOwner {
  readonly pid: number;
  readonly name: string | null;
  /** `interactive` for `claude -p` as well (measured): look at entrypoint. */
  readonly kind: string | null;
  /** cli (a terminal), sdk-cli (`claude -p`)… */
  readonly entrypoint: string | null;
  /** idle, busy, waiting, shell. */
  readonly status: string | null;
}

/**
 * When the process with this pid began (see blackboard/system/process-identity.ts, startTimeSync), null if there is
 * none. Asked before a file is read: killed sessions leave hundreds of files behind for ever.
 */
export type StartTimeOf = (pid: number) => string | null | Promise<string | null>;

/**
 * The live process that has this session open, or null. One that ends meanwhile, or stays unreadable, does not count.
 */
export async function findSessionOwner(
  configDir: string,
  sessionId: string,
  startTimeOf: StartTimeOf,
): Promise<SessionOwner | null> {
  for await (const found of eachOwner(configDir, startTimeOf)) if (found.sessionId === sessionId) return found.owner;
  return null;
}

/** The same of all sessions that are open, by their ids: for who asks for many. */
export async function listSessionOwners(
  configDir: string,
  startTimeOf: StartTimeOf,
): Promise<ReadonlyMap<string, SessionOwner>> {
  const owners = new Map<string, SessionOwner>();
  for await (const { sessionId, owner } of eachOwner(configDir, startTimeOf))
    if (!owners.has(sessionId)) owners.set(sessionId, owner);
  return owners;
}

async function* eachOwner(
  configDir: string,
  startTimeOf: StartTimeOf,
): AsyncGenerator<{ sessionId: string; owner: SessionOwner }> {
  for await (const { sessionId, pid, name, kind, entrypoint, status } of openSessions(configDir, startTimeOf))
    yield { sessionId, owner: { pid, name, kind, entrypoint, status } };
}

/** All that the registry says of a session that a live process has open. */
export interface OpenSession extends SessionOwner {
  readonly sessionId: string;
  /** Of its process, in our form. */
  readonly startTime: string;
  /** permission prompt, input needed, dialog open. */
  readonly waitingFor: string | null;
  /** Unix milliseconds since when the status is this one. */
  readonly statusSinceMs: number | null;
  readonly cwd: string | null;
  /** The pane that it stands in, `%3` (CLI 2.1.332); null: none, or it does not say. */
  readonly pane: string | null;
  readonly version: string | null;
}

/** Every session that is open. */
export async function* openSessions(configDir: string, startTimeOf: StartTimeOf): AsyncGenerator<OpenSession> {
  for (const name of namesIn(join(configDir, 'sessions'))) {
    const pid = Number(/^([1-9]\d{0,9})\.json$/.exec(name)?.[1]);
    const open = pid ? await openSession(configDir, pid, startTimeOf) : null;
    if (open) yield open;
  }
}

/** The one that this process has open; null: none. */
export async function openSession(
  configDir: string,
  pid: number,
  startTimeOf: StartTimeOf,
): Promise<OpenSession | null> {
  const startTime = await startTimeOf(pid);
  if (startTime === null) return null;
  const entry = await readEntry(join(configDir, 'sessions', `${pid}.json`));
  if (entry === null) return null;
  const word = (key: string) => (typeof entry[key] === 'string' ? entry[key] : null);
  const procStart = word('procStart');
  if (procStart !== null && !isSameStart(procStart, startTime)) return null;
  const { sessionId, statusUpdatedAt } = entry;
  return {
    ...{ sessionId, pid, startTime, name: word('name'), kind: word('kind'), entrypoint: word('entrypoint') },
    ...{ status: word('status'), waitingFor: word('waitingFor'), cwd: word('cwd'), version: word('version') },
    statusSinceMs: typeof statusUpdatedAt === 'number' ? statusUpdatedAt : null,
    pane: /(?:^|\.)(%\d+)$/.exec(word('tmux') ?? '')?.[1] ?? null,
  };
}

/**
 * The CLI writes the file in pieces (seen in a test, 2.1.329): an incomplete one of a live process is read again
 * shortly after.
 */
async function readEntry(path: string): Promise<RegistryEntry | null> {
  for (let tries = 1; ; tries++) {
    const text = textOf(path);
    const entry = text === null ? null : registryEntry(text);
    if (entry || text === null || tries >= limits.registryReadsMax) return entry;
    await sleep(limits.registryRereadMs);
  }
}

/** At once: it has a few hundred bytes, and `list` reads one for each session. */
function textOf(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    nothingThere(error as NodeJS.ErrnoException);
    return null;
  }
}

type RegistryEntry = Record<string, unknown> & { sessionId: string };

/** By hand, without zod: `list` asks for the sessions of all agents. null: incomplete, or not such a file. */
function registryEntry(text: string): RegistryEntry | null {
  const found = parseObject(text);
  return typeof found?.sessionId === 'string' ? (found as RegistryEntry) : null;
}

/** Any error except a missing file is thrown: an overlooked owner would let the conversation branch. */
function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    return nothingThere(error as NodeJS.ErrnoException);
  }
}

function nothingThere(error: NodeJS.ErrnoException): never[] {
  if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return [];
  throw error;
}
