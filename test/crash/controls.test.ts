/**
 * The controls: engines with one rule missing must break the very rules by which the random kills are judged. Each dies at
 * a moment that is found by what stands on disk, so that one kill suffices.
 */
import { expect, test } from 'vitest';
import type { RunnerOrders } from '#test/support/crash-runner.ts';
import { describeViolations, rulesBroken, type Violation } from '#test/support/invariants.ts';
import { type RealRoot, type RealRootOptions, realRoot } from '#test/support/real-root.ts';
import { isTakenUp } from '#test/support/taken-up.ts';
import { until } from '#test/support/until.ts';

const AGENT = 'alpha';

const placeWith = (options: Partial<RealRootOptions>) => realRoot({ agents: [AGENT], ...options });

/** The first message is answered in peace, so that there is a session; the second is at the model when this resolves. */
async function secondAtTheModel(place: RealRoot, orders: Partial<RunnerOrders>, env: Record<string, string>) {
  const first = await place.send(AGENT);
  const peaceful = place.start();
  await until('the answer', () => place.outcome(AGENT, first));
  peaceful.signal('SIGTERM');
  await peaceful.exited;
  const second = await place.send(AGENT);
  const runner = place.start({ orders, env });
  const request = await until('a request of it', () =>
    place.ledger().find(({ what, prompt }) => what === 'model-request' && prompt?.includes(second)),
  );
  return { runner, second, pid: request.pid };
}

function mustBreak(violations: readonly Violation[], rule: Violation['rule']): void {
  expect(rulesBroken(violations), describeViolations(violations)).toContain(rule);
}

test('no control: the same kills break no rule', { timeout: 120_000 }, async () => {
  for (const orphan of ['lives', 'dies']) {
    await using place = await placeWith({ flushMs: '60000-60000' });
    const { runner, pid } = await secondAtTheModel(place, {}, { FAKE_CLAUDE_LATENCY_MS: '700-700' });
    place.kill(runner.pid);
    if (orphan === 'dies') place.kill(pid);
    await runner.exited;
    await place.drain();
    expect(describeViolations(await place.check())).toBe('');
  }
});

test('a runner that runs again whatever is in cur runs answered work again', { timeout: 120_000 }, async () => {
  await using place = await placeWith({});
  const { runner, pid } = await secondAtTheModel(place, {}, { FAKE_CLAUDE_LATENCY_MS: '300-300' });
  place.kill(runner.pid);
  await runner.exited;
  await until('its end in the ledger', () => place.ledger().some(line => line.what === 'end' && line.pid === pid));
  const careless = place.start({ orders: { control: 'rerun', once: true } });
  await careless.exited;
  await place.drain();
  const violations = await place.check();
  mustBreak(violations, 'ran again');
  mustBreak(violations, 'body twice');
});

test('a runner that never sends a submitted body again loses the work', { timeout: 120_000 }, async () => {
  // Nothing is in the transcript until a clean end: the kill comes before the CLI has written.
  await using place = await placeWith({ flushMs: '60000-60000' });
  const control = 'submitted-only' as const;
  const { runner, pid, second } = await secondAtTheModel(place, { control }, { FAKE_CLAUDE_LATENCY_MS: '60000-60000' });
  const child = await until('a child', () => place.child(AGENT));
  expect(child.identity.pid).toBe(pid);
  expect(isTakenUp(child.turn)).toBe(true);
  place.kill(runner.pid);
  place.kill(pid);
  await runner.exited;
  const believing = place.start({ orders: { control, once: true } });
  await believing.exited;
  expect(await place.outcome(AGENT, second)).toMatchObject({ outcome: 'replied' });
  await place.drain();
  mustBreak(await place.check(), 'body never');
});

test('a child without the link to its turn is doubled', { timeout: 120_000 }, async () => {
  // One whose stdin is held is given no line before its name is there.
  await using place = await placeWith({ front: () => ['resident: false', 'approvals: off'] });
  const { runner } = await secondAtTheModel(
    place,
    { launcherPath: place.launcherWithoutLink },
    { FAKE_CLAUDE_LATENCY_MS: '3000-3000' },
  );
  place.kill(runner.pid);
  await runner.exited;
  await place.drain();
  await until(
    'every claude to end',
    () => !place.ledger().some(({ what, pid }) => what === 'start' && isOpen(place, pid)),
  );
  // The body often stands twice in one conversation, too; on a slow machine it stands in two branches of it.
  mustBreak(await place.check(), 'two claudes');
});

/** It has begun and not ended. */
const isOpen = (place: RealRoot, pid: number): boolean =>
  !place.ledger().some(line => line.what === 'end' && line.pid === pid);
