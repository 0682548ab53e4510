import {
  appendFileSync,
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { BOARD_START, formatCursor, parseCursor } from '#blackboard/board/cursor.ts';
import { readDropText } from '#blackboard/board/drop-text.ts';
import {
  type Asks,
  decodeEntry,
  type Entry,
  encodeEntry,
  visibleBackward,
  visibleEntries,
} from '#blackboard/board/entry.ts';
import { entriesBackward } from '#blackboard/board/history.ts';
import { keepMark, takeMark } from '#blackboard/board/nothing-new.ts';
import { entryText, postEntry, postOnce } from '#blackboard/board/post.ts';
import { endOfBoard, readBoard } from '#blackboard/board/read.ts';
import { settleBoardDrops } from '#blackboard/board/settle-drops.ts';
import { boardLayout, sessionLayout } from '#blackboard/layout.ts';
import { makeRoot } from '#blackboard/root.ts';
import { systemClock } from '#blackboard/system/clock.ts';
import type { Files } from '#blackboard/system/files.ts';
import { newId } from '#blackboard/system/ids.ts';
import { selfIdentity } from '#blackboard/system/process-identity.ts';
import { createRunnerFiles } from '#blackboard/system/runner-files.ts';
import { parseDuration } from '#blackboard/text/when.ts';

const files = createRunnerFiles();
const self = selfIdentity();
const entry = (text: string, more: Partial<Entry> = {}): Entry => ({
  id: newId(Date.now()),
  at: new Date().toISOString(),
  from: 'a',
  kind: 'note',
  text,
  ...more,
});
let root: string;
let board: ReturnType<typeof boardLayout>;
beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'ar-board-'));
  board = boardLayout(root);
  await makeRoot(files, root, false);
});
afterEach(() => rmSync(root, { recursive: true }));
const post = (each: Entry, more = {}) => postEntry(files, root, each, { self, nowMs: Date.now(), ...more });
const texts = async (from = BOARD_START) => (await readBoard(files, board, from)).entries.map(({ text }) => text);

test('a new reader starts at the end, and reads on from where it was', async () => {
  await post(entry('before'));
  const end = await endOfBoard(files, board);
  await post(entry('after'));
  expect(await texts(end)).toEqual(['after']);
  expect(parseCursor(formatCursor(end))).toEqual(end);
});

test('a torn tail is left alone, mended by the next writer, and counted', async () => {
  await post(entry('one'));
  appendFileSync(join(board.home, '000001.jsonl'), '{"id":"torn');
  expect(await readBoard(files, board, BOARD_START)).toMatchObject({ torn: 0 });
  const cursor = (await readBoard(files, board, BOARD_START)).next;
  await post(entry('two'));
  expect(await texts()).toEqual(['one', 'two']);
  expect(await readBoard(files, board, cursor)).toMatchObject({ torn: 1 });
});

test('a full segment, and one of another day, is sealed; readers go on in the next one', async () => {
  for (let count = 0; count < 5; count++) await post(entry(`e${count}`), { segmentBytesMax: 300 });
  await post(entry('tomorrow'), { nowMs: Date.now() + 86_400_000 });
  const segments = readdirSync(board.home).filter(name => name.endsWith('.jsonl'));
  expect(segments.length).toBeGreaterThan(2);
  const lines = readFileSync(join(board.home, segments.sort().at(-1)!), 'utf8')
    .trimEnd()
    .split('\n');
  expect(
    lines.map(line => decodeEntry(line)?.text),
    'the other day has a segment of its own',
  ).toEqual(['tomorrow']);
  expect(await texts()).toEqual(['e0', 'e1', 'e2', 'e3', 'e4', 'tomorrow']);
  const backward: string[] = [];
  for await (const { text } of entriesBackward(files, board)) backward.push(text);
  expect(backward.reverse()).toEqual(await texts());
});

