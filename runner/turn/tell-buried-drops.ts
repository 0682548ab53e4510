/** Things that were dropped and never became a message have no sender and no outcome: the operator is told of them, once. */
import { join } from 'node:path';
import { unlessDenied } from '../../blackboard/denied.ts';
import { readText } from '../../blackboard/files.ts';
import { REASON_SUFFIX } from '../../blackboard/inbox/bury.ts';
import { placeKnown } from '../../blackboard/inbox/deliver.ts';
import { inboxLayout, rootLayout } from '../../blackboard/layout.ts';
import { limits } from '../../blackboard/limits.ts';
import { OPERATOR } from '../../blackboard/peers.ts';
import { shortId } from '../../blackboard/short-id.ts';
import type { AgentContext } from '../agent/agent-ports.ts';
import type { Completed } from './complete-burials.ts';
import { noteId, sendNote } from './publish.ts';

const DROP = /^drop-([0-9a-f-]{36})-(.*)$/s;

/**
 * One note for each, or one for all where many came at once. `told` remembers names, so that each is looked at once; after a
 * restart the notes' ids say what was told, while they are kept.
 */
export async function tellBuriedDrops(context: AgentContext, told: Completed): Promise<void> {
  const { layout } = context;
  const letters = await unseen(context, told);
  const fresh: string[] = [];
  for (const file of letters) if (await isFreshAndUntold(context, file)) fresh.push(file);
  if (fresh.length > limits.dropNotesAtOnce)
    await sendNote(context, OPERATOR, {
      key: ['dead-drops', layout.name, fresh[0]!],
      body: `${fresh.length} things that were dropped for ${layout.name} are dead; each with its reason: agent-runner dead list ${layout.name}\n`,
    });
  else for (const file of fresh) await tellOne(context, file);
  for (const file of letters) told.add(file);
}

/** Letters, oldest first, each with its reason beside it. */
async function unseen({ files, layout }: AgentContext, told: Completed): Promise<string[]> {
  const listing = new Set(await files.list(layout.inbox.dead));
  return [...listing]
    .filter(file => DROP.test(file) && !told.has(file) && listing.has(`${file}${REASON_SUFFIX}`))
    .sort();
}

const keyOf = ({ layout }: AgentContext, file: string): string[] => ['dead-drop', layout.name, file];

async function isFreshAndUntold(context: AgentContext, file: string): Promise<boolean> {
  const { files, clock, layout, root } = context;
  const facts = await files.facts(join(layout.inbox.dead, `${file}${REASON_SUFFIX}`));
  if (!facts || clock.nowMs() - facts.mtimeMs > limits.dropNoteMs) return false;
  const operator = inboxLayout(rootLayout(root).operator);
  const id = noteId(OPERATOR, keyOf(context, file));
  if ((await files.facts(join(operator.ids, id))) === null) return true;
  // The power may have gone between its id and its place.
  await placeKnown(files, operator, id);
  return false;
}

async function tellOne(context: AgentContext, file: string): Promise<void> {
  const { files, layout } = context;
  const [, id, name] = DROP.exec(file)!;
  const reasonPath = join(layout.inbox.dead, `${file}${REASON_SUFFIX}`);
  const written = await unlessDenied(readText(files, reasonPath, limits.recordBytesMax), null);
  const reason = written?.trim() || 'it could not be taken';
  await sendNote(context, OPERATOR, {
    key: keyOf(context, file),
    body: `${JSON.stringify(name)}, dropped for ${layout.name}, is dead: ${reason}; look at it with: agent-runner dead show ${shortId(id!)}\n`,
  });
}
