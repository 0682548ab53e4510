/** A message in one line. All commands use the same words. */
import { join } from 'node:path';
import type { Message } from '#blackboard/messages/message.ts';
import { readOwnMessage } from '#blackboard/messages/own-message.ts';
import { senderInbox } from '#blackboard/peers/peers.ts';
import { type Files, readText } from '#blackboard/system/files.ts';
import { isMessageId } from '#blackboard/system/ids.ts';
import { limits } from '#blackboard/system/limits.ts';
import { shortId } from '#blackboard/system/short-id.ts';
import { headLine } from '#runner/text/printing.ts';

/** A message, or the result of a verb that has one. */
export interface GistSource {
  /** It is told beside: the text's own word for it (`status: half of it`) is left out. */
  kind?: string | undefined;
  subject?: string | null | undefined;
  file?: string | null | undefined;
  body: string;
  attachments?: readonly { name: string }[] | undefined;
}

/** Its subject, else the dropped file's name, else the first line of its text, else its attachments. */
export function gistOf({ kind, subject, file, body, attachments }: GistSource, charsMax: number): string {
  const firstLine = body.trim().split('\n')[0] ?? '';
  const said =
    kind !== undefined && firstLine.toLowerCase().startsWith(`${kind}:`)
      ? firstLine.slice(kind.length + 1).trim()
      : firstLine;
  const text = subject || file || said || (attachments ?? []).map(({ name }) => name).join(', ');
  return headLine(text, charsMax);
}

/** Characters for each answered message, and how many are named. */
const GIST_CHARS = 40;
const NAMED_MAX = 3;

/** A message that was answered. `gist` null: its file was removed. */
export interface Answered {
  id: string;
  gist: string | null;
}

/** The first three messages that this one answers, from the inbox of its sender. */
export async function whatItAnswers(files: Files, root: string, message: Message): Promise<Answered[]> {
  const ids = message.inReplyTo ?? [];
  if (ids.length === 0) return [];
  const inbox = await senderInbox(files, root, message);
  return Promise.all(
    ids.slice(0, NAMED_MAX).map(async id => {
      const isKnown = inbox !== null && isMessageId(id);
      const text = isKnown && (await readText(files, join(inbox.ids, id), limits.recordBytesMax));
      const answered = text ? readOwnMessage(text) : null;
      return { id, gist: (answered && gistOf(answered, GIST_CHARS)) || null };
    }),
  );
}

/** The same for people: `5f0c9e1b "fix the login"`, each, and how many more. */
export function answeredText(inReplyTo: readonly string[], answers: readonly Answered[]): string[] {
  const named = answers.map(({ id, gist }) => {
    const shown = isMessageId(id) ? shortId(id) : headLine(id, GIST_CHARS);
    return gist === null ? shown : `${shown} ${JSON.stringify(gist)}`;
  });
  const more = inReplyTo.length - answers.length;
  return more > 0 ? [...named, `${more} more`] : named;
}
