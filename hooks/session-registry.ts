// Who else has a session open: the CLI's registry, <config>/sessions/<pid>.json (CLI 2.1.329). Read only.
// It appears 190-235 ms after a claude starts, so it cannot tell that a just-started one is there.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { limits } from '../blackboard/limits.ts';
import { isSameStart } from './start-time.ts';

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
 * When the process with this pid began (see blackboard/process-identity.ts, startTimeSync), null if none lives. Asked before a
 * file is read: killed sessions leave theirs behind for ever, by the hundred.
 */
export type StartTimeOf = (pid: number) => string | null | Promise<string | null>;

/** The live process that has this session open, or null. One that is gone meanwhile, or stays unreadable, counts as none. */
export async function findSessionOwner(
  configDir: string,
  sessionId: string,
  startTimeOf: StartTimeOf,
): Promise<SessionOwner | null> {
  const directory = join(configDir, 'sessions');
  for (const name of await readdir(directory).catch(nothingThere)) {
    const pid = Number(/^([1-9]\d{0,9})\.json$/.exec(name)?.[1]);
    if (!pid) continue;
    const startTime = await startTimeOf(pid);
    if (startTime === null) continue;
    const entry = await readEntry(join(directory, name));
    if (!entry.success || entry.data.sessionId !== sessionId) continue;
    const { procStart, name: label, kind, entrypoint, status } = entry.data;
    if (procStart !== undefined && !isSameStart(procStart, startTime)) continue;
    return { pid, name: label ?? null, kind: kind ?? null, entrypoint: entrypoint ?? null, status: status ?? null };
  }
  return null;
}

/** The CLI writes the file in pieces (met by a test, 2.1.329): a torn one of a live process is read again shortly. */
async function readEntry(path: string) {
  for (let tries = 1; ; tries++) {
    const text = await readFile(path, 'utf8').catch(nothingThere);
    const entry = registryFile.safeParse(parseJson(text));
    if (entry.success || typeof text !== 'string' || tries >= limits.registryReadsMax) return entry;
    await sleep(limits.registryRereadMs);
  }
}

const word = z.string().optional().catch(undefined);
const registryFile = z.object({
  sessionId: z.string(),
  procStart: word,
  name: word,
  kind: word,
  entrypoint: word,
  status: word,
});

function parseJson(text: string | never[]): unknown {
  try {
    return JSON.parse(String(text));
  } catch {
    return undefined;
  }
}

/** Anything but a missing file is a fault: an owner that is overlooked lets the conversation branch. */
function nothingThere(error: NodeJS.ErrnoException): never[] {
  if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return [];
  throw error;
}
