/**
 * The board under every interleaving the scheduler finds: writers that are killed anywhere (in the middle of a write, too),
 * segments that are sealed under their hands, readers that look by the quick way first, and one that begins in the middle, is told
 * what still holds, and from there on everything once. The clock stands still: every timestamp is equal.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BOARD_START, type Cursor } from '#blackboard/board/cursor.ts';
import { decodeEntry, type Entry, visibleEntries } from '#blackboard/board/entry.ts';
import { finishWriting } from '#blackboard/board/finish-writing.ts';
import { isNothingNew, takeMark } from '#blackboard/board/nothing-new.ts';
import { makeBoard, postEntry } from '#blackboard/board/post.ts';
import { endOfBoard, readBoard } from '#blackboard/board/read.ts';
import { readStanding } from '#blackboard/board/standing.ts';
import { boardLayout } from '#blackboard/layout.ts';
import type { Files } from '#blackboard/system/files.ts';
import { derivedId } from '#blackboard/system/ids.ts';
import { limits } from '#blackboard/system/limits.ts';
import type { ProcessIdentity } from '#blackboard/system/process-identity.ts';
import { createMemoryFiles } from '#test/support/memory-files.ts';

const RUNS = Number(process.env.AGENT_RUNNER_PROPERTY_RUNS ?? 3_000);
const ROOT = '/root';
const WRITERS = 3;
const POSTS = 3;
const READERS = 2;
const LOOKS = 4;

type Mutant =
  | 'none'
  | 'no-writing'
  | 'late-mark'
  | 'no-seal-check'
  | 'blind'
  | 'marks-kept'
  | 'no-look'
  | 'begins-twice';

interface Process {
  pid: number;
  dead: boolean;
  identity: ProcessIdentity;
}

interface Reader {
  process: Process;
  cursor: Cursor;
  mark: string | null;
  seen: string[];
}

/** The port as one process has it: a turn for each call, and no call comes back after its death. */
function filesOf(disk: Files, process: Process, mutant: Mutant, step: (label: string) => Promise<void>): Files {
  const gone = () => new Promise<never>(() => {});
  const wrapped: Record<string, unknown> = {};
  let written = '';
  for (const [name, verb] of Object.entries(disk) as [string, (...args: unknown[]) => Promise<unknown>][]) {
    wrapped[name] = async (...args: unknown[]) => {
      const path = String(args[0]);
      await step(`${process.pid} ${name} ${path}`);
      if (process.dead) {
        // Killed inside write(2): a part of it reached the disk.
        if (name === 'append') await disk.append(path, String(args[1]).slice(0, String(args[1]).length >> 1));
        return gone();
      }
      if (mutant === 'no-writing' && path.includes('/writing/')) return name === 'makeDirectory' ? 'made' : undefined;
      if (mutant === 'no-seal-check' && name === 'facts' && path.includes('/sealed/')) return null;
      if (mutant === 'no-look' && name === 'list' && path.endsWith('/writing')) return [];
      if (mutant === 'marks-kept' && name === 'remove' && path.includes('/marks/')) return undefined;
      // Neither mends a torn tail nor reads back what it wrote: either one alone makes up for the other.
      if (mutant === 'blind' && name === 'append') {
        args[1] = written = String(args[1]).replace(/^\n/, '');
      } else if (mutant === 'blind' && name === 'read' && written !== '' && isReadBack(args[1])) {
        return Buffer.from(written);
      }
      return verb(...args);
    };
  }
  return wrapped as unknown as Files;
}

/** Only a writer reads from a place to the end without a limit. */
const isReadBack = (options: unknown): boolean =>
  typeof options === 'object' && options !== null && 'offset' in options && !('bytesMax' in options);

