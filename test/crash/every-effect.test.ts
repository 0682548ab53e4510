/**
 * A death at every effect of a message's life: producer, runner or canceller stops before it, after it, or half-way through
 * what it writes; fresh processes then find what is there, and the promise must hold. The effects are enumerated through
 * the file port, so that a new one is met without a line here.
 */
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readOutcome } from '#blackboard/inbox/outcome.ts';
import { requeue } from '#blackboard/inbox/requeue.ts';
import { rootLayout, turnLayout } from '#blackboard/layout.ts';
import { parseMessageName } from '#blackboard/messages/message-name.ts';
import { OPERATOR } from '#blackboard/peers/operator.ts';
import { listSignals, recordSignal } from '#blackboard/signals/pending.ts';
import type { Files } from '#blackboard/system/files.ts';
import { derivedId } from '#blackboard/system/ids.ts';
import { limits } from '#blackboard/system/limits.ts';
import { readRecord } from '#blackboard/system/record.ts';
import { createSpendingReader } from '#blackboard/turns/spending.ts';
import type { Ended, Intent } from '#blackboard/turns/turn-records.ts';
import { cancelMessage } from '#runner/turn/cancelling.ts';
import { Crash, type StopMode, type StoppingFiles, stopAfter } from '#test/support/crash-effects.ts';
import { createChance } from '#test/support/crash-random.ts';
import { checkCrashes, describeViolations } from '#test/support/invariants.ts';
import { type Behaviour, createHouse, type House, sendTo, TURN_USD } from '#test/support/simulated-root.ts';

interface Life {
  agents?: readonly string[];
  front?: readonly string[];
  behaviours?: readonly Behaviour[];
  /** A claude stays after its turn, and takes the next one. */
  residents?: boolean;
  /** What there is before; nobody dies here. */
  before?(house: House): Promise<unknown>;
  /** What the process does that dies; by default it runs the agents. */
  lives(house: House, files: Files): Promise<unknown>;
  /** A caller that was given no answer tries again: the same deliveries, the same cancel. */
  tries?(house: House, files: Files): Promise<unknown>;
  /** The promise does not hold yet: what is missing. The tests then expect to fail, and say so when it is mended. */
  gap?: string;
  /** Only with AGENT_RUNNER_TEST_FULL it dies half-way through an effect, or twice: what that could break, shorter lives have. */
  isLong?: boolean;
  /** The session is replaced on the way: a body may stand once in each conversation. */
  rotates?: boolean;
  /** What the rules do not know of: a message that died, was put back and answered. */
  except?: RegExp;
  /** Every message must have come to this outcome where nobody died. */
  outcome?: 'replied' | 'dead' | 'done';
  /** What else must hold at the end; says what is broken. */
  holds?(house: House): Promise<string[]>;
}

const SIGNAL = { type: 'wake' as const, id: 'a'.repeat(16), at: '2026-01-01T12:00:00Z', source: 'socket' };
/** Houses whose signal was answered for: it must have its turn. */
const accepted = new WeakSet<House>();

/** As the intake does before it answers. */
async function signal(house: House, files: Files): Promise<void> {
  await recordSignal(files, house.layout('alpha').signals, SIGNAL, house.clock.nowMs());
  accepted.add(house);
}
const signalThenRuns = (house: House, files: Files) => signal(house, files).then(() => runs(house, files));

/** A signal that was answered for has one turn that came to an end, waits no more, and its cost is written down. */
async function hasHadItsTurn(house: House): Promise<string[]> {
  const { files } = house;
  const { signals, turns } = house.layout('alpha');
  const { waiting, taken } = await listSignals(files, signals);
  const broken = waiting.length + taken.length > 0 ? ['the signal still waits'] : [];
  let ended = 0;
  let alone = 0;
  for (const name of await files.list(turns)) {
    const turn = turnLayout(turns, Number(name));
    const intent = await readRecord<Intent>(files, turn.intent);
    const decision = await readRecord<Ended>(files, turn.ended);
    if (intent?.signals && decision && decision.costUsd > 0 && decision.signals?.alone !== intent.signals.alone)
      broken.push(`turn ${name} forgot who started it`);
    if (!intent?.signals?.taken.some(({ id }) => id === SIGNAL.id) || decision?.verdict.kind !== 'answered') continue;
    ended++;
    if (intent.signals.alone) alone++;
  }
  if (accepted.has(house) ? ended !== 1 : ended > 1) broken.push(`the signal had ${ended} turns that came to an end`);
  const costs = await files.list(rootLayout(house.root).costs);
  const spent = createSpendingReader(files, house.root);
  const bySignals = (await Promise.all(costs.map(day => spent(day.replace('.jsonl', ''))))).reduce(
    (sum, day) => sum + (day.bySignals?.get('alpha') ?? 0),
    0,
  );
  if (Math.round(bySignals / TURN_USD) < alone) broken.push(`${alone} turns by signals, $${bySignals} accounted`);
  return broken;
}

