// One entry that cannot be read or moved, among others, in every place that is gone through: the others go on.
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { adoptUnplaced, deliver } from '#blackboard/inbox/deliver.ts';
import { releaseDue } from '#blackboard/inbox/release-due.ts';
import { agentLayout } from '#blackboard/layout.ts';
import { formatMessageName, freshName } from '#blackboard/messages/message-name.ts';
import { listAgents } from '#blackboard/peers/agent.ts';
import { listSignals, recordSignal, takeSignals } from '#blackboard/signals/pending.ts';
import type { Files } from '#blackboard/system/files.ts';
import { newId } from '#blackboard/system/ids.ts';
import { faultOfEntry } from '#blackboard/system/one-entry.ts';
import { eventsIn } from '#test/support/events-in.ts';
import { createInboxWorld, messageOf } from '#test/unit/blackboard/inbox/an-inbox.ts';

const denied = (path: string) => Object.assign(new Error(`EACCES: ${path}`), { code: 'EACCES' });

/** The same disk, where nothing can be done with names that hold the word. */
function refusing(files: Files, word: string, errno = 'EACCES'): Files {
  const refuse =
    <A extends unknown[], R>(verb: (path: string, ...rest: A) => Promise<R>) =>
    async (path: string, ...rest: A): Promise<R> => {
      if (path.includes(word)) throw Object.assign(denied(path), { code: errno });
      return verb(path, ...rest);
    };
  return { ...files, read: refuse(files.read), move: refuse(files.move), facts: refuse(files.facts) };
}

test('what is due goes to new, but for the one that cannot be moved', async () => {
  const { files, inbox, clock } = await createInboxWorld();
  files.prepare(dirname(inbox.events));
  const [stuck, fine] = [newId(1), newId(2)];
  for (const id of [stuck, fine]) await files.create(join(inbox.later, formatMessageName(freshName(1, id))), 'x');
  const moving = { ...files, move: refusing(files, stuck).move };
  expect(await releaseDue(moving, inbox, clock.nowMs())).toMatchObject({ waiting: 0 });
  expect(await files.list(inbox.new)).toEqual([formatMessageName(freshName(1, fine))]);
  expect(await eventsIn(files, inbox.events)).toMatchObject([{ peer: 'a', type: 'message.due', id: fine }]);
  // Control: a full disk is nothing of one entry.
  const full = { ...files, move: refusing(files, stuck, 'ENOSPC').move };
  await expect(releaseDue(full, inbox, clock.nowMs())).rejects.toThrow();
});

test('what producers left is placed, but for what cannot be moved', async () => {
  const { files, inbox } = await createInboxWorld();
  const dying: Files = { ...files, move: () => Promise.reject(new Error('died')) };
  await expect(deliver(dying, inbox, messageOf(1))).rejects.toThrow('died');
  const [left] = await files.list(inbox.tmp);
  await files.create(join(inbox.tmp, '0'.repeat(32)), 'of somebody else');
  expect(left).toBeDefined();
  expect(await adoptUnplaced(refusing(files, '0'.repeat(32)), inbox, () => true)).toBe(1);
  expect(await files.list(inbox.new)).toHaveLength(1);
});

test('signals are taken up, but for the one that cannot be moved', async () => {
  const { files } = await createInboxWorld();
  const directory = '/root/agents/a/signals';
  files.prepare(directory);
  for (const id of ['0123456789abcdef', 'fedcba9876543210'])
    await recordSignal(files, directory, { id, type: 'wake', at: '2026-11-21T09:00:00.000Z', source: 'socket' }, 5);
  const { waiting } = await listSignals(files, directory);
  const taken = await takeSignals(refusing(files, '-0123456789abcdef'), directory, 3, waiting);
  expect(taken.map(({ name }) => name.id)).toEqual(['fedcba9876543210']);
});

test('an agent in whose directory nothing may be looked at is still one, and hides no other', async () => {
  const { files } = await createInboxWorld();
  for (const name of ['a', 'locked']) {
    files.prepare(agentLayout('/root', name).home);
    await files.create(agentLayout('/root', name).definition, '---\n---\n');
  }
  expect(await listAgents(refusing(files, 'locked/'), '/root')).toEqual(['a', 'locked']);
});

test('a file in the place of a directory is no fault of the entry that was to go there', async () => {
  const { files, inbox } = await createInboxWorld();
  const error = Object.assign(new Error('ENOTDIR'), { code: 'ENOTDIR' });
  expect(await faultOfEntry(files, error, [inbox.tmp])).toBe('ENOTDIR');
  await files.create(join(inbox.inbox, 'taken'), 'somebody’s');
  await expect(faultOfEntry(files, error, [join(inbox.inbox, 'taken')])).rejects.toThrow('ENOTDIR');
});
