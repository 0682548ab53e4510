/**
 * The power goes at every effect of a message's life, and every legal rest of what nobody had fsynced is tried: nothing
 * that was accepted is lost, nothing doubled, one outcome each. Then each fsync, link and rename is left out, alone: some
 * life must notice, or it is not needed. The engine is the real one (test/support/crash-house.ts), on power-disk.ts.
 */
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { derivedId } from '../../blackboard/ids.ts';
import { type Delivery, deliver } from '../../blackboard/inbox/deliver.ts';
import { requeue } from '../../blackboard/inbox/requeue.ts';
import { turnLayout } from '../../blackboard/layout.ts';
import type { Message } from '../../blackboard/message.ts';
import { parseMessageName } from '../../blackboard/message-name.ts';
import { OPERATOR } from '../../blackboard/peers.ts';
import { cancelMessage } from '../../runner/cancelling.ts';
import { createSpendingReader } from '../../runner/spending.ts';
import { checkCrashes, describeViolations } from '../support/crash-check.ts';
import { type Behaviour, createHouse, type House } from '../support/crash-house.ts';
import { createChance } from '../support/crash-random.ts';
import { readCrashWorld } from '../support/crash-world.ts';
import type { Choose } from '../support/memory-files.ts';
import { createPowerDisk, type PowerDisk, PowerLoss, type Site } from '../support/power-disk.ts';

const FULL = process.env.AGENT_RUNNER_TEST_FULL !== undefined;
const SEED = Number(process.env.AGENT_RUNNER_SEED ?? Math.floor(Math.random() * 2 ** 31));
/** Of the things left out, only these: a pattern. */
const ONLY = new RegExp(process.env.AGENT_RUNNER_SITES ?? '');
/** Rests of one power loss that are tried: all, where there are no more. */
const RESTS_MAX = FULL ? 4096 : 8;
/** Effects of the longest life; one that never ends is a bug. */
const EFFECTS_MAX = 1_000;

interface Life {
  agents?: readonly string[];
  front?: readonly string[];
  behaviours?: readonly Behaviour[];
  /** What there is before; the power stays. */
  before?(house: House): Promise<void>;
  lives(house: House): Promise<void>;
  /** What is tried again, by whoever was given no answer. */
  tries?(house: House): Promise<void>;
  /** The session is replaced on the way. */
  rotates?: boolean;
  /** What else must hold then; '' if it does. */
  after?(house: House): Promise<string>;
  /** What the rules do not know of: a message that died, was put back and answered. */
  except?: RegExp;
}

/**
 * Delivers a message that is found again by its marker; accepted once this has returned. `once`: under an id of its own,
 * which nobody will try again.
 */
async function send(
  house: House,
  marker: string,
  { to = 'alpha', once = false, ...rest }: Partial<Message> & { to?: string; once?: boolean } = {},
): Promise<Delivery | 'known'> {
  const id = derivedId(marker);
  const known = house.sent.find(sent => sent.marker === marker);
  const { from = OPERATOR, kind = 'request' } = rest;
  const entry = known ?? { to, from, kind, marker, id, isAccepted: false };
  if (entry.isAccepted) return 'known';
  if (!known) house.sent.push(entry);
  const head = { id, from, kind, at: new Date(house.clock.nowMs()).toISOString(), trace: id, hops: 0 };
  const message = { ...head, body: `Do ${marker}.`, ...rest };
  const delivery = await deliver(house.files, house.layout(to).inbox, message, { once });
  entry.isAccepted = true;
  return delivery;
}

async function drop(house: House, marker: string, name: string, data: string | Uint8Array): Promise<void> {
  house.sent.push({ to: 'alpha', from: OPERATOR, kind: 'request', marker, id: null, isAccepted: true });
  const path = join(house.layout('alpha').inbox.inbox, name);
  await house.files.create(path, data);
  await house.files.syncDirectory(house.layout('alpha').inbox.inbox);
}

/** All of them, to the end of each, as processes of their own. */
async function together(...work: Promise<unknown>[]): Promise<void> {
  for (const result of await Promise.allSettled(work)) if (result.status === 'rejected') throw result.reason;
}

const runs = async (house: House) => void (await house.run(house.files));
const one = (house: House) => send(house, 'power-one').then(() => {});
const sendsThenRuns =
  (more: Partial<Message> & { once?: boolean } = {}) =>
  async (house: House) => {
    await send(house, 'power-one', more);
    await runs(house);
  };
