import { describe, expect, test } from 'vitest';
import { buryFile } from '#blackboard/inbox/bury.ts';
import { ack, bury, claim, listClaimed, release } from '#blackboard/inbox/claim.ts';
import { deliver } from '#blackboard/inbox/deliver.ts';
import { locate } from '#blackboard/inbox/locate.ts';
import { readOutcome, writeOutcome } from '#blackboard/inbox/outcome.ts';
import { claimedName, formatMessageName, freshName, type MessageName } from '#blackboard/messages/message-name.ts';
import { localDay } from '#blackboard/system/clock.ts';
import { readText } from '#blackboard/system/files.ts';
import { NOON } from '#test/unit/fake-clock.ts';
import { createInboxWorld, type InboxWorld, idOf, messageOf } from './an-inbox.ts';

const nameOf = (number: number): MessageName => freshName(NOON + number, idOf(number));
async function withMessages(...numbers: number[]): Promise<InboxWorld> {
  const world = await createInboxWorld();
  for (const number of numbers) await deliver(world.files, world.inbox, messageOf(number));
  return world;
}

describe('claiming', () => {
  test('moves messages to cur under the turn’s number, and returns those that were still there', async () => {
    const { files, inbox } = await withMessages(1, 2);
    expect(await claim(files, inbox, 7, [nameOf(1), nameOf(2), nameOf(3)])).toEqual([nameOf(1), nameOf(2)]);
    expect((await files.list(inbox.cur)).sort()).toEqual([claimedName(7, nameOf(1)), claimedName(7, nameOf(2))]);
    expect(await files.list(inbox.new)).toEqual([]);
  });

  test('by two turns at once gives each message to one of them', async () => {
    const { files, inbox } = await withMessages(1, 2, 3);
    const names = [1, 2, 3].map(nameOf);
    const [a, b] = await Promise.all([claim(files, inbox, 7, names), claim(files, inbox, 8, names)]);
    expect([...a!, ...b!].map(({ id }) => id).sort()).toEqual([1, 2, 3].map(idOf));
  });

  test('what is in cur is listed by turn and age; other names are not', async () => {
    const { files, inbox } = await withMessages(1, 2, 3);
    await claim(files, inbox, 10, [nameOf(1)]);
    await claim(files, inbox, 9, [nameOf(3), nameOf(2)]);
    await files.create(`${inbox.cur}/stranger`, 'x');
    expect((await listClaimed(files, inbox)).map(({ turn, name }) => [turn, name.id])).toEqual([
      [9, idOf(2)],
      [9, idOf(3)],
      [10, idOf(1)],
    ]);
  });
});

describe('a claimed message', () => {
  const claimed = { turn: 7, name: nameOf(1) };

  test('is released under the name that says what was tried, once', async () => {
    const { files, inbox } = await withMessages(1);
    await claim(files, inbox, 7, [nameOf(1)]);
    const next = { ...nameOf(1), lastTurn: 7, failures: 1 };
    const outcomes = await Promise.all([release(files, inbox, claimed, next), release(files, inbox, claimed, next)]);
    expect(outcomes.sort()).toEqual(['gone', 'moved']);
    expect(await files.list(inbox.new)).toEqual([formatMessageName(next)]);
  });

  test('is acked into the day’s folder, once', async () => {
    const { files, inbox } = await withMessages(1, 2);
    await claim(files, inbox, 7, [nameOf(1), nameOf(2)]);
    const path = `${inbox.cur}/${claimedName(7, nameOf(1))}`;
    expect(await ack(files, inbox, path, nameOf(1), NOON)).toBe('moved');
    expect(await ack(files, inbox, path, nameOf(1), NOON)).toBe('gone');
    await ack(files, inbox, `${inbox.cur}/${claimedName(7, nameOf(2))}`, nameOf(2), NOON);
    const day = `${inbox.done}/${localDay(NOON)}`;
    expect((await files.list(day)).sort()).toEqual([1, 2].map(number => formatMessageName(nameOf(number))));
  });

  test('is buried with the first reason beside it', async () => {
    const { files, inbox } = await withMessages(1);
    await claim(files, inbox, 7, [nameOf(1)]);
    const path = `${inbox.cur}/${claimedName(7, nameOf(1))}`;
    expect(await bury(files, inbox, path, nameOf(1), 'boom')).toBe('moved');
    expect(await bury(files, inbox, path, nameOf(1), 'another')).toBe('gone');
    const dead = `${inbox.dead}/${formatMessageName(nameOf(1))}`;
    expect(await files.facts(dead)).not.toBeNull();
    expect(await readText(files, `${dead}.reason`, 99)).toBe('boom\n');
  });
});

