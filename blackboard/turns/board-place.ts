/** How far an agent has provably seen the board: what its newest decisions say. */
import { BOARD_START, type Cursor, formatCursor, parseCursor } from '#blackboard/board/cursor.ts';
import { type AgentLayout, turnLayout } from '#blackboard/layout.ts';
import type { Files } from '#blackboard/system/files.ts';
import { readEnded } from '#blackboard/turns/long-answer.ts';
import { latestTurn } from '#blackboard/turns/newest-turn.ts';

export interface BoardPlace {
  /** null: it has not begun to read. */
  cursor: Cursor | null;
  /** What is wrong with the recorded position, and where reading continues instead; null: nothing. */
  fault: string | null;
}

/** The newest turn may be open; of those before it, one readable decision is enough. */
const TURNS_ASKED = 4;

/**
 * An invalid position is no reason to continue at the board's end: then the decision before it counts, and without one
 * the board's beginning.
 */
export async function boardPlace(files: Files, { name, turns }: AgentLayout): Promise<BoardPlace> {
  const newest = await latestTurn(files, turns);
  let fault: string | null = null;
  const goesOn = (cursor: Cursor): BoardPlace =>
    fault === null ? { cursor, fault } : { cursor, fault: `${fault}: goes on from ${formatCursor(cursor)}` };
  for (let number = newest; number > 0 && number > newest - TURNS_ASKED; number--) {
    const turn = turnLayout(turns, number);
    const said = (await readEnded(files, turn).catch(() => null))?.board;
    if (said === undefined) continue;
    const cursor = said === null ? null : parseCursor(String(said));
    if (cursor) return goesOn(cursor);
    if (said === null) return fault === null ? { cursor: null, fault } : goesOn(BOARD_START);
    fault ??= `${name}: expected a place on the board such as "3:1200" under "board" in ${turn.ended}, got ${JSON.stringify(said).slice(0, 60)}`;
  }
  return fault === null ? { cursor: null, fault } : goesOn(BOARD_START);
}
