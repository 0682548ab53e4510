/**
 * Faults of the machine: the loop stays up, says so once, and goes on by itself when the cause is gone. Each with a control,
 * a runner that lacks what the test is about, which must fail it. What needs root rights is skipped with the reason.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { describeViolations, rulesBroken } from '#test/support/invariants.ts';
import { type RealRoot, type RealRunner, realRoot } from '#test/support/real-root.ts';
import { until } from '#test/support/until.ts';
import { whyNot } from '#test/support/why-not.ts';

const mountable = canMount();
const namespaces = whyNot('unshare', '-Ur', 'sh', '-c', 'echo 50 > /proc/sys/user/max_inotify_watches');
const timesIn = (text: string, pattern: RegExp): number => text.match(new RegExp(pattern, 'g'))?.length ?? 0;

const replied = (place: RealRoot, runner: RealRunner, agent: string, id: string) =>
  until(
    `the reply to ${id} by ${agent}`,
    async () => {
      if (!runner.isAlive()) throw new Error(`the runner has ended:\n${runner.stderr()}`);
      return (await place.outcome(agent, id))?.outcome === 'replied';
    },
    { about: runner.stderr },
  );

/** The promise, after everything was worked off. */
async function expectKept(place: RealRoot): Promise<void> {
  await place.drain();
  expect(describeViolations(await place.check())).toBe('');
}

describe.skipIf(mountable !== null)(`a full disk${mountable ? ` (${mountable})` : ''}`, () => {
  const tmpfs = (root: string) => {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m,mode=700', 'tmpfs', root]);
    return () => void execFileSync('umount', [root]);
  };
  const fill = (place: RealRoot) => {
    for (let bytes = 1 << 18; bytes >= 1; bytes >>= 1)
      try {
        for (;;) writeFileSync(join(place.root, 'ballast'), Buffer.alloc(bytes), { flag: 'a' });
      } catch {
        // The next smaller piece may still fit.
      }
  };
  const free = (place: RealRoot) => rmSync(join(place.root, 'ballast'));
  const isRunning = (place: RealRoot, count: number) =>
    until(
      'a claude to ask its model',
      () => place.ledger().filter(({ what }) => what === 'model-request').length >= count,
    );

  test('fills up in the middle of a turn: it is said once, nothing is lost, the work goes on when there is room', async () => {
    await using place = await realRoot({ agents: ['alpha'], latencyMs: '400', mount: tmpfs });
    const runner = place.start();
    const first = await place.send('alpha');
    await isRunning(place, 1);
    const waiting = await place.send('alpha');
    fill(place);
    await runner.says(/no space is left on the disk of .*ENOSPC.*trying again every second/);
    const status = place.command('status', 'alpha');
    expect(status.stdout).toMatch(/trouble\s+no space is left on the disk/);
    expect(status.code).toBe(1);
    free(place);
    await replied(place, runner, 'alpha', first);
    await replied(place, runner, 'alpha', waiting);
    await runner.says(/over: no space is left/);
    expect(timesIn(runner.stderr(), /trying again/)).toBe(1);
    expect(place.command('status', 'alpha').stdout).not.toContain('no space');
    await expectKept(place);
  });

  test('is full when a message waits: no turn is begun, and no torn files pile up', async () => {
    await using place = await realRoot({ agents: ['alpha'], mount: tmpfs });
    const id = await place.send('alpha');
    fill(place);
    const runner = place.start();
    await runner.says(/no space is left/);
    expect(await place.files.list(place.layout('alpha').turns)).toEqual([]);
    free(place);
    await replied(place, runner, 'alpha', id);
    await expectKept(place);
    const { home, inbox } = place.layout('alpha');
    for (const directory of [home, inbox.outcomes, inbox.dead, inbox.tmp])
      expect((await place.files.list(directory)).filter(name => name.includes('tmp-'))).toEqual([]);
  });

  test('control: a runner that does not look at the results of its writes breaks the promise', async () => {
    await using place = await realRoot({ agents: ['alpha'], latencyMs: '400', mount: tmpfs });
    const runner = place.start({ orders: { control: 'careless' } });
    await place.send('alpha');
    await isRunning(place, 1);
    fill(place);
    await until(
      'the careless runner to believe its turn over',
      async () => {
        const { cur, done } = place.layout('alpha').inbox;
        return (await place.files.list(cur)).length === 0 && (await place.files.list(done)).length > 0;
      },
      { about: () => `${runner.stderr()}\n${place.command('status', 'alpha').stdout}` },
    );
    free(place);
    await place.drain();
    expect(rulesBroken(await place.check())).toContain('outcome');
  });
});

