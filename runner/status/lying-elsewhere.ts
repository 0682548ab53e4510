/**
 * What is on the board and in the operator's inbox without becoming an entry or a message, if no row of `list` shows
 * it. Changes nothing.
 */
import { sortBoardDrops } from '#blackboard/board/settle-drops.ts';
import { countDead } from '#blackboard/inbox/count-dead.ts';
import { sortDrops } from '#blackboard/inbox/drops.ts';
import { untaken } from '#blackboard/inbox/untaken.ts';
import { boardLayout, inboxLayout, rootLayout } from '#blackboard/layout.ts';
import { OPERATOR } from '#blackboard/peers/operator.ts';
import type { Files } from '#blackboard/system/files.ts';
import { plural } from '#runner/text/terminal.ts';

/** A line for each place with such files: `board: 2 drops are no entries (board/dead), 1 name is ignored`. */
export async function lyingElsewhere(files: Files, root: string): Promise<string[]> {
  const board = boardLayout(root);
  const inbox = inboxLayout(rootLayout(root).operator);
  const onBoard = await sortBoardDrops(files, root);
  const forOperator = await sortDrops(files, inbox);
  const lines: [string, (string | false)[]][] = [
    [
      'board',
      [
        deadOnBoard(await countDead(files, board.dead), board.dead),
        ...(await unmoved(untaken(files, board.drop, onBoard.work), onBoard.ignored, board.drop)),
      ],
    ],
    [
      OPERATOR,
      [
        deadOf(await countDead(files, inbox.dead)),
        ...(await unmoved(untaken(files, inbox.inbox, forOperator.work), forOperator.ignored, inbox.inbox)),
      ],
    ],
  ];
  return lines.flatMap(([where, words]) => {
    const said = words.filter(Boolean);
    return said.length > 0 ? [`${where}: ${said.join('; ')}`] : [];
  });
}

/** What was dropped for the board and is not an entry; '' if there is nothing. */
export const deadOnBoard = (count: number, directory: string): string =>
  count > 0 ? `${plural(count, 'drop')} held back, each with its reason, in ${directory}` : '';

const deadOf = (count: number): string => (count > 0 ? `${count} dead (agent-runner dead list ${OPERATOR})` : '');

async function unmoved(
  looking: Promise<readonly unknown[]>,
  ignored: readonly string[],
  directory: string,
): Promise<(string | false)[]> {
  const left = (await looking).length;
  return [
    left > 0 && `${left} cannot be taken (agent-runner doctor)`,
    ignored.length > 0 &&
      `${plural(ignored.length, 'name')} that ${ignored.length === 1 ? 'is' : 'are'} never work, in ${directory}`,
  ];
}
