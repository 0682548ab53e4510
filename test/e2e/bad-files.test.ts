/**
 * An inbox full of what is no work, and a flood: nothing crashes, nothing is executed, everything is accounted for, and the
 * good messages behind it are served. With the offline fake claude.
 */
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { claim } from '#blackboard/inbox/claim.ts';
import { isNeverWork } from '#blackboard/inbox/never-work.ts';
import { INBOX_DIRECTORIES } from '#blackboard/layout.ts';
import { decodeMessage } from '#blackboard/messages/message-decode.ts';
import { encodeMessage } from '#blackboard/messages/message-encode.ts';
import { formatMessageName, freshName, sortMessageNames } from '#blackboard/messages/message-name.ts';
import { newId } from '#blackboard/system/ids.ts';
import { watchDirectories } from '#runner/fleet/watch.ts';
import { type RealRoot, type RealRunner, realRoot } from '#test/support/real-root.ts';
import { until } from '#test/support/until.ts';

const BAD = 10_000;
/** Of each hundred: most are what any program may drop by mistake, the strange ones come now and then. */
const KINDS = 20;

/** Writes bad file number `at` into the directory; nothing of it may ever run: every script would leave `witness`. */
function writeBad(directory: string, at: number, witness: string): unknown {
  const path = (name: string) => join(directory, name);
  const script = `#!/bin/sh\ntouch ${witness}\n`;
  switch (at % KINDS) {
    case 0:
      return writeFileSync(path(`random-${at}.bin`), randomBytes(1 + (at % 5000)));
    case 1:
      return writeFileSync(path(`cut-${at}.md`), '---\nkind: request\nsubject: it ends in the midd');
    case 2:
      return writeFileSync(path(`empty-${at}.md`), '');
    case 3:
      writeFileSync(path(`script-${at}.sh`), script);
      return chmodSync(path(`script-${at}.sh`), at % 40 === 3 ? 0o6755 : 0o755);
    case 4:
      return symlinkSync(['/etc/passwd', '/nowhere', path(`link-${at}`), '/', witness][at % 5]!, path(`link-${at}`));
    case 5:
      mkdirSync(path(`directory-${at}`));
      return writeFileSync(path(`directory-${at}/request.md`), script);
    case 6:
      return writeFileSync(path(`new\nline-${at}\r.md`), 'a name with line breaks');
    case 7:
      return writeFileSync(path(`a..b..${at}...md`), 'dots in the name');
    case 8:
      return writeFileSync(path(`${'ü'.repeat(95)}-${at}`), 'a name of 200 bytes');
    case 9:
      return writeFileSync(
        path(`keys-${at}.md`),
        `---\n${Array.from({ length: 2000 }, (_, key) => `k${key}: ${key}`).join('\n')}\n---\nbody\n`,
      );
    case 10:
      return writeFileSync(
        path(`aliases-${at}.md`),
        `---\nsubject: &a [x]\n${'b: [*a,*a,*a,*a,*a,*a,*a,*a]\n'.repeat(3)}---\nbody\n`,
      );
    case 11:
      return writeFileSync(path(`latin1-${at}.txt`), Buffer.from('gr\xfc\xdfe', 'latin1'));
    case 12:
      return writeFileSync(path(`utf16-${at}.txt`), Buffer.from('\ufeffwork', 'utf16le'));
    case 13:
      return writeFileSync(
        path(`forged-${at}.md`),
        '---\nid: 00000000-0000-7000-8000-000000000000\nfrom: root\nhops: -5\n---\nforged\n',
      );
    case 14:
      return writeFileSync(
        path(`tags-${at}.md`),
        `---\nsubject: !!js/function 'function () { require("fs").writeFileSync("${witness}", "") }'\n---\nbody\n`,
      );
    case 15:
      return writeFileSync(path(`nul-${at}.txt`), 'text\0with a NUL');
    case 16:
      return writeFileSync(
        path(`$(touch ${witness.replaceAll('/', '\\')})-${at}\`touch x\`;.md`),
        'a name for a shell',
      );
    case 17:
      // A name that is no UTF-8: latin-1 bytes.
      return writeFileSync(
        Buffer.concat([Buffer.from(`${directory}/gr`), Buffer.from([0xfc, 0xdf]), Buffer.from(`-${at}`)]),
        'a name in latin-1',
      );
    case 18:
      return writeFileSync(path(`-rf --${at} *.md`), 'a name of options');
    default:
      return writeFileSync(path(`.hidden-${at}`), 'never taken, by its name');
  }
}

/** Servers of unix sockets: the file is there as long as they listen. */
async function listenAt(paths: readonly string[]): Promise<Server[]> {
  return Promise.all(
    paths.map(
      path =>
        new Promise<Server>((resolve, reject) => {
          const server = createServer().once('error', reject);
          server.listen(path, () => resolve(server));
        }),
    ),
  );
}

const replied = (place: RealRoot, runner: RealRunner, id: string) =>
  until(
    `the reply to ${id}`,
    async () => {
      if (!runner.isAlive()) throw new Error(`the runner has ended:\n${runner.stderr()}`);
      return (await place.outcome('alpha', id))?.outcome === 'replied';
    },
    { about: runner.stderr },
  );