describe('no file descriptors', () => {
  test('none left in the middle of the work: it is said, and what waits is served when there are some again', async () => {
    await using place = await realRoot({ agents: ['alpha', 'beta'] });
    const runner = place.start({ orders: { descriptorsLeft: 0 } });
    await runner.says(/READY/);
    runner.signal('SIGUSR1');
    await runner.says(/HOARDING/);
    const ids = [await place.send('alpha'), await place.send('beta')];
    await runner.says(/no file descriptors left \(EMFILE\); trying again every second/);
    expect(runner.isAlive()).toBe(true);
    // Only the runner knows: it has kept a descriptor for that word.
    await until('status to say so', () =>
      /trouble\s+agent-runner has no file/.test(place.command('status', 'beta').stdout),
    );
    await until('doctor to say so', () =>
      place.command('doctor').stdout.includes('agent-runner has no file descriptors left'),
    );
    runner.signal('SIGUSR2');
    await replied(place, runner, 'alpha', ids[0]!);
    await replied(place, runner, 'beta', ids[1]!);
    await runner.says(/over: agent-runner has no file descriptors left/);
    await until(
      'status to say no more of it',
      () => !place.command('status', 'beta').stdout.includes('no file descriptors'),
    );
    expect(timesIn(runner.stderr(), /EMFILE\); trying again/)).toBe(1);
    await expectKept(place);
  });

  test('ulimit -n 40 from the start: everything is answered all the same', async () => {
    await using place = await realRoot({ agents: ['alpha', 'beta', 'gamma'] });
    const runner = place.start({ under: ['sh', '-c', 'ulimit -n 40; exec "$@"', 'sh'] });
    const sent: [string, string][] = [];
    for (const agent of ['alpha', 'beta', 'gamma', 'alpha', 'beta', 'gamma'])
      sent.push([agent, await place.send(agent)]);
    for (const [agent, id] of sent) await replied(place, runner, agent, id);
    await expectKept(place);
  });

  test('control: a runner that ends at its first fault serves nobody', async () => {
    await using place = await realRoot({ agents: ['alpha'] });
    const runner = place.start({ orders: { control: 'one-fault' } });
    await runner.says(/READY/);
    runner.signal('SIGUSR1');
    await runner.says(/HOARDING/);
    const id = await place.send('alpha');
    await expect(replied(place, runner, 'alpha', id)).rejects.toThrow('the runner has ended');
  });
});

describe.skipIf(namespaces !== null)(`inotify limits at 50${namespaces ? ` (${namespaces})` : ''}`, () => {
  const names = Array.from({ length: 40 }, (_, at) => `agent-${at}`);
  const limited = (key: string, to: number) => [
    'unshare',
    '-Ur',
    'sh',
    '-c',
    `echo ${to} > /proc/sys/user/${key} && exec "$@"`,
    'sh',
  ];

  test.each([
    ['max_inotify_watches', 50, /no inotify watch is left/],
    ['max_inotify_instances', 0, /no inotify instance/],
  ])('%s = %i: it is said once, and every inbox is heard by polling', async (key, to, words) => {
    await using place = await realRoot({ agents: names });
    const runner = place.start({ under: limited(key, to) });
    await runner.says(/READY/);
    await runner.says(words);
    const last = names.at(-1)!;
    const sentMs = performance.now();
    const ids = [await place.send(last), await place.send(names[0]!)];
    await until(
      'the message to be taken',
      async () => (await place.files.list(place.layout(last).inbox.new)).length === 0,
    );
    // For people: a figure of a busy machine proves nothing.
    console.log(`${key}=${to}: taken after ${Math.round(performance.now() - sentMs)} ms`);
    await replied(place, runner, last, ids[0]!);
    await replied(place, runner, names[0]!, ids[1]!);
    expect(timesIn(runner.stderr(), /watching: /)).toBe(1);
    const told = await until('the trouble in runner.json', () => {
      const { runner: record } = place.layout(last);
      return existsSync(record) && JSON.parse(readFileSync(record, 'utf8')).problem;
    });
    expect(told).toMatch(/looking every second instead/);
    expect(place.command('status', last).stdout).toMatch(/trouble\s+no inotify/);
    await expectKept(place);
  });

  test('the limit is lifted: watching works again by itself', async () => {
    await using place = await realRoot({ agents: names });
    const gate = join(place.home, 'lift');
    // Only the namespace's own root may lift it; it hears of that by a file.
    const script = `echo 50 > /proc/sys/user/max_inotify_watches
      (while [ ! -e ${gate} ]; do sleep 0.1; done; echo 100000 > /proc/sys/user/max_inotify_watches) &
      exec "$@"`;
    const runner = place.start({ under: ['unshare', '-Ur', 'sh', '-c', script, 'sh'] });
    await runner.says(/watching: no inotify watch is left/);
    writeFileSync(gate, '');
    await runner.says(/watching: works again/);
    const id = await place.send(names.at(-1)!);
    await replied(place, runner, names.at(-1)!, id);
    await expectKept(place);
  });

  test('control: without polling, the inboxes beyond the limit stay deaf', async () => {
    await using place = await realRoot({ agents: names });
    const runner = place.start({ orders: { control: 'deaf' }, under: limited('max_inotify_watches', 50) });
    await runner.says(/READY/);
    await runner.says(/no inotify watch is left/);
    const deaf = names.at(-1)!;
    // How long it takes is measured by a runner that polls.
    await using other = await realRoot({ agents: names });
    const polling = other.start({ under: limited('max_inotify_watches', 50) });
    await polling.says(/no inotify watch is left/);
    const isAnswered = async (): Promise<boolean> => {
      const id = await place.send(deaf);
      for (let round = 0; round < 2; round++) await replied(other, polling, deaf, await other.send(deaf));
      return (await place.outcome(deaf, id)) !== null;
    };
    // On a slow machine its first look, when it starts, may still find the first one.
    expect((await isAnswered()) && (await isAnswered())).toBe(false);
    expect(runner.isAlive()).toBe(true);
  });
});

