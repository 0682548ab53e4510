/** What one runner does for its whole root beside the agents: the board, the operator's inbox and notifier, the sessions. */
import type { Clock } from '../../blackboard/clock.ts';
import { reasonOf } from '../../blackboard/errors.ts';
import type { Files } from '../../blackboard/files.ts';
import { boardLayout, inboxLayout, rootLayout } from '../../blackboard/layout.ts';
import { finishRemovals } from '../agent/removing.ts';
import type { Faults } from '../machine/faults.ts';
import type { Watch } from '../machine/watch.ts';
import { createOperatorKeeper } from '../operator/operator-keeper.ts';
import { createOperatorNotifier, forgetNotifier } from '../operator/operator-notifier.ts';
import { sweepShared } from '../retention/shared-retention.ts';
import { createSweeper } from '../retention/sweeper.ts';
import { createSessionKeeper } from '../wake/session-keeper.ts';
import { sessionWays } from '../wake/session-ways.ts';
import { createBoardKeeper } from './board-keeper.ts';
import type { Complain } from './complaints.ts';
import type { FleetConfig } from './config.ts';

export interface RootKeepers {
  /** What is to be called when something happened in a directory. */
  listeners: ReadonlyMap<string, () => void>;
  /** The root itself has changed. */
  hint(): void;
  /** Before the first agent: what comes from here on is new to the notifier. Never rejects. */
  begin(): Promise<void>;
  /** Keeps all of it until `over`. Never rejects. */
  run(over: AbortSignal): Promise<void>;
}

export function createRootKeepers(options: {
  root: string;
  files: Files;
  clock: Clock;
  config: FleetConfig;
  env: Readonly<Record<string, string | undefined>>;
  /** It takes all agents and stays: sessions are served by one runner of a root. */
  isWholeRunner: boolean;
  faults: Faults;
  log(line: string): void;
  complain: Complain;
  stopNow: AbortSignal;
  /** Has directories watched that come and go. */
  directories: Pick<Watch, 'add' | 'forget'>;
}): RootKeepers {
  const { root, files, clock, config, faults, complain } = options;
  const paths = rootLayout(root);
  const board = createBoardKeeper({
    files,
    root,
    clock,
    log: options.log,
    onError: error => faults.raise('board', error),
    onWell: () => faults.clear('board'),
    sweep: createSweeper({
      clock,
      about: 'board and sessions',
      sweep: () => sweepShared(files, root, config.retention, clock.nowMs()),
      complain,
    }),
  });
  const operator = createOperatorKeeper({
    files,
    root,
    clock,
    log: options.log,
    onError: error => faults.raise('operator', error),
    onWell: () => faults.clear('operator'),
  });
  const { onOperatorMessage: argv } = config;
  const notifier = argv && createOperatorNotifier({ ...options, argv });
  const sessions = options.isWholeRunner
    ? createSessionKeeper({
        ...{ root, files, clock, keys: config.signals.keys, ways: sessionWays(files), complain },
        watch: {
          add(directory, listener) {
            listeners.set(directory, listener);
            options.directories.add(directory);
          },
          forget(directory) {
            listeners.delete(directory);
            options.directories.forget(directory);
          },
        },
      })
    : null;

  const { inbox, new: unread, later } = inboxLayout(paths.operator);
  const listeners = new Map([
    [boardLayout(root).drop, () => board.hint()],
    [boardLayout(root).dead, () => board.hint()],
    [inbox, () => operator.hint()],
    [later, () => operator.hint()],
  ]);
  if (notifier) listeners.set(unread, () => notifier.hint());
  if (sessions) listeners.set(paths.sessionPids, () => sessions.hint());
  return {
    listeners,
    hint: () => sessions?.hint(),
    begin: async () => notifier?.begin().catch(error => options.log(`onOperatorMessage: ${reasonOf(error)}`)),
    async run(over) {
      // What a `remove` that died has left to do.
      await finishRemovals({ files, root, clock, env: options.env, by: '', say: options.log }).catch(error =>
        options.log(`an agent that was removed: ${reasonOf(error)}`),
      );
      await Promise.all([
        board.run(over),
        operator.run(over),
        notifier ? notifier.run(over) : forgetNotifier(files, root).catch(() => {}),
        sessions?.run(over),
      ]);
    },
  };
}
