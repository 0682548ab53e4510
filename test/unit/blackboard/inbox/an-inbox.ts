/** An empty inbox on a disk in memory, and messages to put into it. */
import { makeInbox } from '#blackboard/inbox/deliver.ts';
import { type Inbox, inboxLayout } from '#blackboard/layout.ts';
import type { Message } from '#blackboard/messages/message.ts';
import { createMemoryFiles, type MemoryFiles } from '#test/support/memory-files.ts';
import { createFakeClock, type FakeClock, NOON } from '#test/unit/fake-clock.ts';

export interface InboxWorld {
  files: MemoryFiles;
  inbox: Inbox;
  clock: FakeClock;
}

export async function createInboxWorld(): Promise<InboxWorld> {
  const clock = createFakeClock();
  const files = createMemoryFiles(clock.nowMs);
  const inbox = inboxLayout('/root/agents/a');
  files.prepare('/root/agents/a');
  await makeInbox(files, inbox);
  return { files, inbox, clock };
}

export const idOf = (number: number): string => `00000000-0000-7000-8000-${String(number).padStart(12, '0')}`;

export const messageOf = (number: number, changes: Partial<Message> = {}): Message => ({
  id: idOf(number),
  from: 'operator',
  kind: 'request',
  at: new Date(NOON + number).toISOString(),
  trace: idOf(number),
  hops: 0,
  body: `body ${number}`,
  ...changes,
});
