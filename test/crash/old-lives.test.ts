/**
 * Lives of messages under build 22a1de5, broken off at every effect, with all processes dead; this build goes on with each of these
 * roots, and the promise must hold. What that build did is data: test/fixtures/root-22a1de5/lives.jsonl, an effect a line.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { turnLayout } from '#blackboard/layout.ts';
import { limits } from '#blackboard/system/limits.ts';
import { readRecord } from '#blackboard/system/record.ts';
import type { Intent } from '#blackboard/turns/turn-records.ts';
import { isClosed, listTurns } from '#blackboard/turns/turns.ts';
import type { LedgerLine, Sent } from '#test/support/evidence.ts';
import { checkCrashes, describeViolations } from '#test/support/invariants.ts';
import { createMemoryFiles, type MemoryFiles } from '#test/support/memory-files.ts';
import { createHouse } from '#test/support/simulated-root.ts';

/** An effect: what, when (0: at the time of the one before), of which paths and with which data. */
type Effect = [what: string, ms: number, ...given: string[]];
type Line = Effect | { ledger: LedgerLine } | { kill: { pid: number; at: number } } | { sent: Sent[] };

interface Life {
  life: string;
  agents: string[];
  front: string[];
  rotates?: true;
  lines: Line[];
}

const isEffect = (line: Line): line is Effect => Array.isArray(line);

const LIVES: Life[] = [];
for (const text of readFileSync(new URL('../fixtures/root-22a1de5/lives.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n')) {
  const line = JSON.parse(text) as Line | Omit<Life, 'lines'>;
  if ('life' in line) LIVES.push({ ...line, lines: [] });
  else LIVES.at(-1)!.lines.push(line);
}

/** What that build left when it was broken off before `lines[at]`, or half-way through what that writes. */
async function leftAt({ lines }: Life, at: number, isTorn: boolean, happens: (effect: Effect) => boolean) {
  let nowMs = Date.UTC(2026, 0, 1, 12);
  const past = { ledger: [] as LedgerLine[], kills: [] as { pid: number; at: number }[], sent: [] as Sent[] };
  const spentUsd = new Map<string, number>();
  const disk = createMemoryFiles(() => nowMs);
  const act = async ([what, ms, ...given]: Effect) => {
    nowMs = ms || nowMs;
    await (disk as unknown as Record<string, (...given: string[]) => unknown>)[what]!(...given);
    for (const [, session, usd] of given.at(-1)!.matchAll(/"session_id":"([^"]+)","total_cost_usd":([\d.]+)/g))
      spentUsd.set(session!, Number(usd));
  };
  for (const line of lines.slice(0, at))
    if (isEffect(line)) {
      if (happens(line)) await act(line);
    } else if ('ledger' in line) {
      past.ledger.push(line.ledger);
      nowMs = Math.max(nowMs, line.ledger.at);
    } else if ('kill' in line) past.kills.push(line.kill);
    else past.sent = line.sent;
  const next = lines[at];
  if (isTorn && next && isEffect(next)) {
    const [what, ms, path, data = ''] = next;
    await act([what, ms, path!, data.slice(0, data.length / 2)]);
  }
  return { disk, past: { ...past, spentUsd, nowMs } };
}

/** This build on such a root, until nothing is left to do: what is broken then. */
async function brokenAfter(life: Life, at: number, isTorn = false, happens: (effect: Effect) => boolean = () => true) {
  const { disk, past } = await leftAt(life, at, isTorn, happens);
  const house = await createHouse({ ...life, disk: () => disk, past });
  house.allDied();
  await house.clock.sleep(limits.unplacedRestMs + 1_000);
  await house.run(house.files);
  await house.run(house.files);
  const broken = await checkCrashes({ ...house.scene(), rotates: life.rotates ?? false });
  const open = await openTurns(house.files, life, house.layout);
  return [describeViolations(broken), ...open].filter(text => text !== '').join('\n');
}

async function openTurns(files: MemoryFiles, { agents }: Life, layout: (agent: string) => { turns: string }) {
  const open: string[] = [];
  for (const agent of agents)
    for (const turn of await listTurns(files, layout(agent).turns))
      if (!(await isClosed(files, turn))) open.push(`${turn.home} is open`);
  return open;
}

/** After which of its lines a life can be broken off: where the next one is an effect, and at the end. */
const breaks = ({ lines }: Life): number[] =>
  [...lines.keys(), lines.length].filter(at => at === lines.length || isEffect(lines[at]!));

describe.each(LIVES)('$life', life => {
  test('broken off at every effect, it is brought to its end', async () => {
    const broken: string[] = [];
    for (const at of breaks(life)) {
      const next = life.lines[at];
      const canTear = next && isEffect(next) && ['create', 'append'].includes(next[0]);
      for (const isTorn of canTear ? [false, true] : [false]) {
        const found = await brokenAfter(life, at, isTorn);
        if (found !== '')
          broken.push(`${isTorn ? 'half-way through' : 'before'} ${JSON.stringify(next)?.slice(0, 200)}:\n${found}`);
      }
    }
    expect(broken.slice(0, 5).join('\n')).toBe('');
    expect(breaks(life).length).toBeGreaterThan(50);
  });
});

test('their intents name no line, as those of that build', async () => {
  for (const life of LIVES) {
    const { disk } = await leftAt(life, life.lines.length, false, () => true);
    const intent = await readRecord<Intent>(disk, turnLayout('/root/agents/alpha/turns', 1).intent);
    expect([intent?.turn, intent?.line]).toEqual([1, undefined]);
  }
});

const lost: [string, (effect: Effect) => boolean][] = [
  ['an intent', ([what, , , to]) => !(what === 'link' && to?.endsWith('/intent'))],
  ['a decision', ([what, , , to]) => !(what === 'link' && to?.endsWith('/ended'))],
  ['a message that was claimed', ([what, , , to]) => !(what === 'move' && to?.includes('/cur/'))],
];

test.each(lost)('control: %s that is lost on the way is found out', async (_what, happens) => {
  const found = LIVES.flatMap(life => breaks(life).map(at => () => brokenAfter(life, at, false, happens)));
  for (const broken of found) if ((await broken()) !== '') return;
  expect.fail('nothing is broken');
});
