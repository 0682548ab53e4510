/**
 * Claims under drawn interleavings: 50 claimers at once, round after round, of a thing that nobody had, that was given back, or whose
 * owner is gone; things that only overlap; deaths and losses of power anywhere; one that sleeps through many changes. One wins.
 */
import { expect, test } from 'vitest';
import type { Claim, Owner, Thing } from '#blackboard/claims/claim.ts';
import { type Claimed, type Claiming, releaseClaim, standingClaims, takeClaim } from '#blackboard/claims/claiming.ts';
import { changeClaims, readClaims } from '#blackboard/claims/states.ts';
import { rootLayout } from '#blackboard/layout.ts';
import type { Files } from '#blackboard/system/files.ts';
import { limits } from '#blackboard/system/limits.ts';
import { stopAfter } from '#test/support/crash-effects.ts';
import { createChance } from '#test/support/crash-random.ts';
import { createMemoryFiles, type MemoryFiles } from '#test/support/memory-files.ts';
import { createPowerDisk, PowerLoss } from '#test/support/power-disk.ts';
import { createSchedule } from '#test/support/schedule.ts';

const FULL = Boolean(process.env.AGENT_RUNNER_TEST_FULL);
const ROUNDS = FULL ? 1_000 : 60;
const CLAIMERS = 50;
const ROOT = '/root';
const NOW = Date.parse('2026-11-21T00:00:00.000Z');
const TTL = 60_000;

type Take = typeof takeClaim;

/** What a claim is without a link that one of many makes: it looks, and writes. */
const looksThenWrites: Take = async (files, root, { thing, owner, peer, nowMs }) => {
  const path = `${rootLayout(root).claims}/000000001`;
  const [holder] = (await files.facts(path)) ? (await readClaims(files, root)).claims : [];
  if (holder) return { kind: 'lost', claim: holder };
  const at = new Date(nowMs).toISOString();
  const claim: Claim = { id: peer, thing, owner, peer, since: at, until: new Date(nowMs + TTL).toISOString() };
  await files.makeDirectory(rootLayout(root).claims);
  await files.append(`${path}.tmp-${peer}`, `-\n${JSON.stringify({ claims: [claim] })}\n`);
  await files.move(`${path}.tmp-${peer}`, path);
  return { kind: 'claimed', claim };
};

const agent = (name: string): Owner => ({ kind: 'agent', id: name });
const claiming = (name: string, thing: Thing, changes: Partial<Claiming> = {}): Claiming => ({
  ...{ thing, owner: agent(name), peer: name, ttlMs: TTL, nowMs: NOW },
  ...changes,
});
const key = (name: string): Thing => ({ kind: 'key', key: name });

async function add(disk: MemoryFiles, name: string): Promise<void> {
  disk.prepare(`${ROOT}/agents/${name}`);
  await disk.create(`${ROOT}/agents/${name}/agent.md`, '---\n');
}

/** The port as one of many processes has it. */
function portOf(disk: Files, process: object, step: (process: object) => Promise<void>): Files {
  const wrapped: Record<string, unknown> = {};
  for (const [name, verb] of Object.entries(disk) as [string, (...args: unknown[]) => Promise<unknown>][])
    wrapped[name] = async (...args: unknown[]) => {
      await step(process);
      return verb(...args);
    };
  return wrapped as unknown as Files;
}

/** Different names of things of which no two owners may have two at once. */
const OVERLAPPING: Thing[] = [
  { kind: 'path', base: '/w/src', glob: '**' },
  { kind: 'path', base: '/w', glob: '**/*.ts' },
  { kind: 'path', base: '/w/src/a.ts' },
];