/** Nobody died but the runner: no turn is blamed on claude, or parks its agent, and one without a claude costs nothing. */
async function isNobodysFault(house: House): Promise<string[]> {
  const { turns } = house.layout('alpha');
  const broken: string[] = [];
  for (const name of await house.files.list(turns)) {
    const ended = await readRecord<Ended>(house.files, turnLayout(turns, Number(name)).ended);
    if (ended?.verdict.kind === 'answered') continue;
    if (ended && (ended.verdict.kind !== 'void' || ended.park || ended.costUsd > 0))
      broken.push(`turn ${name} is ${ended.verdict.kind}, costs ${ended.costUsd} and parks ${ended.park?.code}`);
  }
  return broken;
}

/**
 * The first prompt of each later session carries one hand-off note of the one before it: the runner's deaths lose none, for the
 * played claude always answers. And no message is worked on in a session that has been replaced.
 */
async function hasHandedOver(house: House): Promise<string[]> {
  const { files } = house;
  const { turns } = house.layout('alpha');
  const broken: string[] = [];
  const sessions: string[] = [];
  let notes = 0;
  for (const name of (await files.list(turns)).sort()) {
    const turn = turnLayout(turns, Number(name));
    const intent = await readRecord<Intent>(files, turn.intent);
    const ended = await readRecord<Ended>(files, turn.ended);
    if (!intent || !ended || ended.verdict.kind === 'void') continue;
    if (intent.kind === 'handoff' && ended.verdict.kind === 'answered') notes++;
    if (intent.sessionId === sessions.at(-1)) continue;
    if (sessions.includes(intent.sessionId)) broken.push(`turn ${name} works in a session that was replaced`);
    sessions.push(intent.sessionId);
    const prompt = Buffer.from((await files.read(turn.prompt)) ?? []).toString();
    const told = prompt.match(/Hand-off note of your session before this one/g)?.length ?? 0;
    if (sessions.length > 1 && told !== 1) broken.push(`the new session of turn ${name} begins with ${told} notes`);
  }
  if (sessions.length < 2) broken.push('no session was replaced');
  if (notes < sessions.length - 1) broken.push(`${sessions.length} sessions and ${notes} notes`);
  return broken;
}

async function drop(house: House, marker: string, name: string, data: string | Uint8Array): Promise<void> {
  house.sent.push({ to: 'alpha', from: OPERATOR, kind: 'request', marker, id: null, isAccepted: true });
  await house.files.create(join(house.layout('alpha').inbox.inbox, name), data);
}

const runs = async (house: House, files: Files) => void (await house.run(files));
const sendsThenRuns = async (house: House, files: Files) => {
  await sendTo(house, files, 'crash-one');
  await house.run(files);
};
const sendsAgain = (house: House, files: Files) => sendTo(house, files, 'crash-one');
const one = (house: House) => sendTo(house, house.files, 'crash-one');

const cancels = async (house: House, files: Files) => {
  const { inbox } = house.layout('alpha');
  const canceller = { files, root: house.root, clock: house.clock, by: 'beta', isRun: async () => false };
  await cancelMessage(canceller, { peer: 'alpha', inbox, id: derivedId('crash-one') });
};