test('an entry that a crash repeats is found by its id from the recorded place on', async () => {
  const each = entry('once');
  const recorded = await endOfBoard(files, board);
  expect(await postOnce(files, root, each, recorded, { self, nowMs: Date.now() })).toBe('posted');
  expect(await postOnce(files, root, each, recorded, { self, nowMs: Date.now() })).toBe('exists');
  expect(await texts()).toEqual(['once']);
});

test('a line holds 32 KiB; a longer text goes beside it', async () => {
  const long = `${'é'.repeat(40_000)}END`;
  await post(entry(long));
  const [found] = (await readBoard(files, board, BOARD_START)).entries;
  expect(Buffer.byteLength(encodeEntry(found!))).toBeLessThan(32 * 1024);
  expect(found!.long?.bytes).toBe(Buffer.byteLength(long));
  expect(await entryText(files, root, found!)).toBe(long);
});

test('a board that was cut, cleared or started again is read again rather than missed', async () => {
  for (let count = 0; count < 4; count++) await post(entry(`e${count}`), { segmentBytesMax: 300 });
  const end = await endOfBoard(files, board);
  rmSync(join(board.home, '000001.jsonl'));
  expect(await texts()).not.toContain('e0');
  for (const name of [...readdirSync(board.home), ...readdirSync(board.sealed).map(each => `sealed/${each}`)])
    if (/jsonl$|sealed\/\d/.test(name)) rmSync(join(board.home, name), { recursive: true });
  await post(entry('anew'));
  expect(await texts(end)).toEqual(['anew']);
  const here = await endOfBoard(files, board);
  truncateSync(join(board.home, '000001.jsonl'), 0);
  await post(entry('cut'));
  expect(await texts(here)).toEqual(['cut']);
});

describe('the newest value of a key takes the place of the older', () => {
  const nowMs = Date.now();
  const past = new Date(nowMs - 1).toISOString();
  const soon = new Date(nowMs + 1_000).toISOString();
  const later = new Date(nowMs + 2_000).toISOString();
  const shown = (list: Entry[], asks: Asks = 'looks') => {
    const texts = visibleEntries(list, nowMs, asks).map(({ text }) => text);
    const backward = [...list].reverse().filter(visibleBackward(nowMs, asks));
    expect(backward.reverse().map(({ text }) => text)).toEqual(texts);
    return texts;
  };

  test('of its topic, and of no other', () => {
    expect(shown([entry('old', { key: 'k' }), entry('plain'), entry('new', { key: 'k' })])).toEqual(['plain', 'new']);
    const topics = [
      entry('ci', { key: 'k', topic: 'ci' }),
      entry('docs', { key: 'k', topic: 'docs' }),
      entry('none', { key: 'k' }),
    ];
    expect(shown(topics)).toEqual(['ci', 'docs', 'none']);
  });

  test('what is expired is not shown, and hides nothing: what it stood before comes back', () => {
    expect(shown([entry('gone', { expiresAt: past })])).toEqual([]);
    expect(shown([entry('stands', { key: 'x' }), entry('expired', { key: 'x', expiresAt: past })])).toEqual(['stands']);
  });

  test('an alert is its author’s: nobody else’s entry hides it, however new', () => {
    const alert = entry('alert', { kind: 'alert', topic: 'ci', key: 'build', from: 'watcher' });
    const others = entry('all is well', { topic: 'ci', key: 'build', from: 'mallory', expiresAt: soon });
    expect(shown([alert, others])).toEqual(['alert', 'all is well']);
    const over = entry('mended', { topic: 'ci', key: 'build', from: 'watcher' });
    expect(shown([alert, others, over])).toEqual(['mended']);
    expect(shown([alert, over, others])).toEqual(['all is well']);
  });

  test('a reader who moves on is told now what would come back behind its back', () => {
    const list = [entry('lasts', { key: 'k' }), entry('for now', { key: 'k', expiresAt: soon })];
    expect(shown(list)).toEqual(['for now']);
    expect(shown(list, 'moves-on')).toEqual(['lasts', 'for now']);
    const renewed = [entry('first', { key: 'k', expiresAt: soon }), entry('again', { key: 'k', expiresAt: later })];
    expect(shown(renewed, 'moves-on')).toEqual(['again']);
  });
});

