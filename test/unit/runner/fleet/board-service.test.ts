import { expect, it, vi } from 'vitest';
import { makeBoard } from '#blackboard/board/post.ts';
import { makeInbox } from '#blackboard/inbox/deliver.ts';
import { boardLayout, inboxLayout, rootLayout } from '#blackboard/layout.ts';
import { limits } from '#blackboard/system/limits.ts';
import { createBoardService } from '#runner/fleet/board-service.ts';
import { eventsIn, noEvents } from '#test/support/events-in.ts';
import { createMemoryFiles } from '#test/support/memory-files.ts';
import { createFakeClock } from '#test/unit/fake-clock.ts';

it('tells the operator once of a drop that is no entry, with its reason and where it lies', async () => {
  const root = '/root';
  const clock = createFakeClock();
  const files = createMemoryFiles(clock.nowMs);
  const operator = inboxLayout(`${root}/operator`);
  files.prepare(`${root}/operator`, boardLayout(root).home, rootLayout(root).logs);
  await makeInbox(files, operator);
  await makeBoard(files, root);
  const errors: unknown[] = [];
  const service = createBoardService({
    ...{ files, root, clock, events: noEvents, onWell: () => {}, sweep: async () => false },
    onError: error => void errors.push(error),
  });
  service.start();
  await files.append(`${boardLayout(root).drop}/red.md`, '---\nttl: a while\n---\nthe build is red');
  service.hint();
  const notes = () => files.list(operator.new);
  await vi.waitFor(
    async () => {
      await clock.advance(limits.dropLookMs);
      expect(await notes()).toHaveLength(1);
    },
    { timeout: 20_000, interval: 5 },
  );
  const text = new TextDecoder().decode((await files.read(`${operator.new}/${(await notes())[0]}`))!);
  expect(text).toMatch(/"red\.md", dropped for the board, is dead: expected ttl .*cat \S*board\/dead\//s);
  service.hint();
  await clock.advance(limits.slowLookMs);
  expect(await notes()).toHaveLength(1);
  await service[Symbol.asyncDispose]();
  expect(errors).toEqual([]);
  const events = await eventsIn(files, rootLayout(root).events);
  expect(events.filter(({ type }) => type === 'drop.buried')).toMatchObject([
    { peer: null, name: 'red.md', reason: expect.stringContaining('expected ttl') },
  ]);
});