async function play(
  s: fc.Scheduler,
  kills: { step: number; writer: number }[],
  mutant: Mutant,
  startsAfter: number,
): Promise<string | null> {
  const disk = createMemoryFiles();
  disk.prepare(ROOT);
  await makeBoard(disk, ROOT);
  const board = boardLayout(ROOT);
  let steps = 0;
  const processes: Process[] = [];
  const born = (): Process => {
    const pid = 100 + processes.length;
    const made = { pid, dead: false, identity: { pid, startTime: '1', bootId: 'boot' } };
    processes.push(made);
    return made;
  };
  const isLiving = async ({ pid }: ProcessIdentity) => processes.some(each => each.pid === pid && !each.dead);
  const step = async (label: string) => {
    await s.schedule(Promise.resolve(), label);
    steps++;
    for (const kill of kills) if (kill.step === steps) processes[kill.writer % WRITERS]!.dead = true;
  };
  const accepted: string[] = [];
  const writers = Array.from({ length: WRITERS }, born);
  const readers: Reader[] = Array.from({ length: READERS }, () => ({
    process: born(),
    cursor: BOARD_START,
    mark: null,
    seen: [],
  }));
  const writerOf = (process: Process) => ({ self: process.identity, nowMs: 0, segmentBytesMax: 500 });

  const look = async (reader: Reader, files: Files) => {
    if (await isNothingNew(files, board, reader.mark)) return;
    await finishWriting(files, ROOT, writerOf(reader.process), isLiving);
    let mark = mutant === 'late-mark' ? null : await takeMark(files, board);
    const { entries, next } = await readBoard(files, board, reader.cursor);
    if (mutant === 'late-mark') mark = await takeMark(files, board);
    reader.seen.push(...entries.map(({ id }) => id));
    reader.cursor = next;
    reader.mark = mark;
  };

  const newcomer: Reader & { end: Cursor } = {
    process: born(),
    cursor: BOARD_START,
    mark: null,
    seen: [],
    end: BOARD_START,
  };
  const begin = async (files: Files) => {
    newcomer.end = await endOfBoard(files, board);
    const { entries, next } = await readStanding(files, board, newcomer.end, limits.writingYoungMs);
    newcomer.seen.push(...entries.map(({ id }) => id));
    newcomer.cursor = mutant === 'begins-twice' ? newcomer.end : next;
  };

  const work = [
    ...writers.map(async process => {
      const files = filesOf(disk, process, mutant, step);
      for (let count = 0; count < POSTS; count++) {
        const id = derivedId(String(process.pid), String(count));
        const kind = count % 2 === 0 ? ('alert' as const) : ('note' as const);
        const entry = { id, at: '2026-11-21T00:00:00.000Z', from: 'a', kind, text: 'x'.repeat(90) };
        await postEntry(files, ROOT, entry, writerOf(process));
        accepted.push(id);
      }
    }),
    ...readers.map(async reader => {
      const files = filesOf(disk, reader.process, mutant, step);
      for (let count = 0; count < LOOKS; count++) await look(reader, files);
    }),
    (async () => {
      const files = filesOf(disk, newcomer.process, mutant, step);
      for (let count = 0; count < startsAfter; count++) await step('the newcomer waits');
      await begin(files);
      for (let count = 0; count < LOOKS; count++) await look(newcomer, files);
    })(),
  ];
  let failure: unknown = null;
  for (const each of work)
    each.catch(error => {
      failure ??= error;
    });
  while (failure === null) {
    if (s.count() > 0) {
      await s.waitNext(1);
      continue;
    }
    await new Promise<void>(resolve => process.nextTick(resolve));
    if (s.count() === 0) break;
  }
  if (failure !== null) return `failed: ${failure}`;

  // Everybody has come to rest. One more look, by the quick way: it must not be quiet where something was missed.
  const still = filesOf(disk, { ...born() }, mutant, async () => {});
  for (const reader of [...readers, newcomer]) await look(reader, still);
  const whole = wholeLines(disk.dump());
  for (const [index, { seen }] of readers.entries()) {
    const twice = seen.find((id, at) => seen.indexOf(id) !== at);
    if (twice) return `reader ${index} saw ${twice} twice`;
    const missed = accepted.find(id => !seen.includes(id)) ?? whole.find(id => !seen.includes(id));
    if (missed) return `reader ${index} missed ${missed}`;
    const invented = seen.find(id => !whole.includes(id));
    if (invented) return `reader ${index} saw ${invented}, which is not whole on the disk`;
  }
  const behind = (await readBoard(disk, board, newcomer.end)).entries.map(({ id }) => id);
  const due = kindsOnDisk(disk.dump()).filter(({ id, kind }) => kind === 'alert' || behind.includes(id));
  const expected = due.map(({ id }) => id).sort();
  if (`${[...newcomer.seen].sort()}` !== `${expected}`) return `the newcomer saw ${newcomer.seen}, not ${expected}`;
  return null;
}

/** Ids of all entries that stand whole on the disk, behind a seal or before it. */
const wholeLines = (dump: [string, string][]): string[] => kindsOnDisk(dump).map(({ id }) => id);