describe('a file dropped onto the board', () => {
  const settle = () => settleBoardDrops(files, root, systemClock, new Map(), { self, once: true });
  const drop = (name: string, content: string | Uint8Array) => {
    const path = join(board.drop, name);
    writeFileSync(path, content);
    execTouch(path);
  };

  test('is nothing any more where it was taken away in the middle: no entry speaks of a file that is not there', async () => {
    drop('big.bin', new Uint8Array([0, 1, 2]));
    const link: Files['link'] = async (from, to) => {
      if (to.startsWith(board.texts)) rmSync(from);
      return files.link(from, to);
    };
    const torn: Files = { ...files, link };
    await settleBoardDrops(torn, root, systemClock, new Map(), { self, once: true });
    expect(await texts()).toEqual([]);
    expect(readdirSync(board.taken)).toEqual([]);
  });

  test('leaves no reason behind where it is gone before it is put aside', async () => {
    drop('empty.md', '');
    const torn: Files = {
      ...files,
      move: async (from, to) => (to.startsWith(board.dead) ? 'gone' : files.move(from, to)),
    };
    await settleBoardDrops(torn, root, systemClock, new Map(), { self, once: true });
    expect(readdirSync(board.dead)).toEqual([]);
  });

  test('becomes an entry, with what stands above its text', async () => {
    drop('a.md', '---\nkind: alert\ntopic: "ci"\nttl: 2h\n---\nit broke\n');
    expect(await settle()).toMatchObject({ taken: 1 });
    const [found] = (await readBoard(files, board, BOARD_START)).entries;
    expect(found).toMatchObject({ kind: 'alert', topic: 'ci', text: 'it broke\n', from: 'operator' });
    expect(found!.expiresAt).toBeDefined();
    expect(readdirSync(board.drop)).toEqual([]);
    expect(readdirSync(board.taken)).toEqual([]);
  });

  test('is posted once, though anyone who posted it died before the drop was removed', async () => {
    drop('a.md', 'once');
    await settle();
    const [found] = (await readBoard(files, board, BOARD_START)).entries;
    const taken = join(board.taken, `${found!.id},1:0,a.md`);
    writeFileSync(taken, 'once');
    execTouch(taken);
    await settle();
    expect(await texts()).toEqual(['once']);
    expect(readdirSync(board.taken)).toEqual([]);
  });

  test('rests first; what is no file, or empty, is buried with a reason; bytes are kept beside the entry', async () => {
    writeFileSync(join(board.drop, 'fresh.md'), 'not yet');
    // However long the lines below take.
    utimesSync(join(board.drop, 'fresh.md'), Date.now() / 1000 + 600, Date.now() / 1000 + 600);
    mkdirSync(join(board.drop, 'folder'));
    execTouch(join(board.drop, 'folder'));
    drop('empty', '');
    drop('image.png', new Uint8Array([0, 1, 2]));
    drop('x.swp', 'never');
    expect(await settle()).toMatchObject({ unstable: true });
    expect(readdirSync(board.dead).filter(name => name.endsWith('.reason'))).toHaveLength(2);
    const [found] = (await readBoard(files, board, BOARD_START)).entries;
    expect(found).toMatchObject({ kind: 'artifact', text: 'image.png (3 bytes)' });
    expect(readFileSync(found!.ref!)).toHaveLength(3);
    expect(readdirSync(board.drop).sort()).toEqual(['fresh.md', 'x.swp']);
  });

  test('is taken in the order of its age, and of its name as people count', async () => {
    for (const at of [10, 2, 1, 12, 11]) {
      drop(`entry-${at}`, `text ${at}`);
      utimesSync(join(board.drop, `entry-${at}`), 2, 2);
    }
    drop('z', 'the oldest');
    utimesSync(join(board.drop, 'z'), 1, 1);
    await settle();
    expect(await texts()).toEqual(['the oldest', 'text 1', 'text 2', 'text 10', 'text 11', 'text 12']);
  });

  test('that cannot be read or moved holds up no other, and is told of', async () => {
    drop('locked', 'x');
    drop('stuck', 'x');
    drop('fine', 'fine');
    const faulty: Files = {
      ...files,
      obstacle: async path => (path.endsWith('locked') ? 'EACCES' : null),
      move: async (from, to) => {
        if (from.endsWith('stuck')) throw Object.assign(new Error('EPERM'), { code: 'EPERM' });
        return files.move(from, to);
      },
    };
    const settled = await settleBoardDrops(faulty, root, systemClock, new Map(), { self, once: true });
    expect(settled.left.map(({ name, errno }) => `${name} ${errno}`).sort()).toEqual(['locked EACCES', 'stuck EPERM']);
    expect(await texts()).toEqual(['fine']);
  });

  test("of which no link may be made (another owner's file) is copied", async () => {
    drop('image.png', new Uint8Array([0, 1, 2]));
    const refusing: Files = {
      ...files,
      link: async (from, to) => {
        if (to.startsWith(board.texts)) throw Object.assign(new Error('EPERM'), { code: 'EPERM' });
        return files.link(from, to);
      },
    };
    await settleBoardDrops(refusing, root, systemClock, new Map(), { self, once: true });
    const [found] = (await readBoard(files, board, BOARD_START)).entries;
    expect([...readFileSync(found!.ref!)]).toEqual([0, 1, 2]);
    expect(readdirSync(board.texts)).toHaveLength(1);
  });

  test('with a name that is never work keeps nobody from being quiet', async () => {
    await settle();
    drop('Thumbs.db', 'x');
    expect(await takeMark(files, board)).not.toBeNull();
    drop('work', 'x');
    expect(await takeMark(files, board)).toBeNull();
  });

  test('is not taken while somebody has it open for writing', async () => {
    drop('a.md', 'half');
    const writer = openSync(join(board.drop, 'a.md'), 'a');
    expect(await settle()).toMatchObject({ taken: 0, unstable: true });
    expect(await texts()).toEqual([]);
    closeSync(writer);
    await settle();
    expect(await texts()).toEqual(['half']);
  });

  const entry = (text: string, head: object = {}) => ({ kind: 'entry', entry: { ...head, text } });

  test.each(['---\nfrom: me\n---\nx', '---\nx', '---\nkind: Pod\nspec:\n  ttl: 5\n---\nx', '\n---\nttl: soon\n---\nx'])(
    'a head that says nothing to us, or none, makes the whole file the text: %j',
    whole => {
      expect(readDropText(whole)).toEqual(entry(whole));
    },
  );

  test('our keys hold beside those of others, and the whole file is the text', () => {
    const whole = '---\ntags:\n  - a\nttl: 2h\ntopic: ci\n---\nx';
    expect(readDropText(whole)).toEqual(entry(whole, { ttlMs: 7_200_000, topic: 'ci' }));
    expect(readDropText('\ufeff---\r\nttl: 2h\r\n---\r\nx')).toEqual(entry('x', { ttlMs: 7_200_000 }));
  });

  test.each([
    ['---\nttl: soon\n---\nx', /^expected ttl to be a time as in 90s, .* got "soon"/],
    ['---\ntags: [a]\nttl:\n---\nx', /^expected ttl/],
    ['---\nTTL: 2h\n---\nx', /"TTL" is no key of an entry: write ttl/],
    ['---\ntags: [a]\nexpiresAt: 2031-01-01\n---\nx', /write for how long it holds, as in ttl: 2h/],
    ['---\nnot_before: 2031-01-01\n---\nx', /an entry stands at once/],
    ['---\nkind: shout\n---\nx', /^expected kind to be one of note, /],
    ['---\nkind: [a]\n---\nx', /^expected kind/],
  ])('what can only be meant for us and is not understood holds the file back: %j', (whole, reason) => {
    expect(readDropText(whole)).toEqual({ kind: 'held', reason: expect.stringMatching(reason) });
  });

  test('that is held back lies in dead as it came, with the reason, and is on no board', async () => {
    drop('late.md', '---\nttl: soon\n---\nx');
    await settle();
    expect(await texts()).toEqual([]);
    const [letter] = readdirSync(board.dead).filter(name => name.endsWith('-late.md'));
    expect(readFileSync(join(board.dead, letter!), 'utf8')).toBe('---\nttl: soon\n---\nx');
    expect(readFileSync(join(board.dead, `${letter}.reason`), 'utf8')).toMatch(/^expected ttl .* drop it again/);
  });
});