async function rounds(take: Take): Promise<string | null> {
  const disk = createMemoryFiles(() => NOW);
  disk.prepare(ROOT, `${ROOT}/agents`);
  for (let each = 0; each < CLAIMERS; each++) await add(disk, `a${each}`);
  for (let round = 1; round <= ROUNDS; round++) {
    const schedule = createSchedule(round);
    const answers: Claimed[] = [];
    let failure: unknown = null;
    for (let each = 0; each < CLAIMERS; each++) {
      const files = portOf(disk, {}, schedule.step);
      const thing = round % 3 === 0 ? OVERLAPPING[each % OVERLAPPING.length]! : key('the one');
      take(files, ROOT, claiming(`a${each}`, thing)).then(
        answer => answers.push(answer),
        error => {
          failure ??= error;
        },
      );
    }
    while (await schedule.draw());
    if (failure) return `round ${round} failed: ${failure}`;
    const [winner, ...others] = answers.filter(({ kind }) => kind === 'claimed');
    if (answers.length !== CLAIMERS || !winner || others.length > 0)
      return `round ${round}: ${others.length + (winner ? 1 : 0)} winners of ${answers.length}`;
    const wrong = answers.find(({ claim }) => claim.peer !== winner.claim.peer);
    if (wrong) return `round ${round}: ${winner.claim.peer} won, and one was told of ${wrong.claim.peer}`;
    const standing = await standingClaims(disk, ROOT, NOW);
    if (standing.length !== 1) return `round ${round}: ${standing.length} stand`;
    // It is given back, or its owner goes, and comes back when another one has it.
    if (round % 2 === 0)
      await releaseClaim(disk, ROOT, { things: [winner.claim.thing], owner: winner.claim.owner, nowMs: NOW });
    else {
      await disk.remove(`${ROOT}/agents/${winner.claim.peer}/agent.md`);
      await takeClaim(disk, ROOT, claiming('a-next', winner.claim.thing));
      await releaseClaim(disk, ROOT, { things: [winner.claim.thing], owner: agent('a-next'), nowMs: NOW });
      await add(disk, winner.claim.peer);
    }
  }
  return null;
}

test(`of ${CLAIMERS} claimers one wins, in ${ROUNDS} rounds`, { timeout: 600_000 }, async () => {
  expect(await rounds(takeClaim)).toBeNull();
});

test('a claim that is looked for and then written has two winners', async () => {
  expect(await rounds(looksThenWrites)).toMatch(/round 1: \d+ winners/);
});

test(`${CLAIMERS} claimers take over from an owner that is gone, and from one whose time is over: one wins`, async () => {
  for (let round = 1; round <= (FULL ? 200 : 20); round++) {
    const disk = createMemoryFiles(() => NOW);
    disk.prepare(ROOT, `${ROOT}/agents`);
    for (let each = 0; each < CLAIMERS; each++) await add(disk, `a${each}`);
    await takeClaim(
      disk,
      ROOT,
      claiming('gone', key('k'), round % 2 === 0 ? { owner: { kind: 'operator', id: 'operator' } } : {}),
    );
    const nowMs = round % 2 === 0 ? NOW + TTL : NOW;
    const schedule = createSchedule(round);
    const answers: Claimed[] = [];
    for (let each = 0; each < CLAIMERS; each++)
      void takeClaim(portOf(disk, {}, schedule.step), ROOT, claiming(`a${each}`, key('k'), { nowMs })).then(answer =>
        answers.push(answer),
      );
    while (await schedule.draw());
    expect(answers.map(({ kind }) => kind).sort(), `round ${round}`).toEqual([
      'claimed',
      ...Array.from({ length: CLAIMERS - 1 }, () => 'lost'),
    ]);
  }
});

test('one that slept through many changes, its number long cleared away, has changed nothing and finds out', async () => {
  const disk = createMemoryFiles(() => NOW);
  disk.prepare(ROOT, `${ROOT}/agents`);
  await add(disk, 'a');
  await add(disk, 'b');
  const change = () => changeClaims(disk, ROOT, NOW, async claims => ({ next: [...claims], answer: null }));
  await takeClaim(disk, ROOT, claiming('a', key('other')));
  let slept = false;
  const sleeper: Files = {
    ...disk,
    async link(from, to) {
      if (!slept) {
        slept = true;
        expect((await takeClaim(disk, ROOT, claiming('a', key('k')))).kind).toBe('claimed');
        for (let count = 0; count < 2 * limits.claimStatesKept; count++) await change();
        expect(await disk.facts(to), 'the number is free again').toBeNull();
      }
      return disk.link(from, to);
    },
  };
  expect(await takeClaim(sleeper, ROOT, claiming('b', key('k')))).toMatchObject({ kind: 'lost', claim: { peer: 'a' } });
  expect((await standingClaims(disk, ROOT, NOW)).map(({ peer }) => peer)).toEqual(['a', 'a']);
  expect((await disk.list(rootLayout(ROOT).claims)).length).toBeLessThanOrEqual(limits.claimStatesKept);
});

