/** What a message is: its head and its kinds. Only types and names; the codec is beside it. */
import type { Denial } from '#blackboard/messages/denials.ts';
import { SPEAKING_KINDS } from '#blackboard/messages/kinds.ts';

export const MESSAGE_KINDS = ['request', 'question', 'answer', 'status', 'done', 'note'] as const;
export const PRIORITIES = ['high', 'normal', 'low'] as const;
export type MessageKind = (typeof MESSAGE_KINDS)[number];
export type Priority = (typeof PRIORITIES)[number];

/** A file beside a message: `files/<id>/<name>`. */
export interface Attachment {
  name: string;
  sizeBytes: number;
}

/** The head, above the body. Instants are ISO 8601. */
export interface MessageHead {
  id: string;
  from: string;
  /**
   * What stays the same when the sender is renamed: a session's id, an agent's life. Absent: only its name is known.
   */
  fromId?: string | undefined;
  kind: MessageKind;
  at: string;
  trace: string;
  hops: number;
  thread?: string | undefined;
  subject?: string | undefined;
  priority?: Priority | undefined;
  /** Ids of the messages that this one answers. */
  inReplyTo?: string[] | undefined;
  /** The sender's turn, if the sender is an agent. */
  turn?: number | undefined;
  /** The dropped file's own name, cleaned. */
  file?: string | undefined;
  attachments?: Attachment[] | undefined;
  /** Tool calls that were denied in the turn that wrote this. */
  denials?: Denial[] | undefined;
  notBefore?: string | undefined;
  expiresAt?: string | undefined;
  /** USD that everything this message's trace causes may cost; absent: only config.yaml says. */
  budgetUsd?: number | undefined;
  /** It wakes no session. */
  wake?: false | undefined;
}

export type Message = MessageHead & { body: string };

/** What a drop may say about itself: never who it is from. */
export interface DropHead extends Pick<MessageHead, 'subject' | 'thread' | 'priority' | 'notBefore' | 'expiresAt'> {
  kind?: MessageKind | undefined;
}

export const isMessageKind = (text: string): text is MessageKind => (MESSAGE_KINDS as readonly string[]).includes(text);

/** The least of the budgets that there are; undefined: there is none. */
export const leastBudget = (...budgets: readonly unknown[]): number | undefined => {
  const known = budgets.filter(each => typeof each === 'number' && each > 0) as number[];
  return known.length === 0 ? undefined : Math.min(...known);
};

/** The kind that a text's own beginning says: `status: …`; null: none. */
export const kindSaid = (text: string): MessageKind | null => {
  const [, word] = /^(question|done|status|answer):\s/.exec(text) ?? [];
  return word !== undefined && isMessageKind(word) ? word : null;
};

/** Whether the sender of this kind waits for a reply. */
export const asksForReply = (kind: MessageKind): boolean => (SPEAKING_KINDS as readonly string[]).includes(kind);