describe('a reader that has read everything', () => {
  const session = () => sessionLayout(root, '963bf434-039c-4310-b9b7-061eef298631');
  const drop = (name: string) => {
    writeFileSync(join(board.drop, name), 'dropped');
    execTouch(join(board.drop, name));
  };

  test('keeps its mark until something is written, also where the root was moved', async () => {
    mkdirSync(session().home, { recursive: true });
    await post(entry('one'));
    await keepMark(files, session(), (await takeMark(files, board))!);
    await keepMark(files, session(), (await takeMark(files, board))!);
    expect(existsSync(session().mark)).toBe(true);
    renameSync(root, `${root}-moved`);
    expect(existsSync(session().mark.replace(root, `${root}-moved`))).toBe(true);
    renameSync(`${root}-moved`, root);
    await post(entry('two'));
    expect(existsSync(session().mark)).toBe(false);
  });

  test.each(['drop/task.md', 'taken/x', 'writing/x'])('has no mark to keep while there is %s', async path => {
    writeFileSync(join(board.home, path), '');
    expect(await takeMark(files, board)).toBeNull();
    rmSync(join(board.home, path));
    expect(await takeMark(files, board)).not.toBeNull();
  });

  test('is told before a drop is taken, and before a line is written: a death after that is no silence', async () => {
    const marked: [string, number][] = [];
    const watching: Files = {
      ...files,
      move: (from, to) => {
        if (from.startsWith(board.drop)) marked.push(['taken', readdirSync(board.marks).length]);
        return files.move(from, to);
      },
      append: (path, ...rest) => {
        marked.push([readdirSync(board.writing).length > 0 ? 'written' : 'unsaid', readdirSync(board.marks).length]);
        return files.append(path, ...rest);
      },
    };
    await takeMark(files, board);
    drop('task.md');
    await settleBoardDrops(watching, root, systemClock, new Map(), { self, once: true });
    await takeMark(files, board);
    await postEntry(watching, root, entry('x'), { self, nowMs: Date.now() });
    expect(marked).toEqual([
      ['taken', 0],
      ['written', 0],
      ['written', 0],
    ]);
  });
});

test('a line of anything else is no entry', () => {
  const good = encodeEntry(entry('x'));
  expect(decodeEntry(good)).toMatchObject({ text: 'x' });
  for (const line of [
    '',
    'x',
    '{}',
    good.slice(0, -4),
    good.replace('"note"', '"shout"'),
    '{"seal":1}',
    '[]',
    '{"id":1}',
  ])
    expect(decodeEntry(line)).toBeNull();
});

test('durations are what people write', () => {
  expect(['90s', '15m', '2h', '7d'].map(parseDuration)).toEqual([90_000, 900_000, 7_200_000, 604_800_000]);
  for (const text of ['', '2', 'h', '2 h', '-1h', '1w']) expect(parseDuration(text)).toBeNull();
});

/** Well in the past, as a file that somebody dropped a while ago. */
function execTouch(path: string): void {
  const at = new Date(Date.now() - 10_000);
  utimesSync(path, at, at);
}
