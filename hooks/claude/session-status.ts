/**
 * What claude itself says of a living session, in its registry file (CLI 2.1.329). `claude agents --json` prints the
 * same words from the same file (test/e2e/hooks-terminal.test.ts compares the two). We read the file because it also
 * has the start time of the process, belongs to this session's configuration directory, and needs no start of a claude
 * (0.25 to 0.6 s measured). By hand, without zod: `list` reads one for each session, and hooks may.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SessionPeer, StatusOf } from '#blackboard/peers/sessions.ts';
import { isSameStart } from '#hooks/claude/start-time.ts';

/** For listSessions. null: no such file, another session by now, or an unknown status. */
export const registryStatus: StatusOf = async peer => {
  if (!peer.process || !peer.configDir) return null;
  try {
    return statusIn(await readFile(join(peer.configDir, 'sessions', `${peer.process.pid}.json`), 'utf8'), peer);
  } catch {
    return null;
  }
};

/** Pure. */
export function statusIn(text: string, peer: Pick<SessionPeer, 'id' | 'process'>): Awaited<ReturnType<StatusOf>> {
  const { sessionId, procStart, status, waitingFor } = JSON.parse(text) as Record<string, unknown>;
  // Left by a killed claude whose pid this process now has.
  if (
    sessionId !== peer.id ||
    (typeof procStart === 'string' && !isSameStart(procStart, peer.process?.startTime ?? ''))
  )
    return null;
  if (status === 'idle') return { word: 'idle', detail: null };
  if (status === 'busy' || status === 'shell') return { word: 'busy', detail: null };
  if (status !== 'waiting') return null;
  return { word: 'waiting', detail: waitingFor === 'permission prompt' ? 'permission' : 'answer' };
}
