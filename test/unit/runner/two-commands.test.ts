/**
 * Two commands on one message: in every pair, from every state, one of them is stopped before each of its effects while the other runs
 * whole, and then goes on. Afterwards a runner comes to rest, and the promise must hold: one place, one outcome, one answer at most.
 */
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { deliver } from '#blackboard/inbox/deliver.ts';
import { locate } from '#blackboard/inbox/locate.ts';
import { readOutcome } from '#blackboard/inbox/outcome.ts';
import { relocate } from '#blackboard/inbox/relocate.ts';
import { requeue } from '#blackboard/inbox/requeue.ts';
import { agentLayout, agentLayoutAt, type Inbox, inboxLayout, turnLayout } from '#blackboard/layout.ts';
import { decodeMessage } from '#blackboard/messages/message-decode.ts';
import { formatMessageName, parseClaimedName, parseMessageName } from '#blackboard/messages/message-name.ts';
import { listDeadLetters } from '#blackboard/peers/dead-letters.ts';
import { type Files, readText } from '#blackboard/system/files.ts';
import { writeRecord } from '#blackboard/system/record.ts';
import { latestTurn } from '#blackboard/turns/newest-turn.ts';
import { electTurn, isClosed, sealTurn } from '#blackboard/turns/turns.ts';
import { sweepInbox } from '#runner/retention/inbox-retention.ts';
import { cancelMessage } from '#runner/turn/cancelling.ts';
import { completeBurials } from '#runner/turn/complete-burials.ts';
import { finishTurn, sweepClosed } from '#runner/turn/finish.ts';
import { nextBatch, prepareTurn } from '#runner/turn/plan.ts';
import { purge } from '#runner/turn/purging.ts';
import { buryAndPutAway, closeAgent, finishRemovals } from '#runner/turn/removing.ts';
import { stopAfter } from '#test/support/crash-effects.ts';
import { AGENT, type AgentWorld, createAgentWorld, ROOT, resultLine } from './agent-world.ts';

const { inbox, turns, home } = agentLayout(ROOT, AGENT);
const operator = inboxLayout(`${ROOT}/operator`);
const ID = '00000000-0000-7000-8000-000000000001';
const FAILS = resultLine({ is_error: true, terminal_reason: 'api_error', api_error_status: 400, result: 'boom' });

/** Its effects are those of one process; the disk is everybody's. */
type Step = (world: AgentWorld, files: Files) => Promise<unknown>;

/** A clock whose waits are over at once. */
const hurried = (world: AgentWorld) => {
  let ms = 0;
  return { nowMs: world.clock.nowMs, monotonicMs: () => (ms += 1_000), sleep: async () => {} };
};
const burier = (world: AgentWorld, files: Files) => ({ files, root: ROOT, clock: hurried(world), by: 'b' });
const removal = (world: AgentWorld, files: Files) => ({ ...burier(world, files), env: {}, progress: () => {} });

/** Ends the turn that is open, else begins one on what waits and ends it so. */
const turnThat =
  (stream: string): Step =>
  async (world, files) => {
    const context = { ...world.context, files };
    const last = await latestTurn(files, turns);
    const isOpen = last > 0 && !(await isClosed(files, turnLayout(turns, last)));
    const number = isOpen ? last : last + 1;
    const turn = turnLayout(turns, number);
    if (!isOpen) {
      const batch = await nextBatch(context, number, () => false);
      if (batch.work.length === 0 || (await electTurn(files, turns, number)) === 'lost') return;
      const intent = await prepareTurn(context, turn, batch, null, { turnUsd: 2, dayUsd: 100 });
      if (intent) {
        await writeRecord(files, turn.intent, intent);
        await world.play(turn, stream);
      }
    }
    await finishTurn(context, turn, await sealTurn(files, turn));
  };
const answers = turnThat(resultLine());
const fails = turnThat(FAILS);

const deadLetter = async (files: Files) =>
  (await listDeadLetters(files, [{ peer: AGENT, inbox }])).find(({ id }) => id === ID) ?? null;

const requeues: Step = async (_world, files) => {
  const letter = await deadLetter(files);
  if (letter?.name) await requeue(files, inbox, { path: letter.path, name: letter.name }, { at: AT, by: 'operator' });
};
const AT = '2026-11-21T13:00:00.000Z';

const STEPS: Readonly<Record<string, Step>> = {
  cancel: (world, files) =>
    cancelMessage({ ...burier(world, files), isRun: async () => false }, { peer: AGENT, inbox, id: ID }),
  requeue: requeues,
  async purge(world, files) {
    const letter = await deadLetter(files);
    if (letter) await purge(burier(world, files), letter);
  },
  async bury(world, files) {
    const context = { ...world.context, files };
    await sweepClosed(context);
    await completeBurials(context, new Set());
  },
  async retention(world, files) {
    const sweep = sweepInbox(files, inbox, { days: 30, doneBytes: 1e9 }, world.clock.nowMs());
    for await (const _step of sweep);
  },
  async remove(world, files) {
    const all = { ...removal(world, files), layout: agentLayout(ROOT, AGENT) };
    await closeAgent(all);
    if ((await latestTurn(files, turns)) > 0) await finishOpen(world, files);
    await buryAndPutAway(all);
  },
  answers,
  fails,
  async 'requeue, then a turn'(world, files) {
    await requeues(world, files);
    await answers(world, files);
  },
  async 'requeue, then a turn that fails'(world, files) {
    await requeues(world, files);
    await fails(world, files);
  },
};