const cancels = async (house: House) => {
  const { inbox } = house.layout('alpha');
  const { files, root, clock } = house;
  const canceller = { files, root, clock, by: 'beta', isRun: async () => false };
  await cancelMessage(canceller, { peer: 'alpha', inbox, id: derivedId('power-one') });
};
const requeues = async (house: House) => {
  const { inbox } = house.layout('alpha');
  for (const entry of await house.files.list(inbox.dead)) {
    const name = parseMessageName(entry);
    if (!name) continue;
    const letter = { path: join(inbox.dead, entry), name };
    await requeue(house.files, inbox, letter, { at: new Date(house.clock.nowMs()).toISOString(), by: OPERATOR });
  }
};

const producers = async (house: House) => {
  await together(send(house, 'power-plain', { once: true }), send(house, 'power-keyed', { from: 'beta', hops: 1 }));
};
const retries = async (house: House) => void (await send(house, 'power-keyed', { from: 'beta', hops: 1 }));

const lives: Record<string, Life> = {
  'two producers send two messages, and both are answered': {
    agents: ['alpha', 'beta'],
    async lives(house) {
      await producers(house);
      await runs(house);
    },
    tries: retries,
  },
  'two producers send two messages to an agent at work': {
    agents: ['alpha', 'beta'],
    before: one,
    lives: house => together(producers(house), runs(house)),
    tries: retries,
  },
  'two producers send the same message': {
    agents: ['alpha', 'beta'],
    async lives(house) {
      await together(send(house, 'power-one'), send(house, 'power-one'));
      await runs(house);
    },
    tries: one,
  },
  'a child dies after its transcript is written': { behaviours: ['dies written'], before: one, lives: runs },
  'a child dies before its transcript is written': {
    behaviours: ['answers', 'dies unwritten'],
    before: house => send(house, 'power-zero', { priority: 'high' }).then(() => one(house)),
    lives: runs,
  },
  'a child answers and its transcript is lost': {
    behaviours: ['answers, dies unwritten'],
    before: house => one(house).then(() => send(house, 'power-two').then(() => {})),
    lives: runs,
  },
  'a launcher dies before its link': { behaviours: ['launcher dies before its link'], before: one, lives: runs },
  'the API is down for a while': { behaviours: ['api down', 'api down'], before: one, lives: runs },
  'somebody must log in': { behaviours: ['refused'], before: one, lives: runs },
  'a message fails until it is buried': {
    front: ['maxAttempts: 2'],
    behaviours: ['fails', 'fails', 'fails', 'fails'],
    agents: ['alpha', 'beta'],
    before: house => send(house, 'power-one', { from: 'beta', hops: 1 }).then(() => {}),
    lives: runs,
  },
  'a message for later': {
    async lives(house) {
      await send(house, 'power-one', { notBefore: new Date(house.clock.nowMs() + 60_000).toISOString() });
      await runs(house);
      await house.clock.sleep(60_000);
      await runs(house);
    },
    tries: one,
  },
  'a message expires': {
    agents: ['alpha', 'beta'],
    lives: sendsThenRuns({ from: 'beta', hops: 1, expiresAt: '2026-01-01T12:00:00.000Z' }),
    tries: house =>
      send(house, 'power-one', { from: 'beta', hops: 1, expiresAt: '2026-01-01T12:00:00.000Z' }).then(() => {}),
  },
  'a drop is settled and answered': {
    before: house => drop(house, 'power-drop', 'task.md', 'Do power-drop.'),
    lives: runs,
  },
  'a drop that is no text becomes an attachment': {
    before: house => drop(house, 'power-file', 'power-file.bin', new Uint8Array(100)),
    lives: runs,
  },
  'a drop that cannot be worked on is buried': {
    async before(house) {
      const { inbox } = house.layout('alpha').inbox;
      await house.files.create(join(inbox, 'empty.md'), '');
      await house.files.syncDirectory(inbox);
    },
    lives: runs,
    except: /^lost: \S+-empty\.md is no message/,
  },
  'a waiting message is cancelled': { agents: ['alpha', 'beta'], before: one, lives: cancels, tries: cancels },
  'a dead letter is put back': {
    front: ['maxAttempts: 1'],
    behaviours: ['fails'],
    before: house => one(house).then(() => runs(house)),
    async lives(house) {
      await requeues(house);
      await runs(house);
    },
    tries: requeues,
    async after(house) {
      const names = (await house.files.list(house.layout('alpha').inbox.outcomes)).map(name => name.slice(36));
      return ['', '.1', '.1.requeued'].every(name => names.includes(name)) ? '' : `of its outcomes there are ${names}`;
    },
    except: /^outcome: \S+\.\d(\.requeued)? of alpha has one|^answers: .* is done: operator should have 0 note/,
  },
  'a session is replaced by another': {
    front: ['session: { rotateAfterTurns: 1 }', 'batch: one'],
    before: house => one(house).then(() => send(house, 'power-two').then(() => {})),
    lives: runs,
    rotates: true,
  },
};

