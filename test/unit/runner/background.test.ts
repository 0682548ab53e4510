// Every background service of a runner, held to one contract; and services that break it, each in one way, which must be found out.
import { describe, expect, test } from 'vitest';
import { makeBoard } from '#blackboard/board/post.ts';
import { makeInbox } from '#blackboard/inbox/deliver.ts';
import { agentLayout, boardLayout, inboxLayout, rootLayout, turnLayout } from '#blackboard/layout.ts';
import { limits } from '#blackboard/system/limits.ts';
import { type BackgroundService, createLookLoop } from '#blackboard/system/look-loop.ts';
import type { Intent } from '#blackboard/turns/turn-records.ts';
import { streamOf } from '#blackboard/turns/turn-stream.ts';
import { readConfig } from '#runner/agents/config.ts';
import { parseSchedule } from '#runner/agents/schedule.ts';
import { watchOrphan } from '#runner/claude/end-if-stuck.ts';
import type { Emit } from '#runner/events/emit.ts';
import { createAgentLoop } from '#runner/fleet/agent-loop.ts';
import { createBoardService } from '#runner/fleet/board-service.ts';
import { createOperatorNotifier } from '#runner/fleet/operator-notifier.ts';
import { createOperatorService } from '#runner/fleet/operator-service.ts';
import { createServices } from '#runner/fleet/services.ts';
import { createCardDesk } from '#runner/turn/card-desk.ts';
import { createStopLook } from '#runner/turn/stop-look.ts';
import { createStreamFollower } from '#runner/turn/stream-follower.ts';
import { createContextWatcher } from '#runner/wake/context-watcher.ts';
import { createScheduleTrigger } from '#runner/wake/schedule-trigger.ts';
import { createSessionServer } from '#runner/wake/session-server.ts';
import { createTopicTrigger } from '#runner/wake/topic-trigger.ts';
import { followBases } from '#runner/wake/watch-files.ts';
import { noEvents } from '#test/support/events-in.ts';
import { productionFiles } from '../../architecture/source-tree.ts';
import { createAgentWorld } from './agent-world.ts';
import { laws, type Subject, type World } from './background-suite.ts';

const root = '/root';
const NEVER = new AbortController().signal;
const none = async () => 'none' as const;

async function prepareRoot({ disk }: World): Promise<void> {
  const paths = rootLayout(root);
  disk.prepare(paths.operator, paths.agents, paths.sessionPids, paths.costs, boardLayout(root).home);
  disk.prepare(agentLayout(root, 'worker').home);
  await makeInbox(disk, inboxLayout(paths.operator));
  await makeBoard(disk, root);
}

const site = () => ({
  layout: agentLayout(root, 'worker'),
  intake: {
    submit: async () => ({ answer: 'accepted', id: 'x', dueAt: '' }) as const,
    refuse: async () => ({ answer: 'accepted', id: 'x', dueAt: '' }) as const,
  },
});