async function finishOpen(world: AgentWorld, files: Files): Promise<void> {
  const turn = turnLayout(turns, await latestTurn(files, turns));
  if (!(await isClosed(files, turn))) await finishTurn({ ...world.context, files }, turn, await sealTurn(files, turn));
}

const STATES: Readonly<Record<string, (world: AgentWorld) => Promise<void>>> = {
  waiting: async () => {},
  async claimed(world) {
    await world.play((await world.begin(1)).turn, resultLine());
  },
  async 'claimed by a turn that fails'(world) {
    await world.play((await world.begin(1)).turn, FAILS);
  },
  async dead(world) {
    await fails(world, world.files);
  },
  async 'dead, its burial cut short'(world) {
    const place = (await locate(world.files, inbox, ID))!;
    await relocate(world.files, place.path, join(inbox.dead, formatMessageName(place.name)));
  },
};

const EFFECTS = new Set(['create', 'append', 'link', 'move', 'makeDirectory', 'remove']);

/** A port that waits before its `at`-th effect until `meanwhile` is over. */
function stoppedAt(files: Files, at: number, meanwhile: () => Promise<unknown>) {
  let count = 0;
  const port = new Proxy(files, {
    get(target, name: string) {
      const method = (target as unknown as Record<string, (...args: unknown[]) => Promise<unknown>>)[name]!;
      if (!EFFECTS.has(name)) return method;
      return async (...args: unknown[]) => {
        if (++count === at) await meanwhile();
        return method.apply(target, args);
      };
    },
  });
  return { port, wasStopped: () => count >= at };
}

/** What is said to anyone who called it is not judged here: what it left behind is. */
const quietly = (work: Promise<unknown>): Promise<unknown> => work.catch(() => {});

async function settle(world: AgentWorld): Promise<void> {
  const { files } = world;
  if (await files.facts(home)) {
    for (let round = 0; round < 2; round++) {
      await STEPS.bury!(world, files);
      await answers(world, files);
    }
    await STEPS.bury!(world, files);
  }
  await finishRemovals(removal(world, files));
}

/** What is broken, in words; empty: the promise held. */
async function broken(world: AgentWorld, ids: readonly string[], mayBePurged: boolean): Promise<string[]> {
  const { files } = world;
  const kept = (await files.list(`${ROOT}/removed`)).map(
    name => agentLayoutAt(`${ROOT}/removed/${name}`, ROOT, AGENT).inbox,
  );
  const inboxes = [...((await files.facts(home)) ? [inbox] : []), ...kept];
  const found: string[] = [];
  for (const id of ids) {
    const places: string[] = [];
    const outcomes: string[] = [];
    for (const each of inboxes) {
      for (const path of await placesOf(files, each, id)) places.push(path.slice(path.indexOf('/inbox/') + 7));
      const outcome = await readOutcome(files, each, id);
      if (outcome) outcomes.push(outcome.outcome);
    }
    const said = `${id.slice(-1)}: ${places.join(' and ') || 'nowhere'}, ${outcomes.join(' and ') || 'no outcome'}`;
    if (places.length !== 1 && !(mayBePurged && places.length === 0)) found.push(`places of ${said}`);
    const expected = places[0]?.startsWith('done') ? 'replied' : 'dead';
    if (outcomes.length !== 1 || outcomes[0] !== expected) found.push(`outcome of ${said}`);
    const told = await messagesAbout(files, id);
    if (told.answers !== (expected === 'replied' ? 1 : 0)) found.push(`${told.answers} answers to ${said}`);
  }
  return found;
}

async function placesOf(files: Files, { new: fresh, later, cur, dead, done }: Inbox, id: string): Promise<string[]> {
  const days = (await files.list(done)).map(day => join(done, day));
  const found: string[] = [];
  for (const directory of [fresh, later, cur, dead, ...days])
    for (const entry of await files.list(directory))
      if ((parseMessageName(entry) ?? parseClaimedName(entry)?.name)?.id === id) found.push(join(directory, entry));
  return found;
}

async function messagesAbout(files: Files, id: string): Promise<{ answers: number }> {
  let answers = 0;
  for (const entry of await files.list(operator.new)) {
    const message = decodeMessage((await readText(files, join(operator.new, entry), 1e6))!, entry);
    if (message.kind === 'answer' && message.inReplyTo?.includes(id)) answers++;
  }
  return { answers };
}