interface Lived {
  offAt: string;
  violations: string;
}

/** One life with a power loss, at the latest when all is done (`offAt` is '' then). */
async function live(
  life: Life,
  cutAt: number,
  choose: Choose,
  { broken, note }: { broken?: Site | undefined; note?: (site: Site) => void } = {},
): Promise<Lived> {
  let disk!: PowerDisk;
  const house = await createHouse({
    agents: life.agents ?? ['alpha'],
    ...(life.front ? { front: life.front } : {}),
    ...(life.behaviours ? { behaviours: life.behaviours } : {}),
    disk: nowMs => {
      disk = createPowerDisk({ nowMs, broken });
      return disk;
    },
  });
  await life.before?.(house);
  disk.cutAt(cutAt);
  disk.listen(note ?? null);
  await life.lives(house).catch(error => {
    if (!(error instanceof PowerLoss) && !disk.isOff) throw error;
  });
  // At the first effect that is none any more, the power goes when all is done.
  const isOver = !disk.isOff;
  const { offAt } = disk;
  house.allDied();
  disk.reboot(choose);
  await life.tries?.(house);
  await house.clock.sleep(2 * 60_000);
  await house.run(house.files);
  await house.run(house.files);
  const wrong = await checkRecords(house);
  for (const name of house.scene().agents) await house.files.remove(house.layout(name).parked);
  await house.run(house.files);
  const broke = (await checkCrashes({ ...house.scene(), rotates: life.rotates ?? false })).filter(
    each => !life.except?.test(describeViolations([each])),
  );
  const violations = [describeViolations(broke), ...wrong, (await life.after?.(house)) ?? ''];
  return { offAt: isOver ? '' : offAt, violations: violations.filter(text => text !== '').join('\n') };
}

/**
 * What else is promised: the cost of a closed turn stands in the day's file, its park is there and can be read, so can its
 * answer; who is dead has a reason beside it; what goes with a message lies there whole.
 */
async function checkRecords(house: House): Promise<string[]> {
  const wrong: string[] = [];
  const { peers } = await readCrashWorld(house.scene());
  const spending = createSpendingReader(house.files, house.root);
  for (const { name, turns } of peers.values()) {
    const closed = turns.filter(({ isClosed }) => isClosed).map(({ ended }) => ended);
    if (closed.includes(null)) wrong.push(`a turn of ${name} is closed and was never decided`);
    const cost = closed.reduce((sum, ended) => sum + (ended?.costUsd ?? 0), 0);
    const days = new Set(closed.map(ended => ended?.day ?? ''));
    let told = 0;
    for (const day of days) told += (await spending(day)).byAgent.get(name) ?? 0;
    if (Math.abs(told - cost) > 1e-6) wrong.push(`${name} spent ${cost}, and ${told} is written down`);
    const isParked = closed.some(ended => ended?.park);
    const parked = isParked ? await textAt(house, house.layout(name).parked) : '{"code":"none"}';
    if (!parked.includes('"code"')) wrong.push(`the park of ${name} is lost: ${parked}`);
    for (const ended of closed) {
      if (ended?.verdict.kind !== 'answered') continue;
      const { answer } = turnLayout(house.layout(name).turns, ended.turn);
      const text = await textAt(house, answer);
      if (text !== ended.verdict.text) wrong.push(`the answer of turn ${ended.turn} reads ${JSON.stringify(text)}`);
    }
  }
  for (const name of house.scene().agents) {
    const { dead, files } = house.layout(name).inbox;
    for (const entry of await house.files.list(dead))
      if (!/\.(reason|tmp-)/.test(entry) && (await textAt(house, join(dead, `${entry}.reason`))) === '')
        wrong.push(`${entry} is dead without a reason`);
    for (const { message } of peers.get(name)!.placed)
      for (const { name: file, sizeBytes } of message?.attachments ?? [])
        if ((await house.files.facts(join(files, message!.id, file)))?.sizeBytes !== sizeBytes)
          wrong.push(`${file}, which came with ${message!.id}, is lost`);
  }
  return wrong;
}

const textAt = async (house: House, path: string): Promise<string> =>
  new TextDecoder().decode((await house.files.read(path)) ?? new Uint8Array());