/** By the file that makes it. */
const services: Record<string, Omit<Subject, 'name'>> = {
  'blackboard/system/look-loop.ts': {
    make: async ({ clock, files, tell }) =>
      createLookLoop({
        clock,
        async look() {
          await files.list('/');
          await files.list('/');
          return 1_000;
        },
        onError: tell,
      }),
  },
  'runner/fleet/board-service.ts': {
    async make(world) {
      await prepareRoot(world);
      const { files, clock, tell } = world;
      const ways = { events: noEvents, onError: tell, onWell: () => {}, sweep: async () => false };
      return createBoardService({ files, root, clock, ...ways });
    },
  },
  'runner/fleet/operator-service.ts': {
    async make(world) {
      await prepareRoot(world);
      const { files, clock, tell } = world;
      return createOperatorService({ files, root, clock, events: noEvents, onError: tell, onWell: () => {} });
    },
  },
  'runner/fleet/operator-notifier.ts': {
    async make(world) {
      await prepareRoot(world);
      const { files, clock, tell } = world;
      return createOperatorNotifier({
        files,
        root,
        clock,
        argv: ['/none'],
        env: {},
        complain: (_, problem) => tell(problem),
        stopNow: NEVER,
      });
    },
  },
  'runner/wake/session-server.ts': {
    async make(world) {
      await prepareRoot(world);
      const { files, clock, tell } = world;
      const ways = { mod: none, socket: none, file: none, keys: none };
      return createSessionServer({
        root,
        files,
        clock,
        keys: false,
        ways,
        events: noEvents,
        complain: (_, problem) => tell(problem),
      });
    },
  },
  'runner/wake/context-watcher.ts': {
    async make(world) {
      await prepareRoot(world);
      const { files, clock, tell } = world;
      const watch = { add() {}, forget() {} };
      const told = (_: unknown, problem: string | null) => tell(problem);
      return createContextWatcher({ root, files, clock, env: {}, rules: [], watch, complain: told });
    },
  },
  'runner/wake/schedule-trigger.ts': {
    async make(world) {
      await prepareRoot(world);
      const { files, clock, tell } = world;
      const trigger = createScheduleTrigger({ root, files, clock, complain: (_, problem) => tell(problem) });
      const keep = () => trigger.keep(site(), [parseSchedule('every 1h', null)]);
      // Not started before the first agent has a schedule; a hint says that an agent's have changed.
      let isKept = false;
      const start = () => {
        isKept = true;
        keep();
      };
      return { ...trigger, start, hint: () => (isKept ? keep() : trigger.hint()) };
    },
  },
  'runner/wake/topic-trigger.ts': {
    async make(world) {
      await prepareRoot(world);
      const { files, clock, tell } = world;
      const trigger = createTopicTrigger({ root, files, clock, complain: (_, problem) => tell(problem) });
      return { ...trigger, start: () => trigger.keep(site(), ['builds']) };
    },
  },
  'runner/wake/watch-files.ts': {
    make: async ({ files, clock, tell }) => {
      const options = { root, files, clock, complain: (_: unknown, problem: string | null) => tell(problem) };
      return followBases(options, { add() {}, unwatch() {} } as never, new Set(['/src']), { note() {} });
    },
  },
  'runner/claude/end-if-stuck.ts': {
    isSilent: true,
    make: async ({ files, clock }) => {
      const identity = { pid: 0, startTime: '', bootId: '' };
      return watchOrphan({ files, clock, stream: '/stream', identity, hasAnswer: async () => false, patience: limits });
    },
  },
  'runner/turn/stop-look.ts': {
    isSilent: true,
    make: async ({ files, clock }) => {
      const run = { identity: null, over: new Promise<null>(() => {}), interrupt: async () => {} };
      return createStopLook(files, clock, turnLayout('/turns', 1), run);
    },
  },
  'runner/turn/card-desk.ts': {
    async make({ files, clock, disk, tell }) {
      disk.prepare('/turns/000001');
      const { context } = await createAgentWorld('', { clock, files: disk });
      const run = { identity: null, over: new Promise<null>(() => {}), interrupt: async () => {}, answer() {} };
      const emit: Emit = async (...events) => {
        for (const event of events) if (event.type === 'part.failed') tell(event.problem);
      };
      const intent = { messages: [] } as unknown as Intent;
      return createCardDesk({ ...context, files, emit }, turnLayout('/turns', 1), intent, run, () => {});
    },
  },
  'runner/turn/stream-follower.ts': {
    isSilent: true,
    make: async ({ files, clock, disk }) => {
      disk.prepare('/turns/000001');
      const turn = turnLayout('/turns', 1);
      return createStreamFollower(files, clock, turn, streamOf(turn, null), async () => {});
    },
  },
  'runner/fleet/agent-loop.ts': {
    async make({ files, disk, clock, tell }) {
      const { context } = await createAgentWorld('', { clock, files: disk });
      const drain = new AbortController();
      const loop = createAgentLoop({
        files,
        layout: context.layout,
        open: async () => ({ ...context, files }),
        hooks: {
          hold: async () => null,
          allowance: async () => ({ turnUsd: 1, dayUsd: 100 }),
          takeSlot: async () => null,
          attend: async () => {},
          awaited: async () => new Set(),
        },
        signals: { drain: drain.signal, stopNow: NEVER },
        once: false,
        clock,
        onError: tell,
      });
      let running: Promise<unknown> | null = null;
      return {
        hint: loop.hint,
        start() {
          running ??= loop.run();
        },
        async [Symbol.asyncDispose]() {
          drain.abort();
          await running;
        },
      };
    },
  },
  'runner/fleet/services.ts': {
    async make(world) {
      await prepareRoot(world);
      const { files, clock, tell } = world;
      return createServices({
        ...{ root, files, clock, env: {}, isWholeRunner: true, events: noEvents, stopNow: NEVER },
        config: await readConfig(files, root),
        complain: (_, problem) => tell(problem),
        faults: { raise: (_, error) => tell(error), clear: () => {} },
        directories: { add: () => {}, forget: () => {} },
      });
    },
  },
};

