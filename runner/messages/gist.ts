/** A message in one line, and what it answers by the first words of that: the same words in every command. */
import { join } from 'node:path';
import type { Message } from '#blackboard/messages/message.ts';
import { readOwnMessage } from '#blackboard/messages/own-message.ts';
import { senderInbox } from '#blackboard/peers/peers.ts';
import { type Files, readText } from '#blackboard/system/files.ts';
import { isMessageId } from '#blackboard/system/ids.ts';
import { limits } from '#blackboard/system/limits.ts';
import { shortId } from '#blackboard/system/short-id.ts';
import { headLine } from '#runner/text/printing.ts';

/** Its subject, else the name of the file that was dropped, else the first line of its text, else the files that go with it. */
export function gistOf({ subject, file, body, attachments }: Message, charsMax: number): string {
  const firstLine = body.trim().split('\n')[0] ?? '';
  const text = subject || file || firstLine || (attachments ?? []).map(({ name }) => name).join(', ');
  return headLine(text, charsMax);
}

/** Characters of what was answered, and answered messages that are named. */
const GIST_CHARS = 40;
const NAMED_MAX = 3;

/**
 * What this message answers, each with its gist: `5f0c9e1b "fix the login"`. A message that was cleared away has its id alone.
 * Reads up to three messages in the answering peer's inbox.
 */
export async function answeredBy(files: Files, root: string, message: Message): Promise<string[]> {
  const ids = message.inReplyTo ?? [];
  if (ids.length === 0) return [];
  const inbox = await senderInbox(files, root, message);
  const named = await Promise.all(
    ids.slice(0, NAMED_MAX).map(async id => {
      if (!isMessageId(id)) return headLine(id, GIST_CHARS);
      const shown = shortId(id);
      const text = inbox && (await readText(files, join(inbox.ids, id), limits.recordBytesMax));
      const answered = text ? readOwnMessage(text) : null;
      const gist = answered && gistOf(answered, GIST_CHARS);
      return gist ? `${shown} ${JSON.stringify(gist)}` : shown;
    }),
  );
  return ids.length > NAMED_MAX ? [...named, `${ids.length - NAMED_MAX} more`] : named;
}
