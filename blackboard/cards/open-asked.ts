/** All that waits for a person: cards, and questions in the operator's inbox. */
import type { Asked } from '#blackboard/cards/card.ts';
import { openCards } from '#blackboard/cards/cards.ts';
import { openQuestions } from '#blackboard/cards/questions.ts';
import type { Files } from '#blackboard/system/files.ts';

/** The oldest first. `newest`: how many of the operator's messages are looked through for questions at most (absent: all). */
export async function openAsked(files: Files, root: string, nowMs: number, newest?: number): Promise<Asked[]> {
  const asked = [...(await openCards(files, root, nowMs)), ...(await openQuestions(files, root, newest))];
  return asked.sort((a, b) => Date.parse(a.at) - Date.parse(b.at));
}