/** Every rest there is, one call after another, up to `max`; if there are more, the extremes and some by chance. */
function createRests(max: number, seed: number) {
  let path: { taken: number; of: number }[] = [];
  let tried = 0;
  let isExhausted = false;
  const chance = createChance(seed);
  return {
    next(): Choose | null {
      if (isExhausted || tried === max) return null;
      tried++;
      // The last two fifths by chance: a walk in order would change nothing but the latest changes.
      if (tried > Math.ceil(max * 0.6)) return () => chance.next();
      // The second one keeps everything.
      if (tried === 2) return () => 0.999;
      let depth = 0;
      return outcomes => {
        const known = path[depth];
        if (known) known.of = outcomes;
        else path.push({ taken: 0, of: outcomes });
        return (path[depth++]!.taken + 0.5) / outcomes;
      };
    },
    /** After each life: on to the next rest. */
    advance(): void {
      if (tried === 2) return;
      while (path.length > 0 && path.at(-1)!.taken + 1 >= path.at(-1)!.of) path.pop();
      if (path.length === 0) isExhausted = true;
      else path = [...path.slice(0, -1), { ...path.at(-1)!, taken: path.at(-1)!.taken + 1 }];
    },
  };
}

/** Every effect of a life, `rests` rests each; stops at the first violation with `first`. */
async function everyPowerLoss(life: Life, options: { rests: number; first?: boolean; broken?: Site; from?: number }) {
  const broken: string[] = [];
  let lived = 0;
  for (let at = options.from ?? 1; at <= EFFECTS_MAX; at++) {
    const rests = createRests(options.rests, SEED + at);
    let isOver = false;
    for (let choose = rests.next(); choose; choose = rests.next()) {
      const found = await live(life, at, choose, { broken: options.broken }).catch(error => ({
        offAt: 'never',
        violations: `${error instanceof Error ? error.stack : error}`,
      }));
      lived++;
      isOver = found.offAt === '';
      if (found.violations) broken.push(`power loss ${at} (${found.offAt}), rest ${lived}:\n${found.violations}`);
      if (options.first && broken.length > 0) return { broken, lived };
      rests.advance();
    }
    if (isOver) return { broken, lived };
  }
  throw new Error(`the life has more than ${EFFECTS_MAX} effects`);
}

describe(`the power goes (seed ${SEED})`, () => {
  test.each(Object.entries(lives))('%s', async (name, life) => {
    const { broken, lived } = await everyPowerLoss(life, { rests: RESTS_MAX });
    console.log(`${name}: ${lived} power losses`);
    expect(broken.slice(0, 3).join('\n')).toBe('');
    expect(lived).toBeGreaterThan(20);
  });
});

/** Which effects there are, where, and in which lives, each with the number of its first one there. */
async function allSites(): Promise<Map<Site, Map<string, number>>> {
  const sites = new Map<Site, Map<string, number>>();
  for (const [name, life] of Object.entries(lives)) {
    let count = 0;
    const note = (site: Site) => {
      count++;
      const known = sites.get(site) ?? new Map<string, number>();
      if (!known.has(name)) known.set(name, count);
      sites.set(site, known);
    };
    await live(life, EFFECTS_MAX, () => 0.999, { note });
  }
  return sites;
}

/** Effects that may be left out: nobody notices, each with the reason why it is there all the same. */
const NEEDLESS: readonly (readonly [site: RegExp, reason: string])[] = [];

describe('the power goes, and one thing was not done', () => {
  test('every fsync, link and rename that is left out is noticed by some life', { timeout: 3_000_000 }, async () => {
    const survived: string[] = [];
    for (const [site, places] of [...(await allSites())].sort()) {
      if (/^(remove|makeDirectory)|^\w+ test /.test(site) || site.match(ONLY) === null) continue;
      const isNeedless = NEEDLESS.some(([pattern]) => pattern.test(site));
      if (isNeedless && !FULL) continue;
      const by = await killerOf(site, places);
      process.stdout.write(`${by === null ? 'SURVIVES' : 'caught  '} ${site}${by === null ? '' : `: ${by}`}\n`);
      if (by === null && !isNeedless) survived.push(site);
    }
    expect(survived).toEqual([]);
  });
});

/** First what loses everything or nothing, in all lives: most of what is wrong shows there. */
const RESTS_FIRST = 2;
const RESTS_THEN = FULL ? 64 : 6;

/** The first life that breaks without that effect; null: none does. */
async function killerOf(site: Site, places: ReadonlyMap<string, number>): Promise<string | null> {
  for (const rests of [RESTS_FIRST, RESTS_THEN])
    for (const [name, from] of places) {
      const { broken } = await everyPowerLoss(lives[name]!, { rests, from, first: true, broken: site });
      if (broken.length > 0) return `${name}: ${broken[0]!.split('\n')[1]}`;
    }
  return null;
}
