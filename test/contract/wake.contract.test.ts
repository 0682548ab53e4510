import { execFile, spawn } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { chmod, rename } from 'node:fs/promises';
import { createServer, Server } from 'node:net';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { rootLayout } from '#blackboard/layout.ts';
import { limits } from '#blackboard/system/limits.ts';
import { credentialsProblem } from '#blackboard/system/peer-credentials.ts';
import { REFUSALS } from '#runner/wake/answer.ts';
import { notifyPeer } from '#runner/wake/client.ts';
import { createSignalLog } from '#runner/wake/signal-log.ts';
import { findSocketDirectory, makeSocketDirectory } from '#runner/wake/socket-directory.ts';
import { files, lazy, line, say, served } from './wake-served.ts';

const modeOf = (path: string) => (lstatSync(path).mode & 0o777).toString(8);
const isRoot = process.getuid?.() === 0;

describe('the socket', () => {
  test('is 0600 in a directory of 0700, and its token 0400', async () => {
    await using it = await served();
    expect([it.place.home, it.place.socket, it.place.token].map(modeOf)).toEqual(['700', '600', '400']);
  });

  test('is never open to others, not from its first instant: no name of it ever had another mode', async () => {
    await using it = await served();
    // Whatever an observer could see while sockets are made: here every state between two calls, because all of them are
    // synchronous, is the one before or the one after.
    const seen = new Set<string>();
    // The one call in which the kernel makes it: with this mask it cannot come out open.
    const masks: number[] = [];
    const { listen } = Server.prototype;
    const made = vi.spyOn(Server.prototype, 'listen').mockImplementation(function (this: Server, ...words) {
      masks.push(process.umask());
      return listen.apply(this, words as Parameters<typeof listen>);
    });
    onTestFinished(() => made.mockRestore());
    for (let each = 0; each < 20; each++) {
      const restarted = it.restart();
      for (const name of readdirSync(it.place.home))
        seen.add(`${name.replace(/\..*/, '')} ${modeOf(join(it.place.home, name))}`);
      await restarted;
    }
    expect([...seen].filter(each => !/ [46]00$/.test(each))).toEqual([]);
    expect(masks).toEqual(Array(20).fill(0o077));
    expect(process.umask()).not.toBe(0o077);
  });

  test('is replaced in one step when the peer starts again, and the one before takes nothing with it when it goes', async () => {
    await using it = await served();
    const before = it.token();
    await it.restart();
    expect(it.token()).not.toBe(before);
    expect(await say(it.place.socket, line(it.token()))).toMatchObject({ answer: 'accepted' });
    expect(readdirSync(it.place.home).sort()).toEqual(['admission.json', 'notify.sock', 'notify.token', 'signals.log']);
  });

  test('takes the place of what a killed server left there', async () => {
    await using it = await served();
    const stale = createServer().listen(join(it.place.home, 'x'));
    await rename(join(it.place.home, 'x'), it.place.socket);
    await it.restart();
    expect(await say(it.place.socket, line(it.token()))).toMatchObject({ answer: 'accepted' });
    stale.close();
  });

  test('goes with its server, and so does the token', async () => {
    const it = await served();
    const { socket, token } = it.place;
    await it.server[Symbol.asyncDispose]();
    expect([existsSync(socket), existsSync(token)]).toEqual([false, false]);
    expect(await notifyPeer(it.root, 'peer', { type: 'wake' })).toMatchObject({ answer: 'unavailable' });
    await it[Symbol.asyncDispose]();
  });

  test('is not made behind a link, nor used there by a client', async () => {
    await using it = await served();
    const elsewhere = join(it.work, 'elsewhere');
    mkdirSync(elsewhere, { mode: 0o700 });
    symlinkSync(elsewhere, join(it.root, 'wake', 'linked'));
    await expect(makeSocketDirectory(files, it.root, 'linked')).rejects.toThrow('not a directory');
    await expect(findSocketDirectory(it.root, 'linked')).rejects.toThrow('not a directory');
  });

  test('of an open directory is shut by its server, and a client tells the token to nobody there', async () => {
    await using it = await served();
    await chmod(it.place.home, 0o755);
    await expect(notifyPeer(it.root, 'peer', { type: 'wake' })).rejects.toThrow('open to others');
    await it.restart();
    expect(modeOf(it.place.home)).toBe('700');
  });

  test('that is a link, or no socket, is told no token', async () => {
    await using it = await served();
    const { socket } = it.place;
    await rename(socket, `${socket}.real`);
    symlinkSync(`${socket}.real`, socket);
    await expect(notifyPeer(it.root, 'peer', { type: 'wake' })).rejects.toThrow('is not a socket');
    rmSync(socket);
    writeFileSync(socket, '');
    await expect(notifyPeer(it.root, 'peer', { type: 'wake' })).rejects.toThrow('is not a socket');
    expect(existsSync(it.place.log), 'nobody heard anything').toBe(false);
  });

  test.runIf(isRoot)('of somebody else’s is told no token', async () => {
    await using it = await served();
    await promisify(execFile)('chown', ['nobody', it.place.socket]);
    await expect(notifyPeer(it.root, 'peer', { type: 'wake' })).rejects.toThrow('not to you');
    expect(existsSync(it.place.log), 'nobody heard anything').toBe(false);
  });

  test.runIf(isRoot)('in a directory of somebody else’s is refused, by the server and by the client', async () => {
    await using it = await served();
    await promisify(execFile)('chown', ['nobody', it.place.home]);
    await expect(findSocketDirectory(it.root, 'peer')).rejects.toThrow('not to you');
    await expect(makeSocketDirectory(files, it.root, 'peer')).rejects.toThrow('not to you');
  });

  test('of a root that is too long lies in a short private directory, which is recorded, found and taken away', async () => {
    const it = await served({ root: join('l'.repeat(60), 'o'.repeat(60)) });
    const { short, socket, home } = it.place;
    expect(Buffer.byteLength(socket)).toBeLessThanOrEqual(limits.socketPathBytesMax);
    expect([modeOf(short!), modeOf(socket)]).toEqual(['700', '600']);
    expect(readFileSync(join(home, 'notify.path'), 'utf8').trim()).toBe(short);
    expect(await notifyPeer(it.root, 'peer', { type: 'wake' })).toMatchObject({ answer: 'accepted' });
    await it.restart();
    expect(it.place.short).toBe(short);
    expect(await notifyPeer(it.root, 'peer', { type: 'wake' })).toMatchObject({ answer: 'duplicate' });
    await chmod(short!, 0o777);
    expect(await notifyPeer(it.root, 'peer', { type: 'wake' })).toMatchObject({ answer: 'unavailable' });
    await it.server[Symbol.asyncDispose]();
    expect(existsSync(short!)).toBe(false);
    await it[Symbol.asyncDispose]();
  });
});

