/**
 * A session as the peer behind a wake socket, while a runner is up: signals become files that its hooks tell with the
 * next prompt, and the ladder is used to cause that prompt.
 */

import { recordEvents } from '#blackboard/events/record-events.ts';
import { sessionLayout } from '#blackboard/layout.ts';
import { tellOperator } from '#blackboard/peers/notes.ts';
import { type SessionPeer, sessionFacts } from '#blackboard/peers/sessions.ts';
import { listSignals, recordSignal } from '#blackboard/signals/pending.ts';
import { type Clock, localDay, nextLocalDay } from '#blackboard/system/clock.ts';
import { reasonOf } from '#blackboard/system/errors.ts';
import type { Files } from '#blackboard/system/files.ts';
import { limits } from '#blackboard/system/limits.ts';
import { createLookLoop } from '#blackboard/system/look-loop.ts';
import { holdsPeerMessages } from '#hooks/claude/session-hold.ts';
import { registryStatus } from '#hooks/claude/session-status.ts';
import { modLives } from '#hooks/session/mod.ts';
import type { Complain } from '#runner/events/complaints.ts';
import type { WakePeer } from '#runner/wake/intake.ts';
import type { Rung, Seen } from '#runner/wake/ladder.ts';
import { servePeer } from '#runner/wake/serve-peer.ts';
import { turnsLeft } from '#runner/wake/session-turns.ts';
import { signalEvent } from '#runner/wake/signal-event.ts';
import { attemptWake, type Way } from '#runner/wake/wake-attempts.ts';

export interface SessionPeerOptions {
  root: string;
  files: Files;
  clock: Clock;
  /** The user allows keystrokes, into the empty box of an idle session in tmux. */
  keys: boolean;
  ways: Readonly<Record<Rung, Way>>;
  complain: Complain;
}

export interface ServedSession extends AsyncDisposable {
  /** Something may have changed: look at what waits. */
  hint(): void;
}

/** Serves until it is disposed of. Throws if its socket cannot be created. */
export async function serveSession(options: SessionPeerOptions, peer: SessionPeer): Promise<ServedSession> {
  const { root, files, clock, complain } = options;
  const layout = sessionLayout(root, peer.id);
  const about = { peer: peer.id, name: peer.name, part: 'wake' };
  for (const directory of [layout.signals, layout.woken]) await files.makeDirectory(directory);

  const see = async (): Promise<Seen> => {
    const facts = await sessionFacts(files, root, peer.id, clock.nowMs(), registryStatus);
    return {
      state: facts?.state ?? 'dead',
      mod: facts !== null && (await modLives(files, layout, facts.peer.process, clock.nowMs())),
      stopped: (await files.facts(layout.mod.stopped)) !== null,
      holds: facts === null || (await holdsPeerMessages(files, facts.peer)),
      keys: options.keys,
      turnsLeft: await turnsLeft({ files, clock, layout }),
    };
  };

  const loop = createLookLoop({
    clock,
    async look({ ending }) {
      const waitMs = await attemptWake({ root, files, clock, layout, see, ways: options.ways }, ending);
      return waitMs === null ? Number.POSITIVE_INFINITY : Math.max(1, waitMs);
    },
    onError: error => complain(about, reasonOf(error)),
    onWell: () => complain(about, null),
  });

  const behind: WakePeer = {
    directories: async () => [peer.cwd],
    waiting: async () => (await listSignals(files, layout.signals)).waiting,
    async overBudget() {
      const nowMs = clock.nowMs();
      if ((await turnsLeft({ files, clock, layout })) > 0) return null;
      const key = ['session-signals', peer.id, localDay(nowMs)];
      const spent = { type: 'signals.spent', usd: null, turns: limits.sessionSignalTurnsPerDay } as const;
      await tellOperator({ files, root, clock, layout: { name: peer.name } }, layout.inbox, key, spent);
      return nextLocalDay(nowMs);
    },
    async record(signal, dueMs, onThere) {
      await recordSignal(files, layout.signals, signal, dueMs, onThere);
      await recordEvents(files, layout.inbox, signal.at, signalEvent(signal));
    },
    wake: loop.hint,
  };
  const open = await servePeer(options, peer.id, about, behind);
  loop.start();
  return {
    hint: loop.hint,
    async [Symbol.asyncDispose]() {
      await loop[Symbol.asyncDispose]();
      await open[Symbol.asyncDispose]();
    },
  };
}
