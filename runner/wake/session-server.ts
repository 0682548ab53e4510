/**
 * Serves all living sessions of a root, each from when it is seen until its process is gone: their wake sockets,
 * scheduled messages in their inboxes, and what their hooks cannot take or have put aside.
 */
import { join } from 'node:path';
import { listDrops } from '#blackboard/inbox/drops.ts';
import { untaken } from '#blackboard/inbox/untaken.ts';
import { sessionLayout } from '#blackboard/layout.ts';
import { livingSessions, type SessionPeer } from '#blackboard/peers/sessions.ts';
import { reasonOf } from '#blackboard/system/errors.ts';
import type { Files } from '#blackboard/system/files.ts';
import { limits } from '#blackboard/system/limits.ts';
import { type BackgroundService, createLookLoop } from '#blackboard/system/look-loop.ts';
import { formatIdentity } from '#blackboard/system/process-identity.ts';
import type { RunnerEvents } from '#runner/events/emit.ts';
import { createLeftNotes, type LeftNotes } from '#runner/status/left-notes.ts';
import { tellBuriedDrops } from '#runner/status/tell-buried-drops.ts';
import { releaseDueTo } from '#runner/wake/due-messages.ts';
import { type ServedSession, type SessionPeerOptions, serveSession } from '#runner/wake/session-peer.ts';

export interface SessionServerOptions extends SessionPeerOptions {
  events: Pick<RunnerEvents, 'of'>;
  /** Reports changes in these directories from now on, or no longer. Absent: only `hint` reports them. */
  watch?: { add(directory: string, listener: () => void): void; forget(directory: string): void };
}

export function createSessionServer(options: SessionServerOptions): BackgroundService {
  const { root, files, clock, complain, watch } = options;
  const served = new Map<string, { peer: SessionPeer; session: ServedSession }>();

  /** Its hooks take what is dropped for it; they do not report what they cannot take. */
  const leftNotes = new Map<string, LeftNotes>();
  const toldDead = new Set<string>();
  async function tellLeft({ id, name }: SessionPeer): Promise<void> {
    const { inbox } = sessionLayout(root, id);
    await tellBuriedDrops({ files, root, clock, layout: { name, inbox } }, toldDead);
    const left = await untaken(files, inbox.inbox, await listDrops(files, inbox));
    const emit = options.events.of(inbox, undefined, name);
    const tell = leftNotes.get(id) ?? createLeftNotes({ files, root, clock, where: name, emit });
    leftNotes.set(id, tell);
    await tell(left);
  }

  const watched = (id: string): string[] => {
    const { inbox } = sessionLayout(root, id);
    return [inbox.later, inbox.dead];
  };

  async function look(): Promise<number> {
    const living = new Map((await livingSessions(files, root)).map(peer => [peer.id, peer]));
    for (const [id, { peer, session }] of served) {
      const now = living.get(id);
      // Resumed in another process: a new start, with its own token and directory.
      if (now && formatIdentity(now.process!) === formatIdentity(peer.process!)) continue;
      served.delete(id);
      for (const directory of watched(id)) watch?.forget(directory);
      await session[Symbol.asyncDispose]();
    }
    for (const [id, peer] of living) {
      if (served.has(id)) {
        served.get(id)!.session.hint();
        continue;
      }
      try {
        served.set(id, { peer, session: await serveSession(options, peer) });
        for (const directory of watched(id)) watch?.add(directory, loop.hint);
        complain({ peer: id, name: peer.name, part: 'wake' }, null);
      } catch (error) {
        complain({ peer: id, name: peer.name, part: 'wake' }, `signals cannot be taken: ${reasonOf(error)}`);
      }
      await sweepWoken(files, root, id, clock.nowMs());
    }
    const dues: number[] = [];
    for (const peer of living.values()) {
      const about = { peer: peer.id, name: peer.name, part: 'inbox' };
      try {
        const { nextDueMs } = await releaseDueTo({ files, root, clock }, peer.id);
        if (nextDueMs !== null) dues.push(nextDueMs);
        await tellLeft(peer);
        complain(about, null);
      } catch (error) {
        // A failure of one: the others continue.
        complain(about, reasonOf(error));
      }
    }
    for (const id of leftNotes.keys()) if (!living.has(id)) leftNotes.delete(id);
    // When a message of any of them is due next.
    return Math.min(limits.slowLookMs, Math.max(1, Math.min(...dues) - clock.nowMs()));
  }

  const loop = createLookLoop({
    clock,
    look,
    onError: error => complain({ peer: null, part: 'sessions' }, reasonOf(error)),
    onWell: () => complain({ peer: null, part: 'sessions' }, null),
  });
  return {
    ...loop,
    async [Symbol.asyncDispose]() {
      await loop[Symbol.asyncDispose]();
      for (const { session } of served.values()) await session[Symbol.asyncDispose]();
    },
  };
}

/** Proofs that nobody needs any more: of turns that were woken, and of what the mod submitted. */
async function sweepWoken(files: Files, root: string, id: string, nowMs: number): Promise<void> {
  const { woken, mod } = sessionLayout(root, id);
  const submitted = (await files.list(mod.home)).filter(name => name.startsWith('submitted,'));
  const paths = [
    ...(await files.list(woken)).map(name => join(woken, name)),
    ...submitted.map(name => join(mod.home, name)),
  ];
  for (const path of paths) {
    const facts = await files.facts(path);
    if (facts && nowMs - facts.mtimeMs > limits.shownKeepMs) await files.remove(path);
  }
}