describe.each(Object.entries(services))('%s', (name, subject) => {
  test.each(Object.entries(laws))('%s', async (_law, holds) => {
    await holds({ name, ...subject });
  });
});

/** On real sockets, watches and locks, which no clock and no file port of a test can hold; each has tests of its own. */
const ELSEWHERE = [
  'runner/dashboard/fleet-feed.ts',
  'runner/fleet/supervisor.ts',
  'runner/fleet/watch.ts',
  'runner/wake/session-peer.ts',
];

test('every file that makes a look loop is held to the contract', () => {
  const makers = productionFiles().filter(({ code }) => /\bcreateLookLoop\(/.test(code));
  expect(makers.map(({ path }) => path).sort()).toEqual(
    [...Object.keys(services).filter(path => path !== 'runner/fleet/services.ts'), ...ELSEWHERE].sort(),
  );
});

/** A loop of its own, well but for what `flaw` says. */
const careless = (flaw: string): Subject => ({
  name: flaw,
  async make({ clock, files, tell }): Promise<BackgroundService> {
    const over = new AbortController();
    let hinted = new AbortController();
    let running: Promise<void> | null = null;
    const look = async () => {
      await files.list('/');
      await files.list('/');
    };
    const run = async () => {
      while (!over.signal.aborted) {
        hinted = new AbortController();
        await look().catch(error => {
          if (flaw !== 'tells nobody') tell(error);
          if (flaw === 'dies of a fault') over.abort();
        });
        if (flaw === 'loses hints that come during a look') hinted = new AbortController();
        await clock.sleep(1_000, hinted.signal, over.signal);
      }
    };
    return {
      start() {
        if (over.signal.aborted && flaw !== 'starts after its end') return;
        if (flaw === 'starts after its end' && over.signal.aborted) void look().catch(() => {});
        else if (flaw === 'looks twice at a time' || running === null) running = run();
      },
      hint() {
        if (flaw === 'looks beside its look') void look().catch(() => {});
        hinted.abort();
      },
      async [Symbol.asyncDispose]() {
        over.abort();
        if (flaw !== 'does not wait for its look') await running;
      },
    };
  },
});

test.each([
  ['none of these', null],
  ['tells nobody', 'outlives what fails, tells of it, and looks again by itself, not without a pause'],
  ['dies of a fault', 'outlives what fails, tells of it, and looks again by itself, not without a pause'],
  ['loses hints that come during a look', 'looks once at a time, and once more after hints that came meanwhile'],
  ['starts after its end', 'ends before it was started, and then never starts'],
  ['looks twice at a time', 'looks once at a time, and once more after hints that came meanwhile'],
  ['looks beside its look', 'looks once at a time, and once more after hints that came meanwhile'],
  ['does not wait for its look', 'ends when the look that runs has ended, not before'],
])('a loop that %s is found out (control)', async (flaw, broken) => {
  const failed = [];
  for (const [law, holds] of Object.entries(laws)) {
    const isHeld = await holds(careless(flaw)).then(
      () => true,
      () => false,
    );
    if (!isHeld) failed.push(law);
  }
  if (broken === null) expect(failed).toEqual([]);
  else expect(failed).toContain(broken);
});
