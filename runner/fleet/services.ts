/** What one runner does for its whole root beside the agents: the board, the operator's inbox and notifier, the sessions. */

import { boardLayout, inboxLayout, rootLayout } from '#blackboard/layout.ts';
import type { Clock } from '#blackboard/system/clock.ts';
import { reasonOf } from '#blackboard/system/errors.ts';
import type { Files } from '#blackboard/system/files.ts';
import type { BackgroundService } from '#blackboard/system/look-loop.ts';
import type { FleetConfig } from '#runner/agents/config.ts';
import type { Complain } from '#runner/events/complaints.ts';
import type { RunnerEvents } from '#runner/events/emit.ts';
import { createBoardService } from '#runner/fleet/board-service.ts';
import type { Faults } from '#runner/fleet/faults.ts';
import { createOperatorNotifier, forgetNotifier } from '#runner/fleet/operator-notifier.ts';
import { createOperatorService } from '#runner/fleet/operator-service.ts';
import type { Watch } from '#runner/fleet/watch.ts';
import { sweepShared } from '#runner/retention/shared-retention.ts';
import { createSweeper } from '#runner/retention/sweeper.ts';
import { finishRemovals } from '#runner/turn/removing.ts';
import { createContextWatcher } from '#runner/wake/context-watcher.ts';
import { createSessionServer } from '#runner/wake/session-server.ts';
import { sessionWays } from '#runner/wake/session-ways.ts';

export interface RootServices extends BackgroundService {
  /** What is to be called when something happened in a directory. */
  listeners: ReadonlyMap<string, () => void>;
  /** Before the first agent: what comes from here on is new to the notifier. Never rejects. */
  begin(): Promise<void>;
}

export function createServices(options: {
  root: string;
  files: Files;
  clock: Clock;
  config: FleetConfig;
  env: Readonly<Record<string, string | undefined>>;
  /** It takes all agents and stays: sessions are served by one runner of a root. */
  isWholeRunner: boolean;
  faults: Faults;
  events: RunnerEvents;
  complain: Complain;
  stopNow: AbortSignal;
  /** Has directories watched that come and go. */
  directories: Pick<Watch, 'add' | 'forget'>;
}): RootServices {
  const { root, files, clock, config, events, faults, complain } = options;
  const paths = rootLayout(root);
  const board = createBoardService({
    files,
    root,
    clock,
    events: options.events,
    onError: error => faults.raise('board', error),
    onWell: () => faults.clear('board'),
    sweep: createSweeper({
      clock,
      about: { peer: null, part: 'retention of board and sessions' },
      sweep: () => sweepShared(files, root, config.retention, clock.nowMs()),
      complain,
    }),
  });
  const operator = createOperatorService({
    files,
    root,
    clock,
    events: options.events,
    onError: error => faults.raise('operator', error),
    onWell: () => faults.clear('operator'),
  });
  const { onOperatorMessage: argv } = config;
  const notifier = argv && createOperatorNotifier({ ...options, argv });
  const watch = {
    add(directory: string, listener: () => void) {
      listeners.set(directory, listener);
      options.directories.add(directory);
    },
    forget(directory: string) {
      listeners.delete(directory);
      options.directories.forget(directory);
    },
  };
  const sessions = options.isWholeRunner
    ? createSessionServer({
        ...{ root, files, clock, events, keys: config.signals.keys, ways: sessionWays(files, root), complain },
        watch,
      })
    : null;
  const { contextRules: rules } = config;
  const contexts =
    options.isWholeRunner && rules.length > 0
      ? createContextWatcher({ root, files, clock, env: options.env, rules, complain, watch })
      : null;

  const { inbox, new: unread, later } = inboxLayout(paths.operator);
  const listeners = new Map([
    [boardLayout(root).drop, () => board.hint()],
    [boardLayout(root).dead, () => board.hint()],
    [inbox, () => operator.hint()],
    [later, () => operator.hint()],
  ]);
  if (notifier) listeners.set(unread, () => notifier.hint());
  if (sessions)
    listeners.set(paths.sessionPids, () => {
      sessions.hint();
      contexts?.hint();
    });
  const all = [board, operator, notifier, sessions, contexts].filter(service => service != null);
  let begun: Promise<void> | null = null;
  let isOver = false;
  async function begin(): Promise<void> {
    // What a `remove` that died has left to do.
    await finishRemovals({ files, root, clock, events, env: options.env, by: '', progress() {} }).catch(error =>
      complain({ peer: null, part: 'an agent that was removed' }, reasonOf(error)),
    );
    for (const service of all) service.start();
    if (!notifier) await forgetNotifier(files, root).catch(() => {});
  }

  return {
    listeners,
    begin: async () =>
      notifier?.begin().catch(error => complain({ peer: null, part: 'onOperatorMessage' }, reasonOf(error))),
    start() {
      if (!isOver) begun ??= begin();
    },
    hint() {
      for (const service of all) service.hint();
    },
    async [Symbol.asyncDispose]() {
      isOver = true;
      await begun;
      await Promise.all(all.map(service => service[Symbol.asyncDispose]()));
    },
  };
}