describe('burying what never became a message', () => {
  test('keeps it, under a name that no other has, with the reason beside it', async () => {
    const { files, inbox } = await createInboxWorld();
    for (const text of ['one', 'two']) {
      await files.create(`${inbox.inbox}/x`, text);
      await buryFile(files, inbox, `${inbox.inbox}/x`, 'x', 'because', NOON);
    }
    const dead = (await files.list(inbox.dead)).sort();
    expect(dead).toHaveLength(4);
    expect(dead.filter(name => name.endsWith('.reason'))).toHaveLength(2);
    const texts = await Promise.all(dead.map(name => readText(files, `${inbox.dead}/${name}`, 99)));
    expect(texts.sort()).toEqual(['because\n', 'because\n', 'one', 'two']);
  });

  test('what is gone meanwhile leaves no reason either', async () => {
    const { files, inbox } = await createInboxWorld();
    await buryFile(files, inbox, `${inbox.inbox}/gone`, 'gone', 'because', NOON);
    expect(await files.list(inbox.dead)).toEqual([]);
  });

  test('a name with slashes and dots stays inside dead', async () => {
    const { files, inbox } = await createInboxWorld();
    await files.create(`${inbox.inbox}/x`, 'x');
    await buryFile(files, inbox, `${inbox.inbox}/x`, '../../../etc/passwd', 'because', NOON);
    expect(await files.list(inbox.dead)).toHaveLength(2);
  });
});

describe('finding a message by its id', () => {
  const places = {
    new: formatMessageName(nameOf(1)),
    later: formatMessageName(nameOf(1)),
    cur: claimedName(7, nameOf(1)),
    dead: formatMessageName({ ...nameOf(1), failures: 3 }),
  } as const;

  test.each(Object.entries(places))('in %s', async (state, name) => {
    const { files, inbox } = await createInboxWorld();
    const path = `${inbox[state as keyof typeof places]}/${name}`;
    await files.create(path, 'x');
    expect(await locate(files, inbox, idOf(1))).toMatchObject({ state, path, turn: state === 'cur' ? 7 : null });
  });

  test('in done, on whichever day', async () => {
    const { files, inbox } = await createInboxWorld();
    files.prepare(`${inbox.done}/2026-11-20`, `${inbox.done}/2026-11-21`);
    await files.create(`${inbox.done}/2026-11-20/${formatMessageName(nameOf(1))}`, 'x');
    expect(await locate(files, inbox, idOf(1))).toMatchObject({ state: 'done', name: nameOf(1) });
  });

  test('not by a reason, not by a part of an id, and not where it never was', async () => {
    const { files, inbox } = await createInboxWorld();
    await files.create(`${inbox.dead}/${formatMessageName(nameOf(1))}.reason`, 'x');
    expect(await locate(files, inbox, idOf(1))).toBeNull();
    await files.create(`${inbox.new}/${formatMessageName(nameOf(1))}`, 'x');
    expect(await locate(files, inbox, idOf(1).slice(0, 20))).toBeNull();
    expect(await locate(files, inbox, idOf(2))).toBeNull();
  });

  test('a message that is released while we look is found all the same', async () => {
    const { files, inbox } = await withMessages(1);
    await claim(files, inbox, 7, [nameOf(1)]);
    let listed = 0;
    const racing = {
      ...files,
      list: async (directory: string) => {
        // It moves back to new after new has been looked at, and before cur is.
        if (++listed === 2) await release(files, inbox, { turn: 7, name: nameOf(1) }, nameOf(1));
        return files.list(directory);
      },
    };
    expect(await locate(racing, inbox, idOf(1))).toMatchObject({ state: 'new' });
  });
});

describe('an outcome', () => {
  const at = new Date(NOON).toISOString();

  test('is the first that was recorded', async () => {
    const { files, inbox } = await createInboxWorld();
    expect(await readOutcome(files, inbox, idOf(1))).toBeNull();
    await writeOutcome(files, inbox, { requeues: 0 }, { id: idOf(1), outcome: 'replied', at, reply: 'r' });
    await writeOutcome(files, inbox, { requeues: 0 }, { id: idOf(1), outcome: 'dead', at, reason: 'late' });
    expect(await readOutcome(files, inbox, idOf(1))).toEqual({ id: idOf(1), outcome: 'replied', at, reply: 'r' });
    expect(await files.list(inbox.outcomes)).toEqual([idOf(1)]);
  });
});