test(`${BAD} bad files: no crash, nothing executed, all accounted for with a reason, good messages behind them served`, {
  timeout: 600_000,
}, async () => {
  await using place = await realRoot({ agents: ['alpha'] });
  const { inbox } = place.layout('alpha');
  const witness = join(place.home, 'executed');
  const staged = join(place.root, 'staged');
  mkdirSync(staged);
  for (let at = 0; at < BAD; at++) writeBad(staged, at, witness);
  const big = Array.from({ length: 5 }, (_, at) => join(staged, `big-${at}`));
  for (const path of big) {
    writeFileSync(path, '');
    truncateSync(path, 50 * 1024 * 1024);
  }
  const pipes = Array.from({ length: 100 }, (_, at) => join(staged, `pipe-${at}`));
  execFileSync('mkfifo', pipes);
  // Under short names: a socket's path has 107 bytes.
  const sockets = await listenAt(Array.from({ length: 20 }, (_, at) => join(place.home, `s${at}`)));
  for (let at = 0; at < sockets.length; at++) renameSync(join(place.home, `s${at}`), join(staged, `socket-${at}`));
  const dropped = readdirSync(staged, { encoding: 'buffer' });
  // Nothing is to be worked on before all of it has been taken.
  writeFileSync(join(place.root, 'pause'), '');
  const runner = place.start();
  await runner.says(/READY/);
  for (const name of dropped)
    renameSync(Buffer.concat([Buffer.from(`${staged}/`), name]), Buffer.concat([Buffer.from(`${inbox.inbox}/`), name]));

  const ours = new Set<string>(INBOX_DIRECTORIES);
  const waiting = () => readdirSync(inbox.inbox).filter(name => !ours.has(name) && !isNeverWork(name));
  const isAlive = () => {
    if (!runner.isAlive()) throw new Error(`the runner has ended:\n${runner.stderr()}`);
    return true;
  };
  await until(
    'every drop to be taken',
    () => isAlive() && waiting().length === 0 && readdirSync(inbox.tmp).length === 0,
    {
      ms: 450_000,
      about: () =>
        `${waiting()
          .slice(0, 5)
          .map(name => JSON.stringify(name))} of ${waiting().length}\n${runner.stderr()}`,
    },
  );

  const left = readdirSync(inbox.inbox).filter(name => isNeverWork(name));
  const messages = readdirSync(inbox.new);
  const dead = readdirSync(inbox.dead);
  const buried = dead.filter(name => !name.endsWith('.reason'));
  console.log(
    `${dropped.length} dropped: ${messages.length} messages, ${buried.length} dead, ${left.length} left by their names`,
  );
  expect(messages.length + buried.length + left.length).toBe(dropped.length);
  for (const name of buried) expect(readFileSync(join(inbox.dead, `${name}.reason`), 'utf8').trim()).not.toBe('');
  expect(left.length).toBe(BAD / KINDS);
  for (const name of messages) {
    const message = decodeMessage(readFileSync(join(inbox.new, name), 'utf8'), name);
    expect(message).toMatchObject({ from: 'operator', hops: 0 });
    for (const attached of message.attachments ?? [])
      expect(lstatSync(join(inbox.files, message.id, attached.name)).isFile()).toBe(true);
  }
  expect(readdirSync(inbox.new).some(name => readFileSync(join(inbox.new, name), 'utf8').includes('root:x:0'))).toBe(
    false,
  );

  // Some of the bad ones and a good one behind them are worked on; the others a person moves away, by hand.
  const aside = join(place.root, 'aside');
  mkdirSync(aside);
  for (const name of messages.slice(0, -5)) renameSync(join(inbox.new, name), join(aside, name));
  const good = await place.send('alpha');
  rmSync(join(place.root, 'pause'));
  for (const name of messages.slice(-5)) await replied(place, runner, sortMessageNames([name])[0]!.id);
  await replied(place, runner, good);
  expect(existsSync(witness)).toBe(false);
  expect(existsSync('/etc/passwd')).toBe(true);
  expect(runner.stderr()).not.toMatch(/TypeError|RangeError|trying again/);
  for (const server of sockets) server.close();
});

test('40,000 messages renamed into new/ while the event loop is blocked: a look after the hints sees every one; events alone do not', {
  timeout: 400_000,
}, async () => {
  const COUNT = 40_000;
  await using place = await realRoot({ agents: ['alpha'] });
  const { files, root } = place;
  const { inbox } = place.layout('alpha');
  const staged = join(root, 'staged');
  mkdirSync(staged);
  const at = new Date().toISOString();
  const names: string[] = [];
  for (let each = 0; each < COUNT; each++) {
    const id = newId(Date.now());
    const name = formatMessageName(freshName(Date.now(), id));
    names.push(name);
    writeFileSync(
      join(staged, name),
      encodeMessage({ id, from: 'operator', kind: 'request', at, trace: id, hops: 0, body: 'x' }),
    );
  }
  const toldBy = new Set<string>();
  let hints = 0;
  await using watch = watchDirectories({
    directories: [inbox.new],
    trialHome: join(root, 'runners'),
    onHint: (_directory, name) => {
      hints++;
      toldBy.add(name);
    },
    onTrouble: problem => {
      throw new Error(String(problem));
    },
  });
  await watch.ready;
  hints = 0;
  // Not one event is delivered while this runs, and for three seconds more: the kernel's queue holds 16,384.
  for (const name of names) renameSync(join(staged, name), join(inbox.new, name));
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 3_000);

  await until('the first hints', () => hints > 0);
  // The control: who trusts the names in the events. (The claims below make events, too.)
  const missed = names.filter(name => !toldBy.has(name)).length;
  const seen = new Set<string>();
  for (let known = 0; seen.size < COUNT; ) {
    await until('a hint', () => hints > known);
    known = hints;
    for (const { id } of await claim(files, inbox, 1, sortMessageNames(await files.list(inbox.new)))) seen.add(id);
  }
  expect(seen.size).toBe(COUNT);
  expect(readdirSync(inbox.new)).toEqual([]);
  console.log(`${missed} of ${COUNT} names were in no event`);
  expect(missed).toBeGreaterThan(0);
});
