/** Reads a message file that we wrote ourselves, without YAML: its front matter is `key: <JSON>`. On the hooks' path. */
import { isMessageId } from './ids.ts';
import { MESSAGE_KINDS, type Message } from './message.ts';

/** null for anything that `encodeMessage` does not write. */
export function readOwnMessage(text: string): Message | null {
  const end = text.indexOf('\n---\n');
  if (!text.startsWith('---\n') || end < 0) return null;
  const head: Record<string, unknown> = {};
  try {
    for (const line of text.slice(4, end).split('\n')) {
      const colon = line.indexOf(': ');
      head[line.slice(0, colon)] = JSON.parse(line.slice(colon + 2));
    }
  } catch {
    return null;
  }
  const isWhole =
    isMessageId(String(head.id)) &&
    typeof head.from === 'string' &&
    typeof head.at === 'string' &&
    (MESSAGE_KINDS as readonly unknown[]).includes(head.kind);
  return isWhole ? { ...(head as unknown as Message), body: text.slice(end + 5) } : null;
}
