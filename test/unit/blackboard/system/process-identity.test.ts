import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  canBeSignalled,
  formatIdentity,
  fromPs,
  fromStat,
  identify,
  identifySync,
  isAlive,
  isAliveSync,
  isElsewhere,
  isSelf,
  parseIdentity,
  selfIdentity,
} from '#blackboard/system/process-identity.ts';

test('this process is alive, and the two ways of asking agree', async () => {
  const self = selfIdentity();
  expect(self.pid).toBe(process.pid);
  expect(await identify(process.pid)).toEqual(self);
  expect(await isAlive(self)).toBe(true);
  expect(isAliveSync(self)).toBe(true);
});

test('another start time or another boot under the same pid is another process', async () => {
  const self = selfIdentity();
  for (const other of [
    { ...self, startTime: `${self.startTime}0` },
    { ...self, bootId: 'a-boot-before' },
  ]) {
    expect(await isAlive(other)).toBe(false);
    expect(isAliveSync(other)).toBe(false);
  }
});

describe.runIf(process.platform === 'linux')('a process of another container', () => {
  const self = selfIdentity();
  const other = { ...self, place: self.place!.replace(/^\d+/, '77') };

  test('is never called dead by the process table here, and gets no signal by its pid', async () => {
    for (const each of [other, { ...other, startTime: '1' }]) {
      expect(isElsewhere(each)).toBe(true);
      expect(await isAlive(each)).toBe(true);
      expect(isAliveSync(each)).toBe(true);
      expect(canBeSignalled(each)).toBe(false);
      expect(isSelf(each)).toBe(false);
    }
  });

  test('is told from this one, from one before the field was there, and from one before a reboot of this machine', async () => {
    const { place, ...before } = self;
    expect(place).toMatch(/^\d+@[0-9a-f]{8}-[A-Za-z0-9.-]*$/);
    for (const each of [self, before]) {
      expect(isElsewhere(each)).toBe(false);
      expect(canBeSignalled(each)).toBe(true);
      expect(isSelf(each)).toBe(true);
    }
    for (const each of [
      { ...self, bootId: 'before' },
      { ...other, bootId: 'before' },
      { ...before, startTime: '1' },
    ]) {
      expect(isElsewhere(each)).toBe(false);
      expect(await isAlive(each)).toBe(false);
    }
  });
});

test('an ended process is gone', async () => {
  const child = spawn('sh', ['-c', 'read x'], { stdio: ['pipe', 'ignore', 'ignore'] });
  const identity = identifySync(child.pid!)!;
  expect(identity.pid).toBe(child.pid);
  child.stdin!.end();
  await once(child, 'exit');
  expect(isAliveSync(identity)).toBe(false);
  expect(await identify(child.pid!)).toBeNull();
});

test('a zombie counts as gone although its pid is still taken', async () => {
  // The outer shell becomes a sleep that never reaps its background child.
  const parent = spawn('sh', ['-c', 'sleep 0.5 & echo $!; exec sleep 30'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  try {
    const [chunk] = (await once(parent.stdout!, 'data')) as [Buffer];
    const zombie = Number(chunk.toString().trim());
    await expect.poll(() => identifySync(zombie), { interval: 5 }).toBeNull();
    expect(() => process.kill(zombie, 0), 'the pid is still in the process table').not.toThrow();
  } finally {
    parent.kill('SIGKILL');
  }
});

test('a pid that cannot be one is nobody', async () => {
  for (const pid of [0, -1, 1.5, Number.NaN, 2 ** 31]) expect(await identify(pid)).toBeNull();
});

test('a command name with brackets and blanks does not shift the fields', () => {
  const tail = '1 100 100 0 -1 4194304 1 0 0 0 0 0 0 0 20 0 1 0 424242 1 1';
  expect(fromStat(`77 (a) Z (b) S ${tail}`)).toBe('424242');
  expect(fromStat(`77 (sh) Z ${tail}`)).toBeNull();
  expect(fromStat(null)).toBeNull();
});

test('the start time of ps has no blanks left, and its zombies are gone', () => {
  expect(fromPs('Sat Nov  1 02:24:01 2026     Ss+\n')).toBe('Sat_Nov_1_02:24:01_2026');
  expect(fromPs('Sat Nov 21 02:24:01 2026     Z+\n')).toBeNull();
  expect(fromPs('')).toBeNull();
  expect(fromPs(null)).toBeNull();
});

test('what is written as one line is read back the same', () => {
  const word = fc.stringMatching(/^[A-Za-z0-9:_-]{1,40}$/);
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 4_194_304 }),
      word,
      word,
      fc.option(word),
      (pid, startTime, bootId, place) => {
        const identity = { pid, startTime, bootId, ...(place === null ? {} : { place }) };
        expect(formatIdentity(identity).trim().split(' ')).toHaveLength(place === null ? 3 : 4);
        expect(parseIdentity(formatIdentity(identity))).toEqual(identity);
      },
    ),
  );
});

test('a torn or foreign line is nobody', () => {
  const line = formatIdentity({ pid: 7, startTime: '9', bootId: 'b-c' });
  for (let length = 0; length < line.length; length++) expect(parseIdentity(line.slice(0, length))).toBeNull();
  for (const text of ['0 1 b\n', '7 9 b c d\n', '7 9  b\n', 'x 9 b\n', '{"pid":7}\n'])
    expect(parseIdentity(text)).toBeNull();
});
