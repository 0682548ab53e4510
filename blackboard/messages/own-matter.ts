/**
 * The one way in which a message file that we wrote is split, and what must hold of its head whoever wrote it: inboxes are
 * directories that others may write, so a head is believed no more than a drop is. Needs no YAML: hooks and `send` start with it.
 */
import type { Message } from '#blackboard/messages/message.ts';
import { whyNotAName } from '#blackboard/messages/peer-name.ts';

/** Head and body; null for what does not begin with a head of ours. Each key is a line of JSON, which holds no line break: the first `\n---\n` ends the head. */
export function splitOwn(text: string): { matter: string; body: string } | null {
  const end = text.indexOf('\n---\n');
  if (!text.startsWith('---\n') || end < 0) return null;
  return { matter: text.slice(4, end), body: text.slice(end + 5) };
}

/** The operator, or what may be the name of a peer, though it may be gone. */
export const isSender = (from: unknown): from is string =>
  typeof from === 'string' && (from === 'operator' || whyNotAName(from) === null);

/** A name in files/<id>/ and no way to another place. */
const isFileName = (name: unknown): boolean =>
  typeof name === 'string' && name !== '' && name !== '.' && name !== '..' && !/[/\0]/.test(name);

/** Why the head is not believed, as the end of a sentence; null: it may be. `id`: the one that its file's name has. */
export function whyNotBelieved(
  { id, from, fromId, file, attachments }: Pick<Message, 'id' | 'from' | 'fromId' | 'file' | 'attachments'>,
  named: string | null,
): string | null {
  if (named !== null && id !== named) return `its name has the id ${named}, and its head ${JSON.stringify(id)}`;
  if (!isSender(from)) return `${JSON.stringify(String(from).slice(0, 80))} is the name of no sender`;
  if (fromId !== undefined && !/^[0-9a-f-]{1,40}$/.test(String(fromId)))
    return `${JSON.stringify(String(fromId).slice(0, 80))} is the id of no sender`;
  const names = [...(file === undefined ? [] : [file]), ...(attachments ?? []).map(({ name }) => name)];
  const wrong = names.find(name => !isFileName(name));
  return wrong === undefined ? null : `${JSON.stringify(String(wrong).slice(0, 80))} is no name of a file beside it`;
}

/** Who seems to have sent what is no message of ours otherwise; null: nobody says. */
export function senderOf(text: string): string | null {
  for (const line of splitOwn(text)?.matter.split('\n') ?? []) {
    if (!line.startsWith('from: ')) continue;
    try {
      const from: unknown = JSON.parse(line.slice(6));
      return isSender(from) ? from : null;
    } catch {
      return null;
    }
  }
  return null;
}