describe('who may speak', () => {
  test.runIf(isRoot)(
    'another user is refused by the kernel’s word, although the socket stands open and the token is right',
    async () => {
      await using it = await served();
      for (let path = it.place.home; path !== '/tmp'; path = dirname(path)) await chmod(path, 0o755);
      await chmod(it.place.socket, 0o666);
      const client = `
      const socket = require('node:net').connect(${JSON.stringify(it.place.socket)});
      socket.on('connect', () => socket.write(${JSON.stringify(line(it.token()))}));
      socket.pipe(process.stdout);
      socket.on('error', error => process.stdout.write(error.code));`;
      const as = (uid: string) =>
        promisify(execFile)('setpriv', [
          '--reuid',
          uid,
          '--regid',
          '65534',
          '--clear-groups',
          process.execPath,
          '-e',
          client,
        ]);
      const { stdout } = await as('65534');
      expect(JSON.parse(stdout)).toEqual({ answer: 'refused', code: 'other-user' });
      expect(it.recorded).toEqual([]);
      expect(it.logged()).toMatchObject([
        { uid: 65534, pid: expect.any(Number), type: null, decision: 'refused', reason: 'other-user' },
      ]);
      // The same client as ourselves is heard: it was the user that was refused.
      expect(JSON.parse((await as('0')).stdout)).toMatchObject({ answer: 'accepted' });
    },
  );

  test.runIf(isRoot)('without the kernel’s word the mode keeps another user out', async () => {
    await using it = await served({ asksKernel: false });
    for (let path = dirname(it.place.home); path !== '/tmp'; path = dirname(path)) await chmod(path, 0o755);
    const client = `require('node:net').connect(${JSON.stringify(it.place.socket)}).on('error', error => process.stdout.write(error.code)).on('connect', () => process.exit());`;
    const submit = async () =>
      (
        await promisify(execFile)('setpriv', [
          '--reuid',
          '65534',
          '--clear-groups',
          '--regid',
          '65534',
          process.execPath,
          '-e',
          client,
        ])
      ).stdout;
    expect(await submit()).toBe('EACCES');
    await chmod(it.place.home, 0o755);
    expect(await submit()).toBe('EACCES');
  });

  test('the kernel is asked here, and says who it is', async () => {
    expect(await credentialsProblem()).toBeNull();
    await using it = await served();
    await say(it.place.socket, line(it.token()));
    expect(it.logged()).toMatchObject([{ uid: process.getuid?.(), pid: process.pid }]);
  });

  test('a wrong token, an old one, and none are refused', async () => {
    await using it = await served();
    const old = it.token();
    await it.restart();
    for (const token of ['', 'x', old, it.token().slice(0, -1), `${it.token()} `])
      expect(await say(it.place.socket, line(token))).toEqual({ answer: 'refused', code: 'bad-token' });
  });

  test('no token, right or wrong, stands in the log or anywhere else below wake/', async () => {
    await using it = await served();
    const token = it.token();
    await say(it.place.socket, line(token));
    await say(it.place.socket, line('a-wrong-token-of-somebody'));
    await say(it.place.socket, `{"token":"${token}","type":"wake","message":"text of a stranger"}\n`);
    for (const name of ['signals.log', 'admission.json']) {
      const text = readFileSync(join(it.place.home, name), 'utf8');
      for (const secret of [token, 'a-wrong-token', 'stranger']) expect(text).not.toContain(secret);
    }
  });
});

