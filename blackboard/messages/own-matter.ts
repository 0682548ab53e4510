/**
 * Splits a message file of ours, and checks its head. Others may write into inbox directories, so a head is trusted no
 * more than a drop. Loads no YAML, because hooks and `send` start with it.
 */

import type { Message } from '#blackboard/messages/message.ts';
import { whyNotAName } from '#blackboard/messages/peer-name.ts';
import { parseJson } from '#blackboard/text/json.ts';

/**
 * Head and body; null if it does not begin with a head of ours. Each key is one line of JSON, which contains no line
 * break, so the first `\n---\n` ends the head.
 */
export function splitOwn(text: string): { matter: string; body: string } | null {
  const end = text.indexOf('\n---\n');
  if (!text.startsWith('---\n') || end < 0) return null;
  return { matter: text.slice(4, end), body: text.slice(end + 5) };
}

const OWN_LINE = /^([a-zA-Z]\w*): (.*)$/s;

/**
 * The head as we write it: one line of JSON for each key. That is also YAML, but can be read in a tenth of the time; null:
 * the text does not have this form.
 */
export function ownHead(matter: string): Record<string, unknown> | null {
  const head: Record<string, unknown> = {};
  try {
    for (const line of matter.split('\n')) {
      const [, key, value] = OWN_LINE.exec(line) ?? [];
      if (key === undefined || value === undefined || Object.hasOwn(head, key)) return null;
      head[key] = JSON.parse(value);
    }
    return head;
  } catch {
    return null;
  }
}

/** The operator, or a possible name of a peer, which may be gone. */
export const isSender = (from: unknown): from is string =>
  typeof from === 'string' && (from === 'operator' || whyNotAName(from) === null);

/** A name in files/<id>/, and not a path to another directory. */
const isFileName = (name: unknown): boolean =>
  typeof name === 'string' && name !== '' && name !== '.' && name !== '..' && !/[/\0]/.test(name);

/** Why the head cannot be trusted, as the end of a sentence; null: it can. `id`: the id in its file's name. */
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

/** Who seems to have sent a file that is not a valid message; null: unknown. */
export function senderOf(text: string): string | null {
  for (const line of splitOwn(text)?.matter.split('\n') ?? []) {
    if (!line.startsWith('from: ')) continue;
    const from = parseJson(line.slice(6));
    return isSender(from) ? from : null;
  }
  return null;
}
