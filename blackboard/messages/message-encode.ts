/** Writes a message file: YAML front matter and a body. Loads no YAML, because `send` starts with it. */
import type { Message, Priority } from '#blackboard/messages/message.ts';
import { ownHead, splitOwn } from '#blackboard/messages/own-matter.ts';

/** JSON scalars are YAML: our documents always read back as what was written. */
export function encodeMessage(message: Message): string {
  const { body, ...head } = message;
  const lines = Object.entries(head)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${key}: ${JSON.stringify(value)}`);
  return `---\n${lines.join('\n')}\n---\n${body}`;
}

/** What a message's file name is made of, and who sent what. */
export interface NameParts {
  id: string;
  at: string;
  priority?: Priority | undefined;
  /** It waits in later/ until this instant. */
  notBefore?: string | undefined;
  from: string;
  kind: string;
}

/** Read back from what `encodeMessage` wrote, by any version: a kind of message that is not known here is no matter. null for any other text. */
export function nameParts(text: string): NameParts | null {
  const parts = splitOwn(text);
  if (!parts) return null;
  const { id, at, from = '', kind = '', priority, notBefore } = (ownHead(parts.matter) ?? {}) as Partial<NameParts>;
  return typeof id === 'string' && typeof at === 'string' ? { id, at, from, kind, priority, notBefore } : null;
}
