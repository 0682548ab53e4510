import { describe, expect, test } from 'vitest';
import { turnLayout } from '#blackboard/layout.ts';
import type { Files } from '#blackboard/system/files.ts';
import { formatIdentity, selfIdentity } from '#blackboard/system/process-identity.ts';
import { latestTurn } from '#blackboard/turns/newest-turn.ts';
import {
  closeTurn,
  electTurn,
  isClosed,
  linkChild,
  listTurns,
  readChild,
  readStop,
  sealTurn,
  writeStop,
} from '#blackboard/turns/turns.ts';
import { createMemoryFiles } from '#test/support/memory-files.ts';

const TURNS = '/root/agents/a/turns';
/** A living process: this one. */
const launcher = selfIdentity();
const identity = { pid: 42, startTime: '7', bootId: 'boot' };
function disk() {
  const files = createMemoryFiles();
  files.prepare(TURNS);
  return files;
}
/** What launch.sh does before it execs: its own file, linked under the name that only one can take. */
async function launcherLinks(files: ReturnType<typeof disk>, number: number) {
  const turn = turnLayout(TURNS, number);
  await files.create(`${turn.home}/launch.42`, formatIdentity(identity));
  return files.link(`${turn.home}/launch.42`, turn.child);
}

/** Turn 1, as its runner elects it. */
async function electDurably(files: Files): Promise<void> {
  const unsynced = new Set<string>();
  await electTurn(files, TURNS, 1, unsynced);
  for (const directory of unsynced) await files.syncDirectory(directory);
}

describe('election', () => {
  test('one of many is elected', async () => {
    const files = disk();
    const told = await Promise.all(Array.from({ length: 5 }, () => electTurn(files, TURNS, 1)));
    expect(told.sort()).toEqual(['elected', 'lost', 'lost', 'lost', 'lost']);
    expect(await latestTurn(files, TURNS)).toBe(1);
  });

  test('who comes late loses', async () => {
    const files = disk();
    await electTurn(files, TURNS, 1);
    await electTurn(files, TURNS, 2);
    expect(await electTurn(files, TURNS, 1)).toBe('lost');
  });

  test('a number that was swept is not elected again, and leaves no directory', async () => {
    const files = disk();
    await electTurn(files, TURNS, 7);
    expect(await electTurn(files, TURNS, 3)).toBe('lost');
    expect(await files.list(TURNS)).toEqual(['000007']);
  });

  test('who slept after its election, while others ended its turn and went on, has lost it', async () => {
    const files = disk();
    const slow = {
      ...files,
      async makeDirectory(path: string) {
        const made = await files.makeDirectory(path);
        await sealTurn(files, turnLayout(TURNS, 1));
        await closeTurn(files, turnLayout(TURNS, 1), 'now');
        await electTurn(files, TURNS, 2);
        return made;
      },
    };
    expect(await electTurn(slow, TURNS, 1)).toBe('lost');
    expect(await isClosed(files, turnLayout(TURNS, 1))).toBe(true);
  });

  test('an elected turn survives a power loss once what it names is on disk', async () => {
    const files = disk();
    await electDurably(files);
    expect(
      await latestTurn(
        files.afterPowerLoss(() => 0),
        TURNS,
      ),
    ).toBe(1);
  });

  test('the newest is the greatest number, beyond six digits too; other names are none', async () => {
    const files = disk();
    expect(await latestTurn(files, TURNS)).toBe(0);
    for (const name of ['000009', '999999', '1000000', 'x', '12', '.tmp']) files.prepare(`${TURNS}/${name}`);
    expect(await latestTurn(files, TURNS)).toBe(1_000_000);
    expect((await listTurns(files, TURNS)).map(({ number }) => number)).toEqual([1_000_000, 999_999, 9]);
  });
});

