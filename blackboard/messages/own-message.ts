/** Reads a message file that we wrote ourselves, without YAML: its front matter is `key: <JSON>`. On the hooks' path. */

import { MESSAGE_KINDS, type Message } from '#blackboard/messages/message.ts';
import { ownHead, splitOwn, whyNotBelieved } from '#blackboard/messages/own-matter.ts';
import { isMessageId } from '#blackboard/system/ids.ts';

/**
 * null for anything that `encodeMessage` does not write. `named`: the id in the file's name, which the head must have
 * too.
 */
export function readOwnMessage(text: string, named: string | null = null): Message | null {
  const parts = splitOwn(text);
  const head = parts && ownHead(parts.matter);
  if (!head) return null;
  const isWhole =
    isMessageId(String(head.id)) &&
    typeof head.from === 'string' &&
    typeof head.at === 'string' &&
    (MESSAGE_KINDS as readonly unknown[]).includes(head.kind) &&
    (head.attachments === undefined || Array.isArray(head.attachments)) &&
    (head.inReplyTo === undefined || Array.isArray(head.inReplyTo)) &&
    whyNotBelieved(head as unknown as Message, named) === null;
  return isWhole ? { ...(head as unknown as Message), body: parts.body } : null;
}
