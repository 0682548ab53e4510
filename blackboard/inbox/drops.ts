/** Which names in an inbox are drops: put there by any program, and not one of our names. */

import { type DropNames, sortDropNames } from '#blackboard/inbox/never-work.ts';
import { INBOX_DIRECTORIES, type Inbox } from '#blackboard/layout.ts';
import type { Files } from '#blackboard/system/files.ts';

const OURS = new Set<string>(INBOX_DIRECTORIES);

/** Names at the top of the inbox: those that wait to be taken, and those left there because of their names. */
export const sortDrops = async (files: Files, inbox: Inbox): Promise<DropNames> =>
  sortDropNames(
    files,
    (await files.list(inbox.inbox)).filter(name => !OURS.has(name)),
    inbox.config,
  );

/** Names at the top of the inbox that wait to be taken. */
export const listDrops = async (files: Files, inbox: Inbox): Promise<string[]> => (await sortDrops(files, inbox)).work;

/** Names in tmp of drops that were taken but are not messages yet. */
export const listTakenDrops = async (files: Files, inbox: Inbox): Promise<string[]> =>
  (await files.list(inbox.tmp)).filter(name => name.startsWith('drop-'));