describe('a line', () => {
  test('may come in pieces, and may end with the client’s side instead of a newline', async () => {
    await using it = await served();
    const said = line(it.token());
    const socket = await lazy(it.place.socket, said.slice(0, 10));
    socket.write(said.slice(10));
    expect(JSON.parse(await socket.over)).toMatchObject({ answer: 'accepted' });
    expect(await say(it.place.socket, said.trim(), true)).toMatchObject({ answer: 'duplicate' });
  });

  test('that is none is refused with its code, and nothing is written down', async () => {
    await using it = await served();
    const token = it.token();
    const wake = line(token);
    const cases: [string | Uint8Array, string][] = [
      [`${wake}${wake}`, 'second-line'],
      ['hello\n', 'not-json'],
      [line(token, { type: 'wake', text: 'x' }), 'unknown-field'],
      [line(token, { type: 'wake', path: { a: 1 } }), 'not-a-string'],
      [line(token, {}), 'missing-field'],
      [line(token, { type: 'reboot' }), 'unknown-type'],
      [Buffer.from([0xff, 0x0a]), 'not-utf8'],
      [`{"token":${JSON.stringify(token)},"type":"wake","type":"wake"}\n`, 'duplicate-field'],
      [`${'x'.repeat(5000)}`, 'too-long'],
      [`${'x'.repeat(1_000_000)}\n`, 'too-long'],
    ];
    for (const [said, code] of cases) expect(await say(it.place.socket, said)).toEqual({ answer: 'refused', code });
    expect(it.recorded).toEqual([]);
    expect(it.logged().map(({ reason }) => reason)).toEqual(cases.map(([, code]) => code));
  });

  test('that does not end within a second is cut', async () => {
    await using it = await served();
    const since = performance.now();
    const socket = await lazy(it.place.socket);
    expect(JSON.parse(await socket.over)).toEqual({ answer: 'refused', code: 'too-slow' });
    expect(performance.now() - since).toBeGreaterThan(limits.wakeLineMs - 20);
    expect(limits.wakeLineMs).toBe(1_000);
  });

  test('of a 65th client cuts the one that has taken longest; a good one is heard at once', async () => {
    await using it = await served();
    const slow = [];
    for (let each = 0; each < limits.wakeConnectionsMax; each++) slow.push(await lazy(it.place.socket));
    expect(it.server.openCount()).toBe(limits.wakeConnectionsMax);
    expect(await say(it.place.socket, line(it.token()))).toMatchObject({ answer: 'accepted' });
    expect(JSON.parse(await slow[0]!.over)).toEqual({ answer: 'refused', code: 'too-many' });
    expect(it.server.openCount()).toBeLessThanOrEqual(limits.wakeConnectionsMax);
  });
});

