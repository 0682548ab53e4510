/** A message that a command names: by its id, a beginning of it, or its file's name. A cold path: it lists directories. */
import { noSuchError, usageError } from '../errors.ts';
import type { Files } from '../files.ts';
import { isMessageId } from '../ids.ts';
import type { Inbox } from '../layout.ts';
import { limits } from '../limits.ts';
import { parseClaimedName, parseMessageName } from '../message-name.ts';
import { listInboxes, type PeerInbox } from '../peers.ts';
import { findPlace } from './find.ts';

/** Whose message it is, or was. */
export interface KnownMessage extends PeerInbox {
  id: string;
}

const BEGINNING = new RegExp(`^[0-9a-f][0-9a-f-]{${limits.idPrefixCharsMin - 1},35}$`);

/** Whether the text could mean a message at all: at least the first 8 characters of an id, or a message file's name. */
export const mayBeMessageId = (typed: string): boolean => BEGINNING.test(idIn(typed));

/** Throws 66 if there is no such message, 64 if the beginning fits several (and names them). */
export async function requireMessage(files: Files, root: string, typed: string): Promise<KnownMessage> {
  const wanted = idIn(typed);
  const shown = JSON.stringify(typed.slice(0, 80));
  if (!BEGINNING.test(wanted))
    throw usageError(
      `${shown} is no message id: expected at least its first ${limits.idPrefixCharsMin} characters`,
      'Message ids are what send prints, and what inbox and dead list show.',
    );
  const found = await findAll(files, root, wanted);
  if (found.length === 1) return found[0]!;
  if (found.length === 0)
    throw noSuchError(
      `there is no message ${shown} in any inbox of ${root}`,
      'Ids are what send prints, and what these show: agent-runner inbox --all, agent-runner dead list',
    );
  const some = found.slice(0, 8).map(({ id, peer }) => `${id} (${peer})`);
  const more = found.length > some.length ? ` and ${found.length - some.length} more` : '';
  throw usageError(`${shown} fits ${found.length} messages: ${some.join(', ')}${more}`, 'Type more of the id.');
}

/** The id in a message file's name, or the text itself. */
function idIn(typed: string): string {
  const name = parseMessageName(typed) ?? parseClaimedName(typed)?.name;
  return name?.id ?? typed.trim().toLowerCase();
}

async function findAll(files: Files, root: string, wanted: string): Promise<KnownMessage[]> {
  const found: KnownMessage[] = [];
  for (const { peer, inbox } of await listInboxes(files, root)) {
    const ids = isMessageId(wanted) ? await exactly(files, inbox, wanted) : await beginningWith(files, inbox, wanted);
    found.push(...ids.map(id => ({ peer, inbox, id })));
  }
  return found;
}

const exactly = async (files: Files, inbox: Inbox, id: string): Promise<string[]> =>
  (await files.facts(`${inbox.ids}/${id}`)) || (await findPlace(files, inbox, id)) ? [id] : [];

const beginningWith = async (files: Files, inbox: Inbox, beginning: string): Promise<string[]> =>
  (await files.list(inbox.ids)).filter(id => isMessageId(id) && id.startsWith(beginning)).sort();