describe('the root', () => {
  test('is moved away in the middle of the work and comes back: it is said, and the work goes on', async () => {
    await using place = await realRoot({ agents: ['alpha', 'beta'], latencyMs: '300' });
    const runner = place.start();
    const running = await place.send('alpha');
    await until('a claude to ask its model', () => place.ledger().some(({ what }) => what === 'model-request'));
    const waiting = await place.send('alpha');
    renameSync(place.root, `${place.root}-away`);
    await runner.says(/is not there: unmounted, or moved away \(ENOENT\); trying again every second/);
    expect(runner.isAlive()).toBe(true);
    expect(place.command('status', 'alpha').code).toBe(66);
    expect(existsSync(place.root)).toBe(false);
    renameSync(`${place.root}-away`, place.root);
    await replied(place, runner, 'alpha', running);
    await replied(place, runner, 'alpha', waiting);
    await runner.says(/over: .* is not there/);
    await replied(place, runner, 'beta', await place.send('beta'));
    await expectKept(place);
  });

  test('control: a runner that ends at its first fault does not come back with it', async () => {
    await using place = await realRoot({ agents: ['alpha'] });
    const runner = place.start({ orders: { control: 'one-fault' } });
    await runner.says(/READY/);
    renameSync(place.root, `${place.root}-away`);
    await runner.exited;
    renameSync(`${place.root}-away`, place.root);
    const id = await place.send('alpha');
    await expect(replied(place, runner, 'alpha', id)).rejects.toThrow('the runner has ended');
  });

  describe.skipIf(mountable !== null)(`on a mount${mountable ? ` (${mountable})` : ''}`, () => {
    const rebind = (root: string) => void execFileSync('mount', ['--bind', `${root}-store`, root]);
    const bind = (root: string) => {
      mkdirSync(`${root}-store`, { mode: 0o700 });
      rebind(root);
      return () => {
        // As often as it is mounted: a test that failed half-way left more than one.
        while (whyNot('umount', root) === null);
      };
    };
    // On top of the other, because files that are open for writing forbid a remount. New look-ups see it.
    const turnReadOnly = ({ root }: RealRoot) => execFileSync('mount', ['--bind', '-o', 'ro', `${root}-store`, root]);
    const turnBack = ({ root }: RealRoot) => execFileSync('umount', ['-l', root]);

    test('turns read-only in the middle of a turn and back: it is said, and the turn is finished', async () => {
      await using place = await realRoot({ agents: ['alpha'], latencyMs: '400', mount: bind });
      const runner = place.start();
      const id = await place.send('alpha');
      await until('a claude to ask its model', () => place.ledger().some(({ what }) => what === 'model-request'));
      const waiting = await place.send('alpha');
      turnReadOnly(place);
      await runner.says(/is mounted read-only \(EROFS\); trying again every second/);
      expect(place.command('status', 'alpha').stdout).toMatch(/trouble\s+.* is mounted read-only/);
      turnBack(place);
      await replied(place, runner, 'alpha', id);
      await replied(place, runner, 'alpha', waiting);
      await runner.says(/over: .* is mounted read-only/);
      await expectKept(place);
    });

    test('is unmounted and mounted again: nothing is written into the empty mount point, watches are made again', async () => {
      await using place = await realRoot({ agents: ['alpha'], mount: bind });
      const runner = place.start();
      await runner.says(/READY/);
      execFileSync('umount', ['-l', place.root]);
      await runner.says(/is not there: unmounted/);
      expect(await place.files.list(place.root)).toEqual([]);
      rebind(place.root);
      await runner.says(/over: .* is not there/);
      await replied(place, runner, 'alpha', await place.send('alpha'));
      await expectKept(place);
    });
  });
});

/** null: this process may mount; else why not. */
function canMount(): string | null {
  const probe = mkdtempSync(join(tmpdir(), 'mount-'));
  const why = whyNot('mount', '-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', probe);
  if (why === null) execFileSync('umount', [probe]);
  rmSync(probe, { recursive: true });
  return why;
}
