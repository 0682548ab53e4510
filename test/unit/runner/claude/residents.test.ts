import { afterEach, expect, test, vi } from 'vitest';
import { turnLayout } from '#blackboard/layout.ts';
import { identifySync } from '#blackboard/system/process-identity.ts';
import type { ResidentWish } from '#runner/claude/port.ts';
import type { Resident } from '#runner/claude/resident.ts';
import { createResidents, type Kept, processBudgetUsd, whyNot } from '#runner/claude/residents.ts';

const identity = identifySync(process.pid)!;
const rule = { idleTimeout: 60_000, maxTurns: 10, maxRssMiB: 100_000, isAuto: false, isOnce: false };

function residentOf(more: Partial<Resident> = {}) {
  const ended: string[] = [];
  const state = { isGone: false };
  const resident: Resident = {
    identity,
    first: turnLayout('/turns', 1),
    turns: 3,
    lastTurn: 4,
    isIdle: true,
    spentUsd: 0,
    usedTools: false,
    exited: new Promise(() => {}),
    get isGone() {
      return state.isGone;
    },
    take: () => {
      throw new Error('not here');
    },
    run: null,
    skip: () => {},
    isAstir: async () => false,
    ask: async () => null,
    async end() {
      ended.push('ended');
      state.isGone = true;
    },
    ...more,
  };
  return { resident, ended };
}
const keptOf = (more: Partial<Resident> = {}, kept: Partial<Kept> = {}): Kept => ({
  resident: residentOf(more).resident,
  sessionId: 's',
  key: 'key',
  budgetUsd: 4,
  knowsWindow: false,
  rule,
  idleSinceMs: 0,
  lines: new Set(),
  checkedBytes: 0,
  ...kept,
});
const wish: ResidentWish = { turn: 5, sessionId: 's', resume: true, perTurnUsd: 2, dayUsd: 5, isRestricted: false };

test('a resident takes the turn after its last one, of its session, with its flags', () => {
  expect(whyNot(keptOf(), wish, 'key')).toBeNull();
});

test.each<[string, Kept, Partial<ResidentWish>, string]>([
  ['it is not there any more', keptOf({ isGone: true }), {}, 'it has ended'],
  ['its turn is not over', keptOf({ isIdle: false }), {}, 'not over'],
  ['the turn is restricted', keptOf(), { isRestricted: true }, 'permissions of its own'],
  ['the session is another', keptOf(), { sessionId: 'other' }, 'another session'],
  ['the session is new', keptOf(), { resume: false }, 'another session'],
  ['another process took a turn since', keptOf(), { turn: 6 }, 'another process'],
  ['its turn comes again', keptOf(), { turn: 4 }, 'another process'],
  ['the flags are others', keptOf({}, { key: 'old' }), {}, 'changed'],
  ['it has had its turns', keptOf({ turns: 10 }), {}, 'had its turns'],
  ['its budget is nearly spent', keptOf({ spentUsd: 2.5 }), {}, 'budget'],
  ['the day has less left than it may cost', keptOf(), { dayUsd: 3 }, 'more than the turn and the day'],
  ['a message has less left than it may cost', keptOf(), { perTurnUsd: 0.5 }, 'more than the turn and the day'],
  [
    'its conversation fills half a window that it was not told',
    keptOf(),
    { context: { tokens: 100_000, window: 200_000 } },
    'at which window',
  ],
  ['it has grown', keptOf({}, { rule: { ...rule, maxRssMiB: 1 } }), {}, 'grown'],
])('it does not if %s', (_name, kept, more, why) => {
  expect(whyNot(kept, { ...wish, ...more }, 'key')).toContain(why);
});

test.each([
  [{ knowsWindow: true }, { tokens: 199_000, window: 200_000 }],
  [{ knowsWindow: false }, { tokens: 99_000, window: 200_000 }],
])('it does if it was told the window, or has room (%j, %j)', (kept, context) => {
  expect(whyNot(keptOf({}, kept), { ...wish, context }, 'key')).toBeNull();
});

