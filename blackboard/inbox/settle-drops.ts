/** Takes an inbox's drops: a file that any program puts into inbox/ becomes a message once it is complete. */
import { join } from 'node:path';
import { buryFile } from '#blackboard/inbox/bury.ts';
import { cleanName } from '#blackboard/inbox/clean-name.ts';
import { adoptDrop } from '#blackboard/inbox/drop-to-message.ts';
import { listDrops } from '#blackboard/inbox/drops.ts';
import { sortDropNames } from '#blackboard/inbox/never-work.ts';
import type { Sightings } from '#blackboard/inbox/stability.ts';
import { type Settled, settleDrops, type Taking } from '#blackboard/inbox/take-drops.ts';
import type { Inbox } from '#blackboard/layout.ts';
import { readListing } from '#blackboard/messages/message-name.ts';
import type { Clock } from '#blackboard/system/clock.ts';
import type { Files } from '#blackboard/system/files.ts';
import { isMessageId, newId } from '#blackboard/system/ids.ts';

/** Drops that a person copied straight into new are taken, too. A taken drop is `tmp/drop-<id>-<name>`. */
export async function settle(
  files: Files,
  inbox: Inbox,
  clock: Clock,
  sightings: Sightings,
  options: Pick<Taking, 'once' | 'atOnce'> = {},
): Promise<Settled> {
  const { foreign } = readListing(await files.list(inbox.new));
  const misplaced = foreign.length === 0 ? [] : (await sortDropNames(files, foreign, inbox.config)).work;
  const drops = [
    ...(await listDrops(files, inbox)).map(name => ({ name, path: join(inbox.inbox, name) })),
    ...misplaced.map(name => ({ name, path: join(inbox.new, name) })),
  ];
  return settleDrops({ files, clock, sightings, ...options }, drops, {
    taken: inbox.tmp,
    dead: inbox.dead,
    parse(entry) {
      const [, id = '', name = ''] = DROP.exec(entry) ?? [];
      return isMessageId(id) ? { id, name } : null;
    },
    pathFor: async name => join(inbox.tmp, `drop-${newId(clock.nowMs())}-${cleanName(name)}`),
    adopt: (path, _facts, drop) => adoptDrop(files, inbox, { path, ...drop }, clock.nowMs()),
    bury: (path, name, reason) => buryFile(files, inbox, path, name, reason, clock.nowMs()),
    noun: 'not work',
    isOnlyForDrops: false,
    sources: [inbox.inbox, ...(misplaced.length > 0 ? [inbox.new] : [])],
    targets: [inbox.files, inbox.ids, inbox.new],
  });
}

const DROP = /^drop-([0-9a-f-]{36})-(.*)$/s;
