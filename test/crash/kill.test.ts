/**
 * Random kills of real processes, with the fake claude and, with AGENT_RUNNER_TEST_FULL, the real one. Scale: AGENT_RUNNER_KILLS
 * (200; of the real one a twentieth); AGENT_RUNNER_SEED repeats a schedule; AGENT_RUNNER_KEEP=<directory> keeps the place for a look.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { type Act, createKiller } from '#test/support/crash-killer.ts';
import { createProducer } from '#test/support/crash-producer.ts';
import { type Chance, createChance } from '#test/support/crash-random.ts';
import { readCrashWorld } from '#test/support/evidence.ts';
import { describeViolations } from '#test/support/invariants.ts';
import { realRoot } from '#test/support/real-root.ts';

const KILLS = Number(process.env.AGENT_RUNNER_KILLS ?? (process.env.AGENT_RUNNER_TEST_FULL ? 1000 : 200));
const SEED = Number(process.env.AGENT_RUNNER_SEED ?? Math.floor(Math.random() * 2 ** 31));

const FRONT: Record<string, string[]> = {
  alpha: ['resident: {maxTurns: 5}'],
  beta: ['batch: one', 'resident: false', 'approvals: off'],
  delta: ['resident: false'],
  gamma: ['turnOn: [request, question, answer, note]', 'resident: true'],
};

const RUNS = [
  { claude: 'the fake claude', isReal: false, most: KILLS },
  { claude: 'the real claude', isReal: true, most: Math.ceil(KILLS / 20) },
].filter(({ isReal }) => !isReal || process.env.AGENT_RUNNER_TEST_FULL);

test.each(RUNS)(
  `$most random kills of $claude and of runners lose nothing, double nothing and answer everybody once (seed ${SEED})`,
  {
    timeout: 120_000 + KILLS * 3_000,
  },
  async ({ isReal, most }) => {
    console.log(`AGENT_RUNNER_SEED=${SEED} AGENT_RUNNER_KILLS=${KILLS}`);
    await using place = await realRoot({
      agents: Object.keys(FRONT),
      hasTraps: true,
      isReal,
      latencyMs: '0-400',
      flushMs: '40-100',
      // One works on answers and notes, too; one takes its messages one by one. Two have a resident
      // claude, one a process of its own that could ask a person.
      front: name => FRONT[name] ?? [],
    });
    const producer = createProducer(place, createChance(SEED));
    const killer = createKiller(place, createChance(SEED ^ 0x5eed));
    const stop = new AbortController();
    const producing = produce(producer.next, createChance(SEED + 1), stop.signal);
    const startedMs = performance.now();
    const counts = new Map<Act, number>();
    let kills = 0;
    try {
      while (kills < most) {
        const done = await killer.next();
        kills += done.kills;
        if (done.kills > 0 || done.act.startsWith('SIGTERM')) counts.set(done.act, (counts.get(done.act) ?? 0) + 1);
      }
    } finally {
      stop.abort();
      await producing;
    }
    const killedMs = performance.now();
    await place.drain();
    const drainedMs = performance.now();
    const violations = await place.check();
    await report();
    expect(describeViolations(violations)).toBe('');
    expect(place.sent.length).toBeGreaterThan(most / 2);

    async function report() {
      const ledger = place.ledger();
      const scene = { files: place.files, root: place.root, agents: place.agents, sent: place.sent };
      const world = await readCrashWorld({ ...scene, ledger, kills: [], transcripts: new Map(), survivors: [] });
      const agents = [...world.peers.values()].filter(({ isAgent }) => isAgent);
      const outcomes = tally(agents.flatMap(peer => [...peer.outcomes.values()].map(({ outcome }) => outcome)));
      const verdicts = tally(agents.flatMap(peer => peer.turns.map(({ ended }) => ended?.verdict.kind ?? 'open')));
      const modes = tally(
        agents.flatMap(({ turns }) => turns.flatMap(({ intent }) => intent?.messages.map(({ mode }) => mode) ?? [])),
      );
      console.log(
        [
          `${kills} kills in ${Math.round((killedMs - startedMs) / 1000)} s, drained in ${Math.round((drainedMs - killedMs) / 1000)} s: ${JSON.stringify(Object.fromEntries(counts))}`,
          `${place.sent.length} messages (${producer.repeated()} repeated deliveries): ${JSON.stringify(outcomes)}`,
          `turns ${JSON.stringify(verdicts)}, messages in them ${JSON.stringify(modes)}, ${ledger.filter(({ what }) => what === 'model-request').length} model requests`,
          `${violations.length} violations`,
        ].join('\n'),
      );
    }
  },
);

/** Faster than three agents work, so that there always is something to interrupt; the producer holds back by itself. */
async function produce(
  next: (stop: AbortSignal) => Promise<unknown>,
  chance: Chance,
  stop: AbortSignal,
): Promise<void> {
  while (!stop.aborted) {
    await next(stop);
    await pause(chance.between(20, 200));
  }
}

function tally(words: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const word of words) counts[word] = (counts[word] ?? 0) + 1;
  return counts;
}
