import { expect, it } from 'vitest';
import { makeBoard } from '#blackboard/board/post.ts';
import { makeInbox } from '#blackboard/inbox/deliver.ts';
import { boardLayout, inboxLayout } from '#blackboard/layout.ts';
import { newId } from '#blackboard/system/ids.ts';
import { lyingElsewhere } from '#runner/status/lying-elsewhere.ts';
import { createMemoryFiles } from '#test/support/memory-files.ts';

it('what is ignored, held back or dead on the board and for the operator is a line each; nothing is none', async () => {
  const root = '/root';
  const files = createMemoryFiles(() => 0);
  const board = boardLayout(root);
  const inbox = inboxLayout(`${root}/operator`);
  files.prepare(`${root}/operator`, board.home);
  await makeInbox(files, inbox);
  await makeBoard(files, root);
  expect(await lyingElsewhere(files, root)).toEqual([]);
  await files.append(`${board.drop}/desktop.ini`, 'x');
  await files.append(`${board.dead}/${newId(1)}-red.md`, 'x');
  await files.append(`${board.dead}/${newId(1)}-red.md.reason`, 'x');
  for (const name of ['a.tmp', 'b~']) await files.append(`${inbox.inbox}/${name}`, 'x');
  expect(await lyingElsewhere(files, root)).toEqual([
    'board: 1 drop held back, each with its reason, in /root/board/dead; 1 name that is never work, in /root/board/drop',
    'operator: 2 names that are never work, in /root/operator/inbox',
  ]);
  const id = newId(1);
  await files.append(`${inbox.dead}/drop-${id}-plan.md`, 'x');
  await files.append(`${inbox.dead}/drop-${id}-plan.md.reason`, 'x');
  expect((await lyingElsewhere(files, root))[1]).toMatch(
    /^operator: 1 dead \(agent-runner dead list operator\); 2 names/,
  );
});
