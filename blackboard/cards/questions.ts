/**
 * Questions in the operator's inbox, as cards: the message is the card, and the first reply to it is its end, whichever
 * command sends it. Nothing else is written for them.
 */
import { join } from 'node:path';
import { ASK, type Asked } from '#blackboard/cards/card.ts';
import { type Outcome, readOutcome } from '#blackboard/inbox/outcome.ts';
import { inboxLayout, rootLayout } from '#blackboard/layout.ts';
import type { Message } from '#blackboard/messages/message.ts';
import { formatMessageName, sortMessageNames } from '#blackboard/messages/message-name.ts';
import { readOwnMessage } from '#blackboard/messages/own-message.ts';
import { type Files, readText } from '#blackboard/system/files.ts';
import { limits } from '#blackboard/system/limits.ts';
import { mapAtOnce } from '#blackboard/system/map-at-once.ts';

/**
 * Those that nobody has answered or put away, the oldest first. What is no question of ours is left out. `newest`: how many
 * messages are read at most (absent: all).
 */
export async function openQuestions(files: Files, root: string, newest?: number): Promise<Asked[]> {
  const inbox = inboxLayout(rootLayout(root).operator);
  const all = sortMessageNames(await files.list(inbox.new));
  const names = newest === undefined ? all : all.slice(-newest);
  const read = (path: string) => readText(files, path, limits.recordBytesMax).catch(() => null);
  const found = await mapAtOnce(names, limits.looksAtOnce, async name =>
    questionIn(await read(join(inbox.new, formatMessageName(name)))),
  );
  return found.filter(card => card !== null);
}

/** The question with that id, and what became of it (null: it waits); null: there is none. */
export async function readQuestion(
  files: Files,
  root: string,
  id: string,
): Promise<{ card: Asked; outcome: Outcome | null } | null> {
  const inbox = inboxLayout(rootLayout(root).operator);
  const card = questionIn(await readText(files, join(inbox.ids, id), limits.recordBytesMax));
  return card && { card, outcome: await readOutcome(files, inbox, id) };
}

function questionIn(text: string | null): Asked | null {
  const message = text === null ? null : readOwnMessage(text);
  return message?.kind === 'question' ? questionCard(message) : null;
}

function questionCard({ id, from, fromId = '', turn = 0, at, ...message }: Message): Asked {
  const { subject, body, attachments = [] } = message;
  const whole = subject ? `${subject}\n${body}` : body;
  const files = attachments.map(({ name }) => name);
  const input = JSON.stringify({ text: whole, ...(files.length > 0 ? { files } : {}) });
  return {
    ...{ id, kind: 'question', peer: from, life: fromId, turn, message: null, tool: ASK },
    ...{ input: input.slice(0, limits.cardInputCharsMax), inputChars: input.length, reason: null, rules: [] },
    questions: [{ question: whole.slice(0, limits.cardTextCharsMax), options: [], several: false }],
    ...{ at, untilAt: null },
  };
}
