/**
 * Finds a message that a command names: by its id, an end or a beginning of it, or its file's name. Not for hot paths:
 * it lists directories.
 */

import { locate } from '#blackboard/inbox/locate.ts';
import type { Inbox } from '#blackboard/layout.ts';
import { parseClaimedName, parseMessageName } from '#blackboard/messages/message-name.ts';
import { listDeadLetters } from '#blackboard/peers/dead-letters.ts';
import type { PeerInbox } from '#blackboard/peers/peer-kind.ts';
import { listInboxes } from '#blackboard/peers/peers.ts';
import { noSuchError, usageError } from '#blackboard/system/errors.ts';
import type { Files } from '#blackboard/system/files.ts';
import { isMessageId } from '#blackboard/system/ids.ts';
import { limits } from '#blackboard/system/limits.ts';
import { idFits, isIdPart, shortId, toldApart } from '#blackboard/system/short-id.ts';

/** Whose message it is, or was. */
export interface KnownMessage extends PeerInbox {
  id: string;
}

/** Whether the text could name a message: the end or the beginning of an id, or a message file's name. */
export const mayBeMessageId = (typed: string): boolean => isIdPart(idIn(typed));

/** Throws 66 if there is no such message, 64 if several match (and names them). */
export async function requireMessage(files: Files, root: string, typed: string): Promise<KnownMessage> {
  const wanted = idIn(typed);
  const shown = JSON.stringify(typed.slice(0, 80));
  if (!isIdPart(wanted))
    throw usageError(
      `${shown} is no message id: expected the id, or at least ${limits.idPartCharsMin} characters of its end or beginning`,
      'Message ids are what send prints; inbox and dead list show their ends.',
    );
  const found = await findAll(files, root, wanted);
  if (found.length === 1) return found[0]!;
  if (found.length === 0) {
    const dead = (await listDeadLetters(files, await listInboxes(files, root))).find(({ id }) => idFits(id, wanted));
    if (dead)
      throw noSuchError(
        `${shown} is a dropped file that never became a message`,
        `Look at it: agent-runner dead show ${shortId(dead.id)}`,
      );
    throw noSuchError(
      `there is no message ${shown} in any inbox of ${root}`,
      'Ids are what send prints, and what these show: agent-runner inbox --all, agent-runner dead list',
    );
  }
  const ids = toldApart(found.map(({ id }) => id));
  const some = found.slice(0, 8).map(({ peer }, at) => `${ids[at]} (${peer})`);
  const more = found.length > some.length ? ` and ${found.length - some.length} more` : '';
  throw usageError(`${shown} fits ${found.length} messages: ${some.join(', ')}${more}`, 'Type one of these.');
}

/** The id in a message file's name, or the text itself. */
function idIn(typed: string): string {
  const name = parseMessageName(typed) ?? parseClaimedName(typed)?.name;
  return name?.id ?? typed.trim().toLowerCase();
}

async function findAll(files: Files, root: string, wanted: string): Promise<KnownMessage[]> {
  const found: KnownMessage[] = [];
  for (const { peer, inbox } of await listInboxes(files, root)) {
    const ids = isMessageId(wanted) ? await exactly(files, inbox, wanted) : await fitting(files, inbox, wanted);
    found.push(...ids.map(id => ({ peer, inbox, id })));
  }
  return found;
}

const exactly = async (files: Files, inbox: Inbox, id: string): Promise<string[]> =>
  (await files.facts(`${inbox.ids}/${id}`)) || (await locate(files, inbox, id)) ? [id] : [];

const fitting = async (files: Files, inbox: Inbox, typed: string): Promise<string[]> =>
  (await files.list(inbox.ids)).filter(id => isMessageId(id) && idFits(id, typed)).sort();
