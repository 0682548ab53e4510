import { expect, test } from 'vitest';
import { makeBoard, postEntry } from '#blackboard/board/post.ts';
import type { EventBody } from '#blackboard/events/event.ts';
import { turnLayout } from '#blackboard/layout.ts';
import { readText } from '#blackboard/system/files.ts';
import { newId } from '#blackboard/system/ids.ts';
import { boardPlace } from '#blackboard/turns/board-place.ts';
import { createAgentWorld, ROOT } from '#test/unit/runner/agent-world.ts';

async function worldWith(boards: unknown[]) {
  const world = await createAgentWorld();
  for (const [index, board] of boards.entries()) {
    const turn = turnLayout(world.context.layout.turns, index + 1);
    world.files.prepare(turn.home);
    if (board !== 'open') await world.files.create(turn.ended, JSON.stringify({ board }));
  }
  return { ...world, place: () => boardPlace(world.files, world.context.layout) };
}

test.each([
  [[], null, false],
  [[null], null, false],
  [['2:7', '3:9'], '3:9', false],
  [['2:7', '3:9', 'open'], '3:9', false],
  [['2:7', ''], '2:7', true],
  [['2:7', 'garbage', 7, 'open'], '2:7', true],
  [[null, {}], '1:0', true],
  [['garbage'], '1:0', true],
])('decisions of %j: it has seen the board up to %s', async (boards, expected, isTold) => {
  const { place } = await worldWith(boards);
  const { cursor, fault } = await place();
  expect(cursor && `${cursor.segment}:${cursor.offset}`).toBe(expected);
  expect(fault !== null).toBe(isTold);
  if (isTold) expect(fault).toContain(`goes on from ${expected}`);
});

test('the turn after a decision whose place is garbage is told what it has not provably seen, and the log says why', async () => {
  const world = await createAgentWorld();
  await makeBoard(world.files, ROOT);
  const told: EventBody[] = [];
  const { context } = world;
  context.emit = async (...events) => void told.push(...events);
  const self = { pid: 1, startTime: '1', bootId: 'boot' };
  const nowMs = world.clock.nowMs();
  const entry = {
    id: newId(nowMs),
    at: new Date(nowMs).toISOString(),
    from: 'x',
    kind: 'note' as const,
    text: 'UNSEEN',
  };
  await postEntry(world.files, ROOT, entry, { self, nowMs });
  await world.drop();
  const { turn } = await world.begin(1);
  const verdict = { kind: 'failed', reason: 'x' };
  const ended = { turn: 1, verdict, board: 'garbage', messages: [], carry: [] };
  await world.files.create(turn.ended, JSON.stringify(ended));
  await world.files.create(turn.closed, '');
  await world.drop();
  const { intent } = await world.begin(2);
  expect(intent.board?.from).toBe('1:0');
  expect(await readText(world.files, turnLayout(context.layout.turns, 2).prompt, 100_000)).toContain('UNSEEN');
  expect(told.filter(({ type }) => type === 'part.failed')).toEqual([
    { type: 'part.failed', part: 'board', problem: expect.stringContaining('"garbage"') },
  ]);
});