test('two hundred slow clients of another process, replaced as fast as they are cut, keep no good one out', async () => {
  await using it = await served();
  const script = `
    const one = () => {
      const socket = require('node:net').connect(process.argv[1], () => { socket.write('{"tok'); process.stdout.write('.'); });
      socket.on('error', () => {}).on('data', () => {}).on('close', one);
    };
    for (let each = 0; each < 200; each++) one();`;
  const slow = spawn(process.execPath, ['-e', script, it.place.socket], { stdio: ['ignore', 'pipe', 'ignore'] });
  let seen = 0;
  slow.stdout.on('data', (piece: Buffer) => {
    seen += piece.length;
  });
  try {
    while (seen < 400) await new Promise(setImmediate);
    for (let each = 0; each < 30; each++)
      expect((await say(it.place.socket, line(it.token())))?.answer).toMatch(/accepted|duplicate/);
    expect(it.recorded).toHaveLength(1);
  } finally {
    slow.kill('SIGKILL');
  }
});

describe('a changed file', () => {
  test('must be there and lie, links followed, where the peer works', async () => {
    await using it = await served();
    const outside = join(dirname(it.work), 'outside');
    writeFileSync(outside, '');
    writeFileSync(join(it.work, 'inside'), '');
    symlinkSync(outside, join(it.work, 'leads-out'));
    symlinkSync(join(it.work, 'inside'), join(dirname(it.work), 'leads-in'));
    mkdirSync(`${it.work}-next`);
    writeFileSync(join(`${it.work}-next`, 'x'), '');
    const said = async (path: string) => {
      const answer = await say(it.place.socket, line(it.token(), { type: 'file_changed', path }));
      return answer!.answer === 'refused' ? answer!.code : 'taken';
    };
    expect(await said(join(it.work, 'inside'))).toBe('taken');
    expect(await said(join(dirname(it.work), 'leads-in'))).toBe('taken');
    expect(await said(join(it.work, '..', 'work'))).toBe('taken');
    for (const path of [
      outside,
      join(it.work, 'leads-out'),
      join(it.work, 'not-there'),
      '/etc/passwd',
      '/',
      join(`${it.work}-next`, 'x'),
    ])
      expect(await said(path)).toBe('path-outside');
    expect(it.recorded.map(({ path }) => path)).toEqual([join(it.work, 'inside'), it.work]);
  });
});