const requeues = async (house: House, files: Files) => {
  const { inbox } = house.layout('alpha');
  for (const entry of await files.list(inbox.dead)) {
    const name = parseMessageName(entry);
    if (name)
      await requeue(
        files,
        inbox,
        { path: join(inbox.dead, entry), name },
        { at: new Date(house.clock.nowMs()).toISOString(), by: OPERATOR },
      );
  }
};
const inAMinute = { notBefore: '2026-01-01T12:01:00.000Z' };

const lives: Record<string, Life> = {
  'a delivered message is answered': { lives: sendsThenRuns, outcome: 'replied' },
  'a delivered message is answered, its sender tries again': {
    lives: sendsThenRuns,
    tries: sendsAgain,
    outcome: 'replied',
  },
  'a drop is settled and answered': {
    before: house => drop(house, 'crash-drop', 'task.md', '---\nthread: t\n---\nDo crash-drop.'),
    lives: runs,
    outcome: 'replied',
  },
  'a drop that is no text becomes an attachment': {
    before: house => drop(house, 'crash-file', 'crash-file.bin', new Uint8Array(100)),
    lives: runs,
    outcome: 'replied',
  },
  'a thread shares a turn, a note goes along': {
    async before(house) {
      for (const marker of ['crash-one', 'crash-two', 'crash-three'])
        await sendTo(house, house.files, marker, { thread: 't' });
      await sendTo(house, house.files, 'crash-note', { kind: 'note' });
    },
    lives: runs,
  },
  'a reply goes to an agent, which works on it': {
    agents: ['alpha', 'beta'],
    front: ['turnOn: [request, question, answer]'],
    before: house => sendTo(house, house.files, 'crash-one', { from: 'beta', hops: 1 }),
    lives: runs,
    outcome: 'replied',
  },
  'a child dies before its transcript is written': {
    behaviours: ['answers', 'dies unwritten'],
    before: house => sendTo(house, house.files, 'crash-zero', { priority: 'high' }).then(() => one(house)),
    lives: runs,
    outcome: 'replied',
  },
  'a child dies after its transcript is written': {
    behaviours: ['dies written'],
    before: one,
    lives: runs,
    outcome: 'replied',
  },
  'a child answers and its transcript is lost': {
    behaviours: ['answers, dies unwritten'],
    before: house => one(house).then(() => sendTo(house, house.files, 'crash-two')),
    lives: runs,
    outcome: 'replied',
  },
  'a child answers in its transcript alone': {
    behaviours: ['answers in the transcript alone'],
    before: one,
    lives: runs,
    outcome: 'replied',
  },
  'a launcher dies before its link': {
    behaviours: ['launcher dies before its link'],
    before: one,
    lives: runs,
    outcome: 'replied',
  },
  'a launcher dies after its link': {
    behaviours: ['launcher dies after its link'],
    before: one,
    lives: runs,
    outcome: 'replied',
  },
  'the API is down for a while': { behaviours: ['api down', 'api down'], before: one, lives: runs, outcome: 'replied' },
  'a message fails until it is buried': {
    front: ['maxAttempts: 2'],
    behaviours: ['fails', 'fails', 'fails', 'fails'],
    agents: ['alpha', 'beta'],
    before: house => sendTo(house, house.files, 'crash-one', { from: 'beta', hops: 1 }),
    lives: runs,
    outcome: 'dead',
  },
  'a child that outlived its runner is waited for': {
    behaviours: ['lives on'],
    async before(house) {
      await one(house);
      await house.run(house.files, { diesAttending: true });
      expect(house.scene().ledger.map(({ what }) => what)).toEqual(['linked', 'start', 'model-request']);
    },
    lives: runs,
    outcome: 'replied',
  },
  'a resident takes the second turn': {
    front: ['batch: one'],
    residents: true,
    before: house => one(house).then(() => sendTo(house, house.files, 'crash-two')),
    lives: runs,
    outcome: 'replied',
    holds: isNobodysFault,
  },
  'a resident dies in its second turn, before it is written, and another takes the third': {
    isLong: true,
    front: ['batch: one'],
    residents: true,
    behaviours: ['answers', 'dies unwritten'],
    before: house => one(house).then(() => sendTo(house, house.files, 'crash-two')),
    lives: runs,
    outcome: 'replied',
  },
  'a resident reads its second line late': {
    isLong: true,
    front: ['batch: one'],
    residents: true,
    behaviours: ['answers', 'begins late'],
    before: house => one(house).then(() => sendTo(house, house.files, 'crash-two')),
    lives: runs,
    outcome: 'replied',
  },
  'a stray resident has its session open': {
    residents: true,
    async before(house) {
      await one(house);
      await house.run(house.files);
      await sendTo(house, house.files, 'crash-two');
    },
    lives: runs,
    outcome: 'replied',
  },
  'a launcher wakes up after its runner has died': {
    behaviours: ['launcher is late'],
    async before(house) {
      await one(house);
      await house.run(house.files, { diesAttending: true });
    },
    lives: runs,
    outcome: 'replied',
  },
  'a signal starts a turn': { lives: signalThenRuns, holds: hasHadItsTurn },
  'a signal whose child dies gets another turn': {
    behaviours: ['dies written'],
    lives: signalThenRuns,
    holds: hasHadItsTurn,
  },
  'a signal whose launcher dies gets another turn': {
    behaviours: ['launcher dies before its link', 'launcher dies after its link'],
    lives: signalThenRuns,
    holds: hasHadItsTurn,
  },
  'a signal and a message are one turn, a note goes along': {
    async before(house) {
      await one(house);
      await sendTo(house, house.files, 'crash-note', { kind: 'note' });
    },
    lives: signalThenRuns,
    holds: hasHadItsTurn,
  },
  'a signal finds only a note, which a restrained turn does not take': {
    front: ['signals: passive'],
    before: house => sendTo(house, house.files, 'crash-note', { kind: 'note' }),
    lives: signalThenRuns,
    async holds(house) {
      const { inbox } = house.layout('alpha');
      const waits = (await house.files.list(inbox.new)).length === 1;
      return [...(await hasHadItsTurn(house)), ...(waits ? [] : ['the note does not wait'])];
    },
  },
  'a session is replaced, and the first turn of the new one dies': {
    front: ['session: { rotateAfterTurns: 1 }', 'batch: one'],
    behaviours: ['answers', 'answers', 'dies written'],
    before: house => one(house).then(() => sendTo(house, house.files, 'crash-two')),
    lives: runs,
    outcome: 'replied',
    rotates: true,
    holds: hasHandedOver,
  },
  'a conversation that is too long is replaced': {
    front: ['batch: one'],
    behaviours: ['answers', 'too long'],
    isLong: true,
    before: house => one(house).then(() => sendTo(house, house.files, 'crash-two')),
    lives: runs,
    outcome: 'replied',
    rotates: true,
    holds: hasHandedOver,
  },
  'a message for later': {
    isLong: true,
    async lives(house, files) {
      await sendTo(house, files, 'crash-one', inAMinute);
      await house.run(files);
      await house.clock.sleep(60_000);
      await house.run(files);
    },
    async tries(house, files) {
      await sendTo(house, files, 'crash-one', inAMinute);
      await house.clock.sleep(60_000);
    },
    outcome: 'replied',
  },
  'a message expires': {
    agents: ['alpha', 'beta'],
    isLong: true,
    before: house =>
      sendTo(house, house.files, 'crash-one', { from: 'beta', hops: 1, expiresAt: '2026-01-01T12:00:00.000Z' }),
    lives: runs,
    outcome: 'dead',
  },
  'a dead letter is put back': {
    front: ['maxAttempts: 1'],
    behaviours: ['fails'],
    isLong: true,
    before: house => one(house).then(() => runs(house, house.files)),
    async lives(house, files) {
      await requeues(house, files);
      await house.run(files);
    },
    tries: requeues,
    outcome: 'replied',
    except: /^answers: .* is done: operator should have 0 note/,
  },
  'a turn is cancelled whose runner and child have died': {
    behaviours: ['dies written'],
    agents: ['alpha', 'beta'],
    async before(house) {
      await one(house);
      await house.run(house.files, { diesAttending: true });
    },
    lives: cancels,
    tries: cancels,
    outcome: 'dead',
  },
  'a waiting message is cancelled': {
    agents: ['alpha', 'beta'],
    before: one,
    lives: cancels,
    outcome: 'dead',
  },
  'a waiting message is cancelled, and cancelled again': {
    agents: ['alpha', 'beta'],
    before: one,
    lives: cancels,
    tries: cancels,
    outcome: 'dead',
  },
};

