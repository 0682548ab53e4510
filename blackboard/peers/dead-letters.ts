/** Dead letters: what is in dead, each with its reason; messages, and dropped files that never became one. */
import { join } from 'node:path';
import { recordEvents } from '#blackboard/events/record-events.ts';
import { REASON_SUFFIX } from '#blackboard/inbox/bury.ts';
import { cleanName } from '#blackboard/inbox/clean-name.ts';
import { outcomeOf } from '#blackboard/inbox/outcome.ts';
import { INBOX_DIRECTORIES } from '#blackboard/layout.ts';
import { type MessageName, parseMessageName } from '#blackboard/messages/message-name.ts';
import type { PeerInbox } from '#blackboard/peers/peer-kind.ts';
import { listInboxes } from '#blackboard/peers/peers.ts';
import { unlessDenied } from '#blackboard/system/denied.ts';
import { noSuchError, usageError } from '#blackboard/system/errors.ts';
import { type Files, readText } from '#blackboard/system/files.ts';
import { isMessageId } from '#blackboard/system/ids.ts';
import { limits } from '#blackboard/system/limits.ts';
import { idFits, isIdPart, toldApart } from '#blackboard/system/short-id.ts';

export interface DeadLetter extends PeerInbox {
  /** Its name in dead. */
  file: string;
  path: string;
  /** The message's id; for a drop, the id it was buried under. */
  id: string;
  /** null: it never became a message. */
  name: MessageName | null;
  /** When it died, Unix milliseconds. */
  atMs: number;
  reason: string;
}

/** All dead letters of these inboxes, oldest death first. */
export async function listDeadLetters(files: Files, inboxes: readonly PeerInbox[]): Promise<DeadLetter[]> {
  const letters = await Promise.all(inboxes.map(each => lettersOf(files, each)));
  return letters.flat().sort((a, b) => a.atMs - b.atMs || (a.id < b.id ? -1 : 1));
}

async function lettersOf(files: Files, { peer, inbox }: PeerInbox): Promise<DeadLetter[]> {
  const letters: DeadLetter[] = [];
  const listing = new Set(await files.list(inbox.dead));
  for (const file of listing) {
    const name = parseMessageName(file);
    const id = name?.id ?? DROP.exec(file)?.[1];
    if (id === undefined || !isMessageId(id) || isReason(file, listing)) continue;
    const path = join(inbox.dead, file);
    const reasonPath = `${path}${REASON_SUFFIX}`;
    const outcome = name && (await outcomeOf(files, inbox, name).catch(() => null));
    // One that cannot be read does not hide the others.
    const text = await unlessDenied(readText(files, reasonPath, limits.recordBytesMax), `${reasonPath} cannot be read`);
    const reason = text?.trim() || outcome?.reason;
    const facts = (await files.facts(reasonPath)) ?? (await files.facts(path));
    if (!facts) continue;
    const atMs = outcome ? Date.parse(outcome.at) : facts.mtimeMs;
    letters.push({ peer, inbox, file, path, id, name, atMs, reason: reason ?? 'no reason was written down' });
  }
  return letters;
}

const DROP = /^drop-([0-9a-f-]{36})-(.*)$/s;

/** The name of a dropped file that never became a message. */
export const droppedName = ({ file }: Pick<DeadLetter, 'file'>): string => DROP.exec(file)?.[2] ?? file;

/** The same; null for a message. */
export const nameOfDrop = (letter: DeadLetter): string | null => (letter.name ? null : droppedName(letter));

/**
 * A reason is beside its dead letter; a reason alone was left by a requeue. A dead letter may have such a name, too.
 */
const isReason = (file: string, listing: ReadonlySet<string>): boolean =>
  file.includes(`${REASON_SUFFIX}.tmp-`) || (file.endsWith(REASON_SUFFIX) && !listing.has(`${file}${REASON_SUFFIX}`));

/** The dead letter with this id, an end or a beginning of it, or this file name. Throws 66 for none, 64 for several. */
export async function requireDeadLetter(files: Files, root: string, typed: string): Promise<DeadLetter> {
  const letters = await listDeadLetters(files, await listInboxes(files, root));
  const wanted = typed.trim().toLowerCase();
  const fits = ({ id, file }: DeadLetter) => file === typed || (isIdPart(wanted) && idFits(id, wanted));
  const found = letters.filter(fits);
  const shown = JSON.stringify(typed.slice(0, 80));
  if (found.length === 1) return found[0]!;
  if (found.length === 0) throw noSuchError(`there is no dead letter ${shown}`, 'See them all: agent-runner dead list');
  const ids = toldApart(found.map(({ id }) => id));
  const some = found.slice(0, 8).map(({ peer }, at) => `${ids[at]} (${peer})`);
  throw usageError(`${shown} fits ${found.length} dead letters: ${some.join(', ')}`, 'Type one of these.');
}

/**
 * Puts a dropped file back into inbox/ under its own name, or with a number if that is taken. An empty file reserves
 * the name first, because rename(2) would replace what somebody drops there meanwhile. Returns the path. "gone":
 * another process moved it.
 */
export async function dropAgain(files: Files, letter: DeadLetter): Promise<string | 'gone'> {
  const { inbox } = letter;
  const own = cleanName(droppedName(letter));
  for (let number = 1; ; number++) {
    const name = number === 1 ? own : `${number}-${own}`;
    const target = join(inbox.inbox, name);
    if ((INBOX_DIRECTORIES as readonly string[]).includes(name)) continue;
    if ((await files.create(target, '')) === 'exists') continue;
    if ((await files.move(letter.path, target)) === 'gone') {
      await files.remove(target);
      return 'gone';
    }
    await files.syncDirectory(inbox.inbox);
    await files.syncDirectory(inbox.dead);
    await files.remove(`${letter.path}${REASON_SUFFIX}`);
    await recordEvents(files, inbox, new Date().toISOString(), { type: 'drop.returned', name: own, path: target });
    return target;
  }
}