/** Stops `one` at each of its effects while `other` runs whole. Returns all that was broken, and how often it was stopped. */
async function pair(state: string, one: Step, other: Step, mayBePurged: boolean) {
  const found: string[] = [];
  for (let at = 1; ; at++) {
    const world = await createAgentWorld('maxAttempts: 1\n');
    await world.drop();
    await STATES[state]!(world);
    const { port, wasStopped } = stoppedAt(world.files, at, () => quietly(other(world, world.files)));
    await quietly(one(world, port));
    if (!wasStopped()) return { found, stops: at - 1 };
    await settle(world);
    for (const what of await broken(world, [ID], mayBePurged)) found.push(`stopped at effect ${at}: ${what}`);
  }
}

describe.each(Object.keys(STATES))('a message that is %s', state => {
  test.each(Object.keys(STEPS).filter(name => !name.includes(',')))(
    '%s is stopped anywhere while each other command runs whole',
    async one => {
      const found: string[] = [];
      for (const other of Object.keys(STEPS)) {
        const result = await pair(state, STEPS[one]!, STEPS[other]!, [one, other].includes('purge'));
        found.push(...result.found.map(what => `${one}, meanwhile ${other}, ${what}`));
      }
      expect(found).toEqual([]);
    },
  );
});

test('control: a requeue that takes the outcome away by its name erases that of the turn which answered meanwhile', async () => {
  const takesAway: Step = async (_world, files) => {
    const letter = await deadLetter(files);
    if (!letter?.name) return;
    await files.link(join(inbox.outcomes, ID), join(inbox.outcomes, `${ID}.1`));
    await files.remove(join(inbox.outcomes, ID));
    await relocate(files, letter.path, join(inbox.new, formatMessageName({ ...letter.name, failures: 0 })));
  };
  const meanwhile: Step = async (world, files) => {
    await takesAway(world, files);
    await answers(world, files);
  };
  const { found, stops } = await pair('dead', takesAway, meanwhile, false);
  expect(stops).toBeGreaterThan(1);
  expect(found).toContainEqual(expect.stringMatching(/outcome of 1: done\/.*no outcome/));
});

describe('a message that is sent while its agent is removed', () => {
  const SECOND = '00000000-0000-7000-8000-000000000002';
  const message = {
    id: SECOND,
    from: 'operator',
    kind: 'request',
    at: AT,
    trace: SECOND,
    hops: 0,
    body: 'late',
  } as const;
  const send =
    (once: boolean, accepted: string[]): Step =>
    async (_world, files) => {
      await deliver(files, inbox, message, { once });
      accepted.push(SECOND);
    };

  test.each([true, false])('is accepted and dead, its sender told, or was never accepted (once: %s)', async once => {
    for (const isSlow of ['send', 'remove'])
      for (let at = 1; ; at++) {
        const world = await createAgentWorld();
        const accepted: string[] = [];
        const steps = [send(once, accepted), STEPS.remove!];
        const [one, other] = isSlow === 'send' ? steps : steps.reverse();
        const { port, wasStopped } = stoppedAt(world.files, at, () => quietly(other!(world, world.files)));
        await quietly(one!(world, port));
        if (!wasStopped()) break;
        await settle(world);
        expect(await broken(world, accepted, false), `${isSlow} stopped at effect ${at}`).toEqual([]);
        if (accepted.length > 0) {
          const notes = await answeredByNotes(world.files);
          expect(notes, `${isSlow} stopped at effect ${at}`).toEqual([[SECOND]]);
        }
      }
  });

  test('is dead, its sender told once, wherever the removal died, when somebody goes on with that', async () => {
    for (let at = 1; ; at++) {
      const world = await createAgentWorld();
      const id = await world.drop();
      const dying = stopAfter(world.files, { at, mode: 'before' });
      await quietly(STEPS.remove!(world, dying));
      if (dying.diedAt === null) break;
      if (await world.files.facts(home)) await STEPS.remove!(world, world.files);
      await settle(world);
      expect(await broken(world, [id], false), `died at effect ${at}`).toEqual([]);
      // Who removed it is the operator's to be told; the sender is the operator here.
      expect(await answeredByNotes(world.files), `died at effect ${at}`).toEqual([[id]]);
    }
  });

  test('control: burying before the directory is out of reach, and not after, loses one', async () => {
    const world = await createAgentWorld();
    const accepted: string[] = [];
    const once: Step = async (_world, files) => {
      await files.makeDirectory(`${ROOT}/removed`);
      await files.move(home, `${ROOT}/removed/${AGENT}-1`);
    };
    await send(true, accepted)(world, world.files);
    await once(world, world.files);
    expect(await broken(world, accepted, false)).not.toEqual([]);
  });
});

async function answeredByNotes(files: Files): Promise<unknown[]> {
  const told: unknown[] = [];
  for (const entry of await files.list(operator.new))
    told.push(decodeMessage((await readText(files, join(operator.new, entry), 1e6))!, entry).inReplyTo);
  return told;
}