/** Fresh processes on what is left, after enough time for everything that was left behind to count as such. */
async function recover(house: House, life: Life, files: Files = house.files): Promise<void> {
  await life.tries?.(house, files);
  await house.clock.sleep(limits.unplacedRestMs + 1_000);
  await house.run(files);
  await house.wake();
  await house.run(files);
}

const newHouse = async (life: Life): Promise<House> => {
  const house = await createHouse({
    agents: life.agents ?? ['alpha'],
    ...(life.front ? { front: life.front } : {}),
    ...(life.behaviours ? { behaviours: life.behaviours } : {}),
    ...(life.residents ? { residents: true } : {}),
  });
  await life.before?.(house);
  return house;
};

/** A process that dies: whatever it throws then is the death. */
async function die(work: () => Promise<unknown>, files: StoppingFiles): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof Crash) && files.diedAt === null) throw error;
  }
}

/** A file port over another: the controls lie. */
type Disk = (files: Files) => Files;
const honest: Disk = files => files;

async function brokenIn(life: Life, house: House): Promise<string> {
  const broke = (await checkCrashes({ ...house.scene(), rotates: life.rotates ?? false })).filter(
    each => !life.except?.test(describeViolations([each])),
  );
  return [describeViolations(broke), ...((await life.holds?.(house)) ?? [])].filter(text => text !== '').join('\n');
}

