/** Serves the wake sockets of all living sessions of a root, each from when it is seen until its process is gone. */
import { join } from 'node:path';
import { reasonOf } from '../../blackboard/errors.ts';
import { type Files, readText } from '../../blackboard/files.ts';
import { listDrops } from '../../blackboard/inbox/drops.ts';
import { untaken } from '../../blackboard/inbox/untaken.ts';
import { rootLayout, sessionLayout } from '../../blackboard/layout.ts';
import { limits } from '../../blackboard/limits.ts';
import { formatIdentity, isAlive } from '../../blackboard/process-identity.ts';
import { processName } from '../../blackboard/process-place.ts';
import { readSession, type SessionPeer } from '../../blackboard/sessions.ts';
import { createLeftNotes, type LeftNotes } from '../operator/left-notes.ts';
import { type ServedSession, type SessionPeerOptions, serveSession } from './session-peer.ts';

export interface SessionKeeper {
  /** A session may have begun or ended, or the switch been turned. */
  hint(): void;
  /** Until `over`. Never rejects. */
  run(over: AbortSignal): Promise<void>;
}

export function createSessionKeeper(options: SessionPeerOptions): SessionKeeper {
  const { root, files, clock, complain } = options;
  const served = new Map<string, { peer: SessionPeer; session: ServedSession }>();
  let hinted = new AbortController();

  /** Its hooks take what is dropped for it; what they cannot take they tell nobody. */
  const leftNotes = new Map<string, LeftNotes>();
  async function tellLeft({ id, name }: SessionPeer): Promise<void> {
    const { inbox } = sessionLayout(root, id);
    const left = await untaken(files, inbox, await listDrops(files, inbox));
    const log = (line: string) => complain(`${name}: inbox`, line);
    const tell = leftNotes.get(id) ?? createLeftNotes({ files, root, clock, where: name, log });
    leftNotes.set(id, tell);
    await tell(left);
  }

  async function look(): Promise<void> {
    const living = await livingSessions(files, root);
    for (const [id, { peer, session }] of served) {
      const now = living.get(id);
      // Resumed in another process: that is a new start, with a token and a directory of its own.
      if (now && formatIdentity(now.process!) === formatIdentity(peer.process!)) continue;
      served.delete(id);
      await session[Symbol.asyncDispose]();
    }
    for (const [id, peer] of living) {
      if (served.has(id)) {
        served.get(id)!.session.hint();
        continue;
      }
      try {
        served.set(id, { peer, session: await serveSession(options, peer) });
        complain(`${peer.name}: wake`, null);
      } catch (error) {
        complain(`${peer.name}: wake`, `signals cannot be taken: ${reasonOf(error)}`);
      }
      await sweepWoken(files, root, id, clock.nowMs());
    }
    for (const peer of living.values()) await tellLeft(peer);
    for (const id of leftNotes.keys()) if (!living.has(id)) leftNotes.delete(id);
  }

  return {
    hint: () => hinted.abort(),
    async run(over) {
      while (!over.aborted) {
        hinted = new AbortController();
        await look().then(
          () => complain('sessions', null),
          error => complain('sessions', reasonOf(error)),
        );
        await clock.sleep(limits.slowLookMs, hinted.signal, over);
      }
      for (const { session } of served.values()) await session[Symbol.asyncDispose]();
    },
  };
}

/** By their pids, so that a thousand that are over cost nothing. */
async function livingSessions(files: Files, root: string): Promise<Map<string, SessionPeer>> {
  const living = new Map<string, SessionPeer>();
  const { sessionPids } = rootLayout(root);
  for (const pid of await files.list(sessionPids)) {
    if (!/^\d{1,10}(-\d+)?$/.test(pid)) continue;
    const id = (await readText(files, join(sessionPids, pid), limits.frontMatterBytesMax))?.trim() ?? '';
    const peer = await readSession(files, root, id).catch(() => null);
    if (peer?.process && processName(peer.process) === pid && (await isAlive(peer.process))) living.set(id, peer);
  }
  return living;
}

/** Proofs that nobody asks for any more. */
async function sweepWoken(files: Files, root: string, id: string, nowMs: number): Promise<void> {
  const { woken } = sessionLayout(root, id);
  for (const name of await files.list(woken)) {
    const facts = await files.facts(join(woken, name));
    if (facts && nowMs - facts.mtimeMs > limits.shownKeepMs) await files.remove(join(woken, name));
  }
}
