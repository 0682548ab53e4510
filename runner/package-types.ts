/**
 * What `import type … from 'agent-runner'` gives: the shapes of the files in a root, for programs that read or write
 * them. Only types: to do something, call the command.
 */
export type { Entry, EntryKind } from '#blackboard/board/entry.ts';
export type { Outcome } from '#blackboard/inbox/outcome.ts';
export type { Denial } from '#blackboard/messages/denials.ts';
export type { Attachment, Message, MessageHead, MessageKind, Priority } from '#blackboard/messages/message.ts';
export type { Ended, Intent, IntentMessage, SessionState, TurnUsage, Verdict } from '#blackboard/turns/turn-records.ts';
