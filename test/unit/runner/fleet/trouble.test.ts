import { beforeEach, expect, test } from 'vitest';
import { makeInbox } from '#blackboard/inbox/deliver.ts';
import { agentLayout, inboxLayout, rootLayout } from '#blackboard/layout.ts';
import type { Files } from '#blackboard/system/files.ts';
import { createRunnerEvents } from '#runner/events/emit.ts';
import { createTrouble } from '#runner/fleet/trouble.ts';
import { eventsIn } from '#test/support/events-in.ts';
import { createMemoryFiles, type MemoryFiles } from '#test/support/memory-files.ts';
import { createFakeClock, type FakeClock } from '#test/unit/fake-clock.ts';

const ROOT = '/r';
const SESSION = '963bf434-039c-4310-b9b7-061eef298631';
const operator = inboxLayout(rootLayout(ROOT).operator);
const full = Object.assign(new Error('ENOSPC: no space'), { code: 'ENOSPC' });
const problem = 'no space is left on the disk of /r (ENOSPC)';
let clock: FakeClock;
let files: MemoryFiles;
let lines: string[];

beforeEach(async () => {
  clock = createFakeClock();
  files = createMemoryFiles(clock.nowMs);
  files.prepare(agentLayout(ROOT, 'a').home, rootLayout(ROOT).logs, rootLayout(ROOT).operator);
  await makeInbox(files, operator);
  lines = [];
});

const trouble = (port: Files = files) => {
  const events = createRunnerEvents({ root: ROOT, files: port, clock, print: line => lines.push(line) });
  return createTrouble({ root: ROOT, files: port, clock, events, isAgent: who => who === 'a' });
};
const told = async (path: string) => {
  for (let round = 0; round < 20; round++) await new Promise(resolve => setImmediate(resolve));
  return (await eventsIn(files, path)).filter(({ type }) => type !== 'message.queued');
};

test('a part that fails is an event and a line when it begins, when it changes and when it is over, of the peer that has it', async () => {
  const { complain } = trouble();
  for (const each of ['no socket', 'no socket', 'too long', null, null]) complain({ peer: 'a', part: 'wake' }, each);
  complain({ peer: SESSION, name: 'app', part: 'inbox' }, 'EIO');
  complain({ peer: null, part: 'sessions' }, 'EIO');
  expect(lines).toEqual([
    'a: wake: no socket',
    'a: wake: too long',
    'a: wake: works again',
    'app: inbox: EIO',
    'sessions: EIO',
  ]);
  expect(await told(agentLayout(ROOT, 'a').events)).toMatchObject([
    { peer: 'a', type: 'part.failed', part: 'wake', problem: 'no socket' },
    { peer: 'a', type: 'part.failed', part: 'wake', problem: 'too long' },
    { peer: 'a', type: 'part.recovered', part: 'wake' },
  ]);
  const shared = await told(rootLayout(ROOT).events);
  expect(shared.map(({ peer, type }) => [peer, type])).toEqual(
    expect.arrayContaining([
      [SESSION, 'part.failed'],
      [null, 'part.failed'],
    ]),
  );
});

test('watches that fail and work again are said once each', async () => {
  const { watching } = trouble();
  watching('no inotify watch is left', []);
  watching(null, []);
  expect(lines).toEqual(['watching: no inotify watch is left; looking every second instead', 'watching: works again']);
  expect(await told(rootLayout(ROOT).events)).toMatchObject([
    { peer: null, type: 'part.failed', part: 'watching' },
    { peer: null, type: 'part.recovered', part: 'watching' },
  ]);
});

test.each(['written', 'lost'])(
  'a fault of the root is an event, and a note in its words: also where events are %s',
  async how => {
    const port: Files = {
      ...files,
      append: (path, ...rest) => (how === 'lost' ? Promise.reject(full) : files.append(path, ...rest)),
    };
    const { faults } = trouble(port);
    faults.raise('a', full);
    faults.raise('a', full);
    expect(lines).toEqual([`${problem}; trying again every second`]);
    const mend = 'Free some: df -h /r; df -i /r';
    const faulted = { peer: null, type: 'agent.faulted', problem, mend };
    expect(await told(rootLayout(ROOT).events)).toMatchObject(how === 'lost' ? [] : [faulted]);
    const [note = ''] = await files.list(operator.new);
    expect(new TextDecoder().decode((await files.read(`${operator.new}/${note}`))!)).toContain(
      `Agents wait, because ${problem}: ${mend}\n`,
    );
    faults.clear('a');
    expect(lines.slice(1)).toEqual([`over: ${problem}`]);
  },
);