test('a process may cost two turns, and never more than is left of the day', () => {
  expect(processBudgetUsd(wish)).toBe(4);
  expect(processBudgetUsd({ ...wish, dayUsd: 2.5 })).toBe(2.5);
  expect(processBudgetUsd({ ...wish, perTurnUsd: 0.5, dayUsd: 0.5 })).toBe(0.5);
});

test('room is promised once, until a process is there or the agent has given up', async () => {
  const residents = createResidents({ max: 2, maxMiB: undefined });
  expect(await Promise.all(['a', 'b', 'c'].map(name => residents.hasRoom(name, rule)))).toEqual([true, true, false]);
  expect(await residents.hasRoom('a', rule)).toBe(true);
  residents.add('a', { ...keptOf(), resident: residentOf({ isIdle: false }).resident });
  expect(await residents.hasRoom('c', rule)).toBe(false);
  await residents.end('b');
  expect(await residents.hasRoom('c', rule)).toBe(true);
});

test('the one that idles longest makes room; one that works does not', async () => {
  const residents = createResidents({ max: 2, maxMiB: undefined });
  const old = residentOf();
  const young = residentOf();
  residents.add('old', { ...keptOf(), resident: old.resident, idleSinceMs: 1 });
  residents.add('young', { ...keptOf(), resident: young.resident, idleSinceMs: 2 });
  expect(await residents.hasRoom('new', rule)).toBe(true);
  expect([old.ended, young.ended]).toEqual([['ended'], []]);
  const busy = residentOf({ isIdle: false });
  residents.add('busy', { ...keptOf(), resident: busy.resident });
  residents.add('young', { ...keptOf(), resident: residentOf({ isIdle: false }).resident });
  expect(await residents.hasRoom('new', rule)).toBe(false);
  expect(busy.ended).toEqual([]);
  expect(await createResidents({ max: 0, maxMiB: undefined }).hasRoom('new', rule)).toBe(false);
});

test('one that stays where there is room waits for nobody to make it, and takes it from none that stays in any case', async () => {
  const auto = { ...rule, isAuto: true };
  const residents = createResidents({ max: 2, maxMiB: undefined });
  const [own, guest] = [residentOf(), residentOf()];
  let goes = () => {};
  const going = new Promise<void>(resolve => {
    goes = resolve;
  });
  const end = () => guest.resident.end().then(() => going);
  residents.add('own', { ...keptOf(), resident: own.resident, idleSinceMs: 1 });
  residents.add('guest', { ...keptOf(), resident: { ...guest.resident, end }, rule: auto, idleSinceMs: 2 });
  expect(await residents.hasRoom('new', auto)).toBe(false);
  expect([own.ended, guest.ended]).toEqual([[], ['ended']]);
  goes();
  await vi.waitFor(() => expect(residents.get('guest')).toBeNull());
  expect(await residents.hasRoom('new', auto)).toBe(true);
});

test('one that is ending has its place until it is gone', async () => {
  const residents = createResidents({ max: 1, maxMiB: undefined });
  residents.add('going', { ...keptOf({ isGone: true }) });
  expect(await residents.hasRoom('new', rule)).toBe(false);
});

test('all of them together stay below the memory that they may have', async () => {
  const residents = createResidents({ max: 9, maxMiB: 1 });
  const big = residentOf();
  residents.add('big', { ...keptOf(), resident: big.resident });
  expect(await residents.hasRoom('new', rule)).toBe(true);
  expect(big.ended).toEqual(['ended']);
});

afterEach(() => void vi.useRealTimers());

test('one that idles too long ends, and one that works on does not', async () => {
  vi.useFakeTimers();
  const residents = createResidents({ max: 2, maxMiB: undefined });
  const idle = residentOf();
  residents.add('idle', { ...keptOf(), resident: idle.resident });
  residents.rest('idle');
  const busy = residentOf({ isIdle: false });
  residents.add('busy', { ...keptOf(), resident: busy.resident });
  residents.rest('busy');
  await vi.advanceTimersByTimeAsync(rule.idleTimeout);
  expect([idle.ended, busy.ended]).toEqual([['ended'], []]);
  expect(residents.get('idle')).toBeNull();
});