describe('limits', () => {
  test('a thousand wakes in a second give two turns at most', async () => {
    await using it = await served();
    let turns = 0;
    const said = line(it.token());
    for (let batch = 0; batch < 50; batch++) {
      await Promise.all(Array.from({ length: 20 }, () => say(it.place.socket, said)));
      it.pass(20);
      turns += Math.sign(await it.turn());
    }
    for (let each = 0; each < 30; each++) {
      it.pass(1000);
      turns += Math.sign(await it.turn());
    }
    expect(turns).toBe(2);
    expect(it.logged()).toHaveLength(1000);
  });

  test('hold over a restart, and a clock that is set back or forward grants nothing', async () => {
    await using it = await served();
    const submit = async (each: number) => {
      writeFileSync(join(it.work, `f${each}`), '');
      return say(it.place.socket, line(it.token(), { type: 'file_changed', path: join(it.work, `f${each}`) }));
    };
    for (let each = 0; each < 30; each++) expect((await submit(each))!.answer).not.toBe('refused');
    const refused = { answer: 'refused', code: 'rate-minute' };
    expect(await submit(30)).toMatchObject({ ...refused, retryAt: '2026-11-21T12:01:00.000Z' });
    await it.restart();
    expect(await submit(30)).toMatchObject(refused);
    for (const wall of ['2027-11-21T12:00:00Z', '2020-01-01T00:00:00Z', '2026-11-21T12:05:00Z']) {
      it.setWall(Date.parse(wall));
      expect(await submit(30)).toMatchObject(refused);
    }
    it.pass(60_000);
    expect(await submit(30)).toMatchObject({ answer: 'coalesced' });
  });

  test('over its budget a peer refuses, and says from when on not', async () => {
    await using it = await served();
    it.budget.retryAtMs = Date.parse('2026-11-22T00:00:00Z');
    expect(await say(it.place.socket, line(it.token()))).toEqual({
      answer: 'refused',
      code: 'budget',
      retryAt: '2026-11-22T00:00:00.000Z',
    });
    expect(it.recorded).toEqual([]);
  });
});

test('an answer that says it was taken comes after it is on disk, and names it', async () => {
  let isAnswered = false;
  let release = () => {};
  const held = new Promise<void>(resolve => {
    release = resolve;
  });
  await using it = await served({ onRecord: () => held });
  const answer = say(it.place.socket, line(it.token())).then(said => {
    isAnswered = true;
    return said;
  });
  while (!existsSync(it.place.state)) await new Promise(setImmediate);
  expect(isAnswered).toBe(false);
  release();
  const { id } = (await answer) as { id: string };
  expect(readdirSync(join(it.root, 'signals')).some(name => name.includes(id))).toBe(true);
});

test('the switch stops all of it at once, for anyone who has the token as well', async () => {
  await using it = await served();
  writeFileSync(rootLayout(it.root).disableSignals, '');
  expect(await say(it.place.socket, line(it.token()))).toEqual({ answer: 'refused', code: 'disabled' });
  expect(it.logged()).toMatchObject([{ type: 'wake', decision: 'refused', reason: 'disabled' }]);
  await files.remove(rootLayout(it.root).disableSignals);
  expect(await say(it.place.socket, line(it.token()))).toMatchObject({ answer: 'accepted' });
});

test('signals.log is started again when it is full; two before it are kept', async () => {
  await using it = await served();
  const path = join(it.root, 'signals.log');
  const log = createSignalLog(files, path, () => {});
  const entry = {
    at: '',
    source: 'x'.repeat(limits.signalLogBytesMax / 4),
    uid: 0,
    pid: 0,
    type: null,
    decision: 'refused',
    reason: null,
  } as const;
  for (let each = 0; each < 20; each++) await log.write(entry);
  const kept = readdirSync(it.root)
    .filter(name => name.startsWith('signals.log'))
    .sort();
  expect(kept).toEqual(['signals.log', 'signals.log.1', 'signals.log.2']);
  for (const name of kept) expect(lstatSync(join(it.root, name)).size).toBeLessThanOrEqual(limits.signalLogBytesMax);
});

test('every code of a refusal is explained to people', () => {
  expect(Object.values(REFUSALS).every(words => words.length > 10)).toBe(true);
});