/** Dies at effect `at`; null when the life has fewer. With `again`, the recovery dies, too, at that effect of its own. */
async function dieAt(life: Life, at: number, mode: StopMode, again?: number, disk: Disk = honest) {
  const house = await newHouse(life);
  const files = stopAfter(disk(house.files), { at, mode });
  await die(() => life.lives(house, files), files);
  if (files.diedAt === null) return null;
  let isSecond = false;
  if (again !== undefined) {
    const second = stopAfter(disk(house.files), { at: again, mode });
    await die(() => recover(house, life, second), second);
    isSecond = second.diedAt !== null;
  }
  await recover(house, life, disk(house.files));
  const violations = await brokenIn(life, house);
  return { diedAt: files.diedAt, isTearable: files.isTearable, isSecond, violations };
}

/** Effects of the longest life; one that never ends is a bug. */
const EFFECTS_MAX = 600;

const FULL = Boolean(process.env.AGENT_RUNNER_TEST_FULL);
const MODES = ['before', 'after', 'torn'] as const;

/** By default two second deaths for each first one; all there are with AGENT_RUNNER_TEST_FULL. */
const SECOND_DEATHS = FULL ? EFFECTS_MAX : 1;
const SEED = Number(process.env.AGENT_RUNNER_SEED ?? Math.floor(Math.random() * 2 ** 31));

/** Every effect, each mode that makes a difference; returns what broke and how many lives it took. */
async function everyEffect(life: Life, second: boolean) {
  const chance = createChance(SEED);
  const broken: string[] = [];
  let lived = 0;
  const dies = async (at: number, mode: StopMode, again?: number) => {
    const found = await dieAt(life, at, mode, again);
    if (found === null) return null;
    lived++;
    const when = again === undefined ? `${at}` : `${at} and then ${again}`;
    if (found.violations !== '') broken.push(`effect ${when} (${mode}) ${found.diedAt}:\n${found.violations}`);
    return found;
  };
  for (let at = 1; at <= EFFECTS_MAX; at++) {
    for (const mode of life.isLong && !FULL ? (['before'] as const) : MODES) {
      const found = await dies(at, mode, second ? 1 : undefined);
      if (found === null) return { broken, lived };
      for (let more = 1; second && more <= SECOND_DEATHS; more++) {
        const again = SECOND_DEATHS === EFFECTS_MAX ? more + 1 : chance.between(2, 80);
        if (!(await dies(at, mode, again))?.isSecond && SECOND_DEATHS === EFFECTS_MAX) break;
      }
      if (mode === 'after' && !found.isTearable) break;
    }
  }
  throw new Error(`the life has more than ${EFFECTS_MAX} effects`);
}

