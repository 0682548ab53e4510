/**
 * What the plugin's mod in a session leaves for others (templates/plugin/hooks/register.js writes it): its heartbeat, the
 * only proof that it lives, and what became of what it submitted.
 */
import type { SessionLayout } from '#blackboard/layout.ts';
import type { SessionPeer } from '#blackboard/peers/sessions.ts';
import { type Files, readText } from '#blackboard/system/files.ts';
import { limits } from '#blackboard/system/limits.ts';
import { parseObject } from '#blackboard/text/json.ts';

/**
 * nothing: no signal waited any more · stopped: the person has stopped the session, and it takes none of our prompts until they
 * send one · dropped: something else refused it.
 */
const RESULTS = ['entered', 'nothing', 'stopped', 'dropped'] as const;
export type ModSubmit = (typeof RESULTS)[number];

const small = async (files: Files, path: string): Promise<Record<string, unknown>> =>
  // Half of it is as good as nothing: the mod can only write over a file.
  parseObject((await readText(files, path, limits.recordBytesMax)) ?? '') ?? {};

/** Whether the mod has said of late that it lives in this session of this process. */
export async function modLives(
  files: Files,
  { id, mod }: Pick<SessionLayout, 'id' | 'mod'>,
  process: SessionPeer['process'],
  nowMs: number,
): Promise<boolean> {
  const { session, pid, atMs } = await small(files, mod.alive);
  // The clock may have been set.
  const isFresh = typeof atMs === 'number' && Math.abs(nowMs - atMs) < limits.modBeatStaleMs;
  return isFresh && session === id && process !== null && pid === process.pid;
}

/** When a mod of the session said so last, Unix milliseconds; null: it never did. */
export async function lastBeatMs(files: Files, { mod }: Pick<SessionLayout, 'mod'>): Promise<number | null> {
  const { atMs } = await small(files, mod.alive);
  return typeof atMs === 'number' ? atMs : null;
}

/** What became of the newest word in `wake`; null: nothing is known yet. */
export async function submittedFor(files: Files, { mod }: SessionLayout): Promise<ModSubmit | null> {
  const word = await wakeWord(files, mod.wake);
  const { result } = word === null ? {} : await small(files, mod.submitted(word));
  return RESULTS.find(each => each === result) ?? null;
}

/** The word in that file; null: none. */
export async function wakeWord(files: Files, path: string): Promise<string | null> {
  return /^([0-9a-f]{16})\n$/.exec((await readText(files, path, limits.recordBytesMax)) ?? '')?.[1] ?? null;
}