const kindsOnDisk = (dump: [string, string][]): { id: string; kind: string }[] => {
  const all = entriesOnDisk(dump);
  return all.filter(({ id }, at) => all.findIndex(each => each.id === id) === at);
};

const entriesOnDisk = (dump: [string, string][]): { id: string; kind: string }[] =>
  dump
    .filter(([path]) => path.endsWith('.jsonl'))
    .flatMap(([, text]) => text.split('\n').slice(0, -1))
    .map(decodeEntry)
    .flatMap(entry => (entry ? [entry] : []));

const deaths = fc.array(fc.record({ step: fc.nat(300), writer: fc.nat(WRITERS - 1) }), { maxLength: 2 });
const property = (mutant: Mutant) =>
  fc.asyncProperty(fc.scheduler(), deaths, fc.nat(60), async (s, kills, startsAfter) => {
    expect(await play(s, kills, mutant, startsAfter)).toBeNull();
  });

describe('writers that die anywhere, readers, rotation, one timestamp for all', () => {
  test(`no whole entry is missed, doubled or invented in ${RUNS} schedules`, async () => {
    await fc.assert(property('none'), { numRuns: RUNS, endOnFailure: true });
  });

  const controls: Mutant[] = [
    'no-writing',
    'late-mark',
    'no-seal-check',
    'blind',
    'marks-kept',
    'no-look',
    'begins-twice',
  ];
  test.each(controls)('the control "%s" misses one', async mutant => {
    await expect(fc.assert(property(mutant), { numRuns: 20_000, endOnFailure: true })).rejects.toThrow();
  });
});

/** The rule of keys as one would say it, each entry against all behind it; a control leaves a word of it out. */
function modelOf(
  entries: readonly Entry[],
  nowMs: number,
  without: 'nothing' | 'topic' | 'author' | 'expiry',
): Entry[] {
  const holds = ({ expiresAt }: Entry) => expiresAt === undefined || Date.parse(expiresAt) > nowMs;
  return entries.filter(
    (entry, at) =>
      holds(entry) &&
      !entries
        .slice(at + 1)
        .some(
          newer =>
            entry.key !== undefined &&
            newer.key === entry.key &&
            (without === 'topic' || newer.topic === entry.topic) &&
            (without === 'author' || entry.kind !== 'alert' || newer.from === entry.from) &&
            (without === 'expiry' || holds(newer)),
        ),
  );
}

const anEntry = fc.record({
  from: fc.constantFrom('a', 'b'),
  kind: fc.constantFrom('alert' as const, 'note' as const),
  topic: fc.constantFrom(undefined, 'ci', 'docs'),
  key: fc.constantFrom(undefined, 'build', 'deploy'),
  forMs: fc.constantFrom(undefined, -1, 1, 2),
});
const keysProperty = (without: Parameters<typeof modelOf>[2]) =>
  fc.property(fc.array(anEntry, { maxLength: 8 }), made => {
    const nowMs = Date.parse('2026-11-21T00:00:00.000Z');
    const at = (ms: number) => new Date(ms).toISOString();
    const entries = made.map(({ from, kind, topic, key, forMs }, index) => ({
      ...{ id: derivedId('key', String(index)), at: at(nowMs), from, kind, text: '' },
      ...(topic === undefined ? {} : { topic }),
      ...(key === undefined ? {} : { key }),
      ...(forMs === undefined ? {} : { expiresAt: at(nowMs + forMs) }),
    }));
    const ids = (list: readonly Entry[]) => list.map(({ id }) => id);
    const expected = modelOf(entries, nowMs, without);
    expect(ids(visibleEntries(entries, nowMs))).toEqual(ids(expected));
    // Anyone who moves on is told all of that, and what will be there once some of it has expired.
    const laterToo = [0, 1, 2].flatMap(ms => ids(modelOf(entries, nowMs + ms, without)));
    const told = entries.filter(({ id }) => laterToo.includes(id));
    expect(ids(visibleEntries(entries, nowMs, 'moves-on'))).toEqual(ids(told));
  });

describe('keys are their owner’s', () => {
  test('what is shown of any entries is what the rule says', () => {
    fc.assert(keysProperty('nothing'), { numRuns: 2_000 });
  });
  test.each(['topic', 'author', 'expiry'] as const)('the control without the word of its %s fails', without => {
    expect(() => fc.assert(keysProperty(without), { numRuns: 2_000 })).toThrow();
  });
});