test('one whose change was made, and who sleeps before it knows, is told so', async () => {
  const disk = createMemoryFiles(() => NOW);
  disk.prepare(ROOT, `${ROOT}/agents`);
  await add(disk, 'a');
  const many = async () => {
    for (let count = 0; count < 2 * limits.claimStatesKept; count++)
      await changeClaims(disk, ROOT, NOW, async claims => ({ next: [...claims], answer: null }));
  };
  const sleeper: Files = {
    ...disk,
    async link(from, to) {
      const linked = await disk.link(from, to);
      await many();
      return linked;
    },
  };
  expect((await takeClaim(sleeper, ROOT, claiming('a', key('k')))).kind).toBe('claimed');
  const release = { things: [key('k')], owner: agent('a'), nowMs: NOW };
  expect((await releaseClaim(sleeper, ROOT, release)).kind).toBe('released');
  expect(await standingClaims(disk, ROOT, NOW)).toEqual([]);
});

test('after a death at any effect another one claims what is free, and nobody what is held', async () => {
  let deaths = 0;
  for (const mode of ['before', 'after', 'torn'] as const)
    for (let at = 1; ; at++) {
      const disk = createMemoryFiles(() => NOW);
      disk.prepare(ROOT, `${ROOT}/agents`);
      for (const name of ['a', 'b', 'c']) await add(disk, name);
      await takeClaim(disk, ROOT, claiming('c', key('c')));
      const dying = stopAfter(disk, { at, mode });
      const work = takeClaim(dying, ROOT, claiming('a', key('k')))
        .then(() => releaseClaim(dying, ROOT, { things: [key('k')], owner: agent('a'), nowMs: NOW }))
        .then(() => true);
      const isDone = await work.catch(() => false);
      if (isDone) break;
      deaths++;
      // Its owner lives: what it had is held until its time is over, and then one has it.
      const held = (await standingClaims(disk, ROOT, NOW)).some(({ peer }) => peer === 'a');
      expect((await takeClaim(disk, ROOT, claiming('b', key('k')))).kind, `${mode} ${at}`).toBe(
        held ? 'lost' : 'claimed',
      );
      expect((await takeClaim(disk, ROOT, claiming('b', key('c')))).kind).toBe('lost');
      const later = NOW + TTL;
      if (held) expect((await takeClaim(disk, ROOT, claiming('b', key('k'), { nowMs: later }))).kind).toBe('claimed');
    }
  expect(deaths).toBeGreaterThan(15);
});

test('a claim that was told survives a loss of power at any effect, and so does its end', async () => {
  let losses = 0;
  for (let cut = 1; ; cut++) {
    let ended = false;
    for (let seed = 1; seed <= 20; seed++) {
      const disk = createPowerDisk({ nowMs: () => NOW });
      for (const path of [ROOT, `${ROOT}/agents`, `${ROOT}/agents/a`]) await disk.makeDirectory(path);
      await disk.create(`${ROOT}/agents/a/agent.md`, '---\n');
      disk.cutAt(cut);
      let isHeld: boolean | null = false;
      try {
        isHeld = null;
        await takeClaim(disk, ROOT, claiming('a', key('k')));
        isHeld = true;
        isHeld = null;
        await releaseClaim(disk, ROOT, { things: [key('k')], owner: agent('a'), nowMs: NOW });
        isHeld = false;
        await takeClaim(disk, ROOT, claiming('a', key('other')));
        ended = true;
      } catch (error) {
        if (!(error instanceof PowerLoss)) throw error;
        losses++;
      }
      if (!disk.isOff) continue;
      disk.reboot(createChance(seed).next);
      const keys = (await standingClaims(disk, ROOT, NOW)).map(({ thing }) => (thing.kind === 'key' ? thing.key : ''));
      if (isHeld !== null) expect(keys.includes('k'), `cut ${cut}, seed ${seed}`).toBe(isHeld);
    }
    if (ended) break;
  }
  expect(losses).toBeGreaterThan(200);
});