describe('the seal and the child', () => {
  test('a turn without a child is sealed, and then no child can start', async () => {
    const files = disk();
    await electTurn(files, TURNS, 1);
    const turn = turnLayout(TURNS, 1);
    expect(await readChild(files, turn)).toEqual({ kind: 'none' });
    expect(await sealTurn(files, turn)).toEqual({ kind: 'sealed' });
    expect(await launcherLinks(files, 1)).toBe('exists');
    expect(await readChild(files, turn)).toEqual({ kind: 'sealed' });
  });

  test('a child that was first is named to anyone who wants to seal', async () => {
    const files = disk();
    await electTurn(files, TURNS, 1);
    expect(await launcherLinks(files, 1)).toBe('linked');
    expect(await sealTurn(files, turnLayout(TURNS, 1))).toEqual({ kind: 'started', identity });
  });

  test.each(['the runner', 'who seals'])(
    'the launcher that waits has the name, or nobody: %s is first',
    async first => {
      const files = disk();
      await electTurn(files, TURNS, 1);
      const turn = turnLayout(TURNS, 1);
      await files.create(`${turn.home}/launch.${launcher.pid}`, formatIdentity(launcher));
      const both = [() => linkChild(files, turn.home, launcher), () => sealTurn(files, turn)];
      if (first === 'who seals') both.reverse();
      const told = [await both[0]!(), await both[1]!()];
      const child = await readChild(files, turn);
      expect(child).toEqual(first === 'the runner' ? { kind: 'started', identity: launcher } : { kind: 'sealed' });
      expect(told).toContainEqual(first === 'the runner' ? 'linked' : 'exists');
      expect(told).toContainEqual(child);
    },
  );

  test.each([
    ['nothing', null],
    ['half of it', formatIdentity(launcher).slice(0, -3)],
    ['another start', formatIdentity({ ...launcher, startTime: '8' })],
    ['another boot', formatIdentity({ ...launcher, bootId: 'other' })],
  ])('a launcher that has written %s of itself is given no name', async (_what, text) => {
    const files = disk();
    await electTurn(files, TURNS, 1);
    const turn = turnLayout(TURNS, 1);
    if (text !== null) await files.create(`${turn.home}/launch.${launcher.pid}`, text);
    expect(await linkChild(files, turn.home, launcher)).toBe('not-ready');
    expect(await readChild(files, turn)).toEqual({ kind: 'none' });
  });

  test('sealing twice, or twice at once, is sealing', async () => {
    const files = disk();
    await electTurn(files, TURNS, 1);
    const turn = turnLayout(TURNS, 1);
    expect(await Promise.all([sealTurn(files, turn), sealTurn(files, turn)])).toEqual([
      { kind: 'sealed' },
      { kind: 'sealed' },
    ]);
    expect(await files.list(turn.home)).toEqual(['child']);
  });

  test('a child file that a power loss emptied is somebody who cannot be alive', async () => {
    const files = disk();
    await electTurn(files, TURNS, 1);
    const turn = turnLayout(TURNS, 1);
    await files.create(turn.child, '');
    expect(await readChild(files, turn)).toMatchObject({ kind: 'started', identity: { pid: 0 } });
  });

  test('what a power loss leaves of a seal is a seal or nothing', async () => {
    for (const kept of [0, 0.999]) {
      const files = disk();
      await electTurn(files, TURNS, 1);
      await sealTurn(files, turnLayout(TURNS, 1));
      const left = files.afterPowerLoss(() => kept);
      expect(await readChild(left, turnLayout(TURNS, 1))).toEqual({ kind: kept > 0 ? 'sealed' : 'none' });
    }
  });
});

describe('stop and close', () => {
  test('the first reason to stop stands', async () => {
    const files = disk();
    await electTurn(files, TURNS, 1);
    const turn = turnLayout(TURNS, 1);
    expect(await readStop(files, turn)).toBeNull();
    await writeStop(files, turn, { reason: 'cancelled', at: 'now', by: 'operator', messages: ['m'] });
    await writeStop(files, turn, { reason: 'timeout', at: 'later', by: 'agent-runner' });
    expect(await readStop(files, turn)).toEqual({ reason: 'cancelled', at: 'now', by: 'operator', messages: ['m'] });
  });

  test('a turn is closed once, for good', async () => {
    const files = disk();
    await electDurably(files);
    const turn = turnLayout(TURNS, 1);
    expect(await isClosed(files, turn)).toBe(false);
    await closeTurn(files, turn, 'now');
    await closeTurn(files, turn, 'later');
    expect(await isClosed(files, turn)).toBe(true);
    expect(
      await isClosed(
        files.afterPowerLoss(() => 0),
        turn,
      ),
    ).toBe(true);
  });
});