test('a resident has both turns where nobody dies', async () => {
  const house = await newHouse(lives['a resident takes the second turn']!);
  await house.run(house.files);
  const { ledger } = house.scene();
  expect(ledger.map(({ what }) => what)).toEqual(['linked', 'start', 'model-request', 'model-request']);
});

describe.each(Object.entries(lives))('%s', (_name, life) => {
  test('where nobody dies', async () => {
    const house = await newHouse(life);
    await life.lives(house, house.files);
    await recover(house, life);
    expect(await brokenIn(life, house)).toBe('');
    const outcomes = house.sent.map(async ({ to, marker, id }) => {
      const { inbox } = house.layout(to);
      const names = id === null ? await house.files.list(inbox.outcomes) : [id];
      return (await readOutcome(house.files, inbox, names[0] ?? marker))?.outcome;
    });
    if (life.outcome) expect(new Set(await Promise.all(outcomes))).toEqual(new Set([life.outcome]));
  });

  const promised = life.gap ? test.fails : test;
  promised('a death at every effect', async () => {
    const { broken, lived } = await everyEffect(life, false);
    expect(broken.slice(0, 5).join('\n')).toBe('');
    expect(lived).toBeGreaterThan(8);
  });

  const also = life.isLong && !FULL ? test.skip : promised;
  also(`a death at every effect, and one more in the recovery (seed ${SEED})`, async () => {
    const { broken } = await everyEffect(life, true);
    expect(broken.slice(0, 5).join('\n')).toBe('');
  });
});

/** A disk on which one kind of link is reported and not made. */
const without =
  (kind: RegExp): Disk =>
  files => ({ ...files, link: async (from, to) => (kind.test(to) ? 'linked' : files.link(from, to)) });

const controls: Record<string, { disk: Disk; life: string }> = {
  'no intent': { disk: without(/\/intent$/), life: 'a child dies after its transcript is written' },
  'no ids': { disk: without(/\/ids\//), life: 'a delivered message is answered, its sender tries again' },
  'no seal': {
    // The seal's name is in the first argument: the launcher links the same name.
    disk: files => ({
      ...files,
      link: async (from, to) => (/\/sealed\./.test(from) ? 'linked' : files.link(from, to)),
    }),
    life: 'a launcher wakes up after its runner has died',
  },
  'a line without the record of the child': {
    disk: files => ({
      ...files,
      link: async (from, to) => (/\/child$/.test(from) ? 'linked' : files.link(from, to)),
    }),
    life: 'a resident reads its second line late',
  },
  // Anyone who looks next knows of no session that was to hand over.
  'no decision': {
    disk: without(/\/ended$/),
    life: 'a session is replaced, and the first turn of the new one dies',
  },
  'no outcomes': { disk: without(/\/outcomes\//), life: 'a delivered message is answered' },
  'no costs': {
    disk: files => ({
      ...files,
      append: async (path, ...rest) => (path.includes('/costs/') ? undefined : files.append(path, ...rest)),
    }),
    life: 'a delivered message is answered',
  },
  'a rename to done that forgets the file': {
    disk: files => ({
      ...files,
      async move(from, to) {
        if (!to.includes('/done/')) return files.move(from, to);
        await files.remove(from);
        return 'moved';
      },
    }),
    life: 'a delivered message is answered',
  },
  'a signal that is taken up and forgotten': {
    disk: files => ({
      ...files,
      async move(from, to) {
        if (!/\/signals\/\d+\./.test(to)) return files.move(from, to);
        await files.remove(from);
        return 'moved';
      },
    }),
    life: 'a signal starts a turn',
  },
};

test.each(Object.entries(controls))('the control "%s" breaks the promise', async (_name, { disk, life }) => {
  const broken: string[] = [];
  for (let at = 1; at <= EFFECTS_MAX && broken.length === 0; at++) {
    const found = await dieAt(lives[life]!, at, 'before', undefined, disk);
    if (found === null) break;
    if (found.violations !== '') broken.push(found.violations);
  }
  expect(broken).not.toEqual([]);
});
