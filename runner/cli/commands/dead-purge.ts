/**
 * `agent-runner dead purge`: removes dead letters for good, with their reasons and files. What became of each stays in
 * its outcome until retention.
 */

import { parseDuration } from '#blackboard/board/ttl.ts';
import { type DeadLetter, droppedName, listDeadLetters, requireDeadLetter } from '#blackboard/peers/dead-letters.ts';
import { mayBeMessageId } from '#blackboard/peers/known-message.ts';
import { listInboxes } from '#blackboard/peers/peers.ts';
import { requireRoot, rootPath } from '#blackboard/root.ts';
import { systemClock } from '#blackboard/system/clock.ts';
import { createDiskFiles } from '#blackboard/system/disk-files.ts';
import { exitCode, usageError } from '#blackboard/system/errors.ts';
import type { Files } from '#blackboard/system/files.ts';
import { shortId } from '#blackboard/system/short-id.ts';
import type { Declaration } from '#runner/cli/declare.ts';
import type { GlobalOptions } from '#runner/cli/terminal/global-options.ts';
import { authorOf } from '#runner/messages/author.ts';
import { headLine, printJson } from '#runner/text/printing.ts';
import { plural } from '#runner/text/terminal.ts';
import { purge } from '#runner/turn/purging.ts';

export const command: Declaration = {
  words: 'dead purge',
  about: 'remove dead letters for good: one, those of a peer, or old ones',
  arguments: [{ name: '[message-id-or-peer]', completes: 'peer+message' }],
  options: [
    { flags: '--older-than <duration>', about: 'only those that died longer ago: 12h, 30d' },
    { flags: '--all', about: 'all of them' },
  ],
  json: true,
  examples: ['agent-runner dead purge 5f0c9e1b', 'agent-runner dead purge reviewer --older-than 30d'],
  exits: { 64: 'nothing was named', 66: 'no such letter or peer' },
};

export interface PurgeOptions {
  olderThan?: string;
  all?: boolean;
}

export async function run(global: GlobalOptions, typed: string | undefined, options: PurgeOptions): Promise<number> {
  const files = createDiskFiles();
  const root = await requireRoot(rootPath(global.root, process.env));
  const by = await authorOf(files, root, process.env);
  const letters: DeadLetter[] = [];
  // "gone": it was put back, or removed, in this moment.
  for (const letter of await chosen(files, root, typed, options))
    if ((await purge({ files, root, clock: systemClock, by }, letter)) === 'removed') letters.push(letter);
  if (global.json) printJson(letters.map(({ peer, id, file }) => ({ peer, id, file })));
  else if (letters.length === 0) process.stdout.write('No dead letter to remove.\n');
  else {
    for (const { peer, id, file, name } of letters)
      process.stdout.write(`${shortId(id)} (${peer})${name ? '' : ` ${headLine(droppedName({ file }), 120)}`}\n`);
    process.stdout.write(`Removed ${plural(letters.length, 'dead letter')}\n`);
  }
  return exitCode.ok;
}

async function chosen(
  files: Files,
  root: string,
  typed: string | undefined,
  { olderThan, all }: PurgeOptions,
): Promise<DeadLetter[]> {
  if (typed === undefined && olderThan === undefined && !all)
    throw usageError(
      'expected which dead letters: an id, a peer, --older-than or --all',
      'See them first: agent-runner dead list',
    );
  const ageMs = olderThan === undefined ? 0 : parseDuration(olderThan);
  if (ageMs === null)
    throw usageError(
      `expected --older-than to be a duration (12h, 30d), got ${JSON.stringify(olderThan?.slice(0, 60))}`,
    );
  const inboxes = await listInboxes(files, root);
  const ofPeer = inboxes.filter(({ peer }) => peer === typed);
  // Letters go by their ids and files; a peer may be called like the beginning of one.
  if (typed !== undefined && ofPeer.length === 0) {
    const letter = await requireDeadLetter(files, root, typed);
    return isOlder(letter, ageMs) ? [letter] : [];
  }
  if (ofPeer.length > 0 && mayBeMessageId(typed ?? '') && !all)
    throw usageError(
      `${JSON.stringify(typed)} may be a peer or a message`,
      'Say --all for all dead letters of the peer.',
    );
  const letters = await listDeadLetters(files, ofPeer.length > 0 ? ofPeer : inboxes);
  return letters.filter(letter => isOlder(letter, ageMs));
}

const isOlder = ({ atMs }: DeadLetter, ageMs: number): boolean => Date.now() - atMs >= ageMs;
