/**
 * Drops that never became a message, or an entry, have no sender and no outcome: the operator is told of them, once.
 */
import { join } from 'node:path';
import { buriedDropsNote, noteText } from '#blackboard/events/note-text.ts';
import { REASON_SUFFIX } from '#blackboard/inbox/bury.ts';
import { placeKnown } from '#blackboard/inbox/deliver.ts';
import { type AgentLayout, boardLayout, inboxLayout, rootLayout } from '#blackboard/layout.ts';
import { noteId, sendNote } from '#blackboard/peers/notes.ts';
import { OPERATOR } from '#blackboard/peers/operator.ts';
import type { Clock } from '#blackboard/system/clock.ts';
import { unlessDenied } from '#blackboard/system/denied.ts';
import { type Files, readText } from '#blackboard/system/files.ts';
import { limits } from '#blackboard/system/limits.ts';
import { quoted } from '#blackboard/text/shell-word.ts';

interface Disk {
  files: Files;
  root: string;
  clock: Clock;
}

/** A directory of dead drops, and how its notes describe it. */
interface Graveyard extends Disk {
  dead: string;
  /** Who the notes are from. */
  layout: { name: string };
  /** Part of the notes' keys. */
  key: string;
  /** `dropped for …`. */
  whose: string;
  /** The drop's own name, and its id before it, in a dead drop's file name. */
  pattern: RegExp;
  /** The command that shows all of them. */
  lookAtAll: string;
}

/**
 * For the inbox of any peer; `isPerson`: of the one who is told. One note for each, or one for all if many came at once. `told`
 * remembers names, so that each is looked at once; after a restart the notes' ids say what was told, as long as they
 * are kept.
 */
export function tellBuriedDrops(
  { files, root, clock, layout, isPerson }: Disk & { layout: Pick<AgentLayout, 'name' | 'inbox'>; isPerson?: true },
  told: Set<string>,
): Promise<void> {
  const { name, inbox } = layout;
  return tellBuried(
    {
      ...{ files, root, clock, dead: inbox.dead, key: name, whose: isPerson ? 'you' : name },
      layout: { name: isPerson ? 'runner' : name },
      pattern: /^drop-([0-9a-f-]{36})-(.*)$/s,
      lookAtAll: `agent-runner dead list ${name}`,
    },
    told,
  );
}

/** The same for the board: drops that are not entries. */
export function tellBuriedEntries(disk: Disk, told: Set<string>): Promise<void> {
  const { dead } = boardLayout(disk.root);
  return tellBuried(
    {
      ...{ ...disk, dead, key: 'board', whose: 'the board', layout: { name: 'runner' } },
      pattern: BOARD_DROP,
      lookAtAll: `ls ${quoted(dead)}`,
    },
    told,
  );
}

/** The board's name for a drop that is not an entry (settle-drops.ts). */
export const BOARD_DROP = /^([0-9a-f-]{36})-(.*)$/s;

async function tellBuried(graveyard: Graveyard, told: Set<string>): Promise<void> {
  const letters = await unseen(graveyard, told);
  const fresh: string[] = [];
  for (const file of letters) if (await isFreshAndUntold(graveyard, file)) fresh.push(file);
  if (fresh.length > limits.dropNotesAtOnce)
    await sendNote(graveyard, OPERATOR, {
      key: ['dead-drops', graveyard.key, fresh[0]!],
      body: buriedDropsNote(graveyard.whose, fresh.length, graveyard.lookAtAll),
    });
  else for (const file of fresh) await tellOne(graveyard, file);
  for (const file of letters) told.add(file);
}

/** Dead letters, oldest first, each with its reason beside it. */
async function unseen({ files, dead, pattern }: Graveyard, told: Set<string>): Promise<string[]> {
  const listing = new Set(await files.list(dead));
  return [...listing]
    .filter(file => pattern.test(file) && !told.has(file) && listing.has(`${file}${REASON_SUFFIX}`))
    .sort();
}

const keyOf = ({ key }: Graveyard, file: string): string[] => ['dead-drop', key, file];

async function isFreshAndUntold(graveyard: Graveyard, file: string): Promise<boolean> {
  const { files, clock, root, dead } = graveyard;
  const facts = await files.facts(join(dead, `${file}${REASON_SUFFIX}`));
  if (!facts || clock.nowMs() - facts.mtimeMs > limits.dropNoteMs) return false;
  const operator = inboxLayout(rootLayout(root).operator);
  // A drop's file has its own id, so no other agent's has this name.
  const id = noteId(OPERATOR, keyOf(graveyard, file), '');
  if ((await files.facts(join(operator.ids, id))) === null) return true;
  // There may have been a power loss between its id and its delivery.
  await placeKnown(files, operator, id);
  return false;
}

async function tellOne(graveyard: Graveyard, file: string): Promise<void> {
  const { files, whose, clock } = graveyard;
  const name = graveyard.pattern.exec(file)![2]!;
  const path = join(graveyard.dead, file);
  const written = await unlessDenied(readText(files, `${path}${REASON_SUFFIX}`, limits.recordBytesMax), null);
  const reason = written?.trim() || 'it could not be taken';
  const body = noteText(whose, { type: 'drop.buried', name, file, reason, path }, clock.nowMs());
  await sendNote(graveyard, OPERATOR, { key: keyOf(graveyard, file), body });
}
