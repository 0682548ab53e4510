/** Which names in an inbox are drops: put there by any program, and not ours. */
import type { Files } from '../files.ts';
import { INBOX_DIRECTORIES, type Inbox } from '../layout.ts';
import { isUnfinishedName } from '../resting.ts';

const OURS = new Set<string>(INBOX_DIRECTORIES);

/** Names at the top of the inbox that wait to be taken. */
export const listDrops = async (files: Files, inbox: Inbox): Promise<string[]> =>
  (await files.list(inbox.inbox)).filter(name => !OURS.has(name) && !isUnfinishedName(name));

/** Names in tmp of drops that were taken and are not yet messages. */
export const listTakenDrops = async (files: Files, inbox: Inbox): Promise<string[]> =>
  (await files.list(inbox.tmp)).filter(name => name.startsWith('drop-'));
