import { describe, expect, test } from 'vitest';
import type { EventBody } from '#blackboard/events/event.ts';
import { deliver, makeInbox } from '#blackboard/inbox/deliver.ts';
import { locate } from '#blackboard/inbox/locate.ts';
import { readOutcome, writeOutcome } from '#blackboard/inbox/outcome.ts';
import { agentLayout, inboxLayout, sessionLayout, type TurnLayout, turnLayout } from '#blackboard/layout.ts';
import { decodeMessage } from '#blackboard/messages/message-decode.ts';
import { beginLife, lifeAt } from '#blackboard/peers/agent-life.ts';
import { claimSessionName, moveSessionNames } from '#blackboard/peers/session-names.ts';
import { readText } from '#blackboard/system/files.ts';
import { limits } from '#blackboard/system/limits.ts';
import { shortId } from '#blackboard/system/short-id.ts';
import { createSpendingReader } from '#blackboard/turns/spending.ts';
import type { Ended } from '#blackboard/turns/turn-records.ts';
import { closeTurn, isClosed, readChild, writeStop } from '#blackboard/turns/turns.ts';
import { readHistory } from '#runner/status/message-history.ts';
import { stepsOf } from '#runner/status/message-steps.ts';
import { readParked } from '#runner/status/park.ts';
import { decideTurn, previousEnded } from '#runner/turn/decide.ts';
import { finishTurn, sweepClosed } from '#runner/turn/finish.ts';
import { replyId } from '#runner/turn/publish.ts';
import { answeredText, gistOf, whatItAnswers } from '#runner/verbs/gist.ts';
import { createMemoryFiles, type MemoryFiles } from '#test/support/memory-files.ts';
import { AGENT, type AgentWorld, CHILD, createAgentWorld, ROOT, resultLine } from '#test/unit/runner/agent-world.ts';

const started = { kind: 'started', identity: CHILD } as const;
const operator = inboxLayout(`${ROOT}/operator`);
const [SESSION, OTHER, CLEARED, GONE] = ['1', '2', '3', '4'].map(
  digit => `${digit.repeat(8)}-0000-4000-8000-000000000000`,
) as [string, string, string, string];
/** As claude's result line has them. */
const denied = (command: string) => [{ tool_name: 'Bash', tool_use_id: 't', tool_input: { command } }];
const failing = resultLine({ is_error: true, terminal_reason: 'api_error', api_error_status: 400, result: 'boom' });

/** The messages that lie in a directory, decoded. */
async function messagesIn(files: MemoryFiles, directory: string) {
  const names = (await files.list(directory)).sort();
  return Promise.all(
    names.map(async name => decodeMessage((await readText(files, `${directory}/${name}`, 1e9))!, name)),
  );
}

/** A turn on `count` messages of one thread, played and ready to be finished. */
async function played(stream: string, options: { frontMatter?: string; count?: number } = {}) {
  const world = await createAgentWorld(options.frontMatter);
  const ids: string[] = [];
  for (let at = 0; at < (options.count ?? 1); at++) ids.push(await world.drop({ thread: 't' }));
  const { turn } = await world.begin(1);
  await world.play(turn, stream);
  return { world, turn, ids };
}

/** What the turn's decision would be; nothing of it is written. */
async function weighed(world: AgentWorld, turn: TurnLayout): Promise<Ended> {
  const files = createMemoryFiles(world.clock.nowMs);
  for (const path of [turn.intent, turn.stream, turn.stderr, turn.child]) {
    files.prepare(turn.home);
    await files.create(path, (await world.files.read(path))!);
  }
  return decideTurn({ ...world.context, files }, turn, started);
}

/** All that anybody can see of a finished turn, less what says when and by which random name. */
async function visible(world: AgentWorld, ids: readonly string[]) {
  const { layout } = world.context;
  const places = await Promise.all(ids.map(id => locate(world.files, layout.inbox, id)));
  const replies = await messagesIn(world.files, operator.new);
  return {
    places: places.map(place => place && { state: place.state, name: place.name }),
    outcomes: await Promise.all(ids.map(id => readOutcome(world.files, layout.inbox, id))),
    replies: replies.map(({ id, kind, body, inReplyTo }) => ({ id, kind, body, inReplyTo })),
    spentUsd: (await createSpendingReader(world.files, ROOT)('2026-11-21')).fleetUsd,
    isClosed: await isClosed(world.files, turnLayout(layout.turns, 1)),
    parked: (await readParked(world.context))?.code ?? null,
    answer: await readText(world.context.files, turnLayout(agentLayout(ROOT, AGENT).turns, 1).answer, 1e8),
    cur: await world.files.list(layout.inbox.cur),
    rubbish: world.files.dump().filter(([path]) => path.includes('.tmp-')).length,
  };
}

describe('an answered turn', () => {
  test('gives the sender one reply, the message an outcome, and the turn its end', async () => {
    const { world, turn, ids } = await played(resultLine());
    await finishTurn(world.context, turn, started);
    expect(await visible(world, ids)).toMatchObject({
      places: [{ state: 'done' }],
      outcomes: [{ outcome: 'replied', turn: 1, reply: replyId(AGENT, ids[0]!), costUsd: 0.25 }],
      replies: [{ id: replyId(AGENT, ids[0]!), kind: 'answer', body: 'the answer', inReplyTo: ids }],
      spentUsd: 0.25,
      isClosed: true,
      answer: 'the answer',
      cur: [],
    });
  });

  test('an outcome that a message had before stands, and that is told', async () => {
    const { world, turn, ids } = await played(resultLine());
    const [id = ''] = ids;
    const at = '2026-11-21T12:00:00.000Z';
    await writeOutcome(
      world.files,
      world.context.layout.inbox,
      { requeues: 0 },
      { id, outcome: 'dead', at, reason: 'x' },
    );
    const told: EventBody[] = [];
    await finishTurn({ ...world.context, emit: async (...events) => void told.push(...events) }, turn, started);
    expect(told).toContainEqual({ type: 'message.disputed', id, turn: 1, outcome: 'replied', before: 'dead' });
  });

  test('on several messages is one reply to all of them', async () => {
    const { world, turn, ids } = await played(resultLine(), { count: 3 });
    await finishTurn(world.context, turn, started);
    const seen = await visible(world, ids);
    expect(seen.replies).toHaveLength(1);
    expect(seen.replies[0]!.inReplyTo).toEqual(ids);
    expect(seen.outcomes.map(outcome => outcome?.reply)).toEqual(Array(3).fill(replyId(AGENT, ids[0]!)));
  });

  test('on several messages is told the same by their traces and by the reply', async () => {
    const { world, turn, ids } = await played(resultLine(), { count: 3 });
    await finishTurn(world.context, turn, started);
    const { inbox } = world.context.layout;
    const [reply] = await messagesIn(world.files, operator.new);
    for (const id of ids) {
      const history = await readHistory(world.files, ROOT, { id, inbox, peer: AGENT });
      expect(stepsOf(history).at(-1)).toMatchObject({ step: 'replied', turn: 1, reply: reply!.id });
      expect(gistOf(history.message!, 100)).toBe(`body ${ids.indexOf(id) + 1}`);
    }
    const named = answeredText(reply!.inReplyTo!, await whatItAnswers(world.files, ROOT, reply!));
    expect(named).toEqual(ids.map((id, at) => `${shortId(id)} "body ${at + 1}"`));
  });

  test('passes the trace on and counts a hop, so that loops end', async () => {
    const world = await createAgentWorld();
    await world.drop({ trace: 'the-trace', hops: 4, thread: 'build' });
    const { turn } = await world.begin(1);
    await world.play(turn, resultLine());
    await finishTurn(world.context, turn, started);
    const [reply] = await messagesIn(world.files, operator.new);
    expect(reply).toMatchObject({ trace: 'the-trace', hops: 5, thread: 'build', from: AGENT, turn: 1 });
  });

  test('to a sender that is gone is an outcome that says so, and no failure', async () => {
    const world = await createAgentWorld();
    const id = await world.drop({ from: 'gone' });
    const { turn } = await world.begin(1);
    await world.play(turn, resultLine());
    await finishTurn(world.context, turn, started);
    expect(await readOutcome(world.files, world.context.layout.inbox, id)).toMatchObject({
      outcome: 'replied',
      undelivered: 'there is no peer "gone" any more; the operator has the answer',
    });
    expect(await messagesIn(world.files, operator.new)).toMatchObject([{ kind: 'answer', inReplyTo: [id] }]);
  });

  test('that is longer than a record may be is cut with a word, and all of it goes with the reply', async () => {
    const whole = `${'é'.repeat(3 * 1024 * 1024)}THE END`;
    const { world, turn, ids } = await played(resultLine({ result: whole }));
    const ended = await finishTurn(world.context, turn, started);
    expect(ended.costUsd).toBe(0.25);
    const [reply] = await messagesIn(world.files, operator.new);
    expect(reply!.body.length).toBeLessThan(limits.answerBytesMax);
    expect(reply!.body).toContain(`the answer has ${Buffer.byteLength(whole)} bytes`);
    expect(reply!.attachments).toEqual([{ name: 'answer.md', sizeBytes: Buffer.byteLength(whole) }]);
    const kept = (await world.files.read(`${operator.files}/${reply!.id}/answer.md`))!;
    expect(Buffer.from(kept).toString()).toBe(whole);
    expect(await readText(world.context.files, turnLayout(agentLayout(ROOT, AGENT).turns, 1).answer, 1e8)).toBe(whole);
    expect(await visible(world, ids)).toMatchObject({
      outcomes: [{ outcome: 'replied' }],
      isClosed: true,
      spentUsd: 0.25,
    });
    expect(await previousEnded(world.context, 2)).toMatchObject({ turn: 1, costUsd: 0.25 });
  });

  test('whose decision an earlier version wrote too long to be read is finished all the same, its cost counted', async () => {
    const { world, turn, ids } = await played(resultLine());
    const text = 'x'.repeat(5 * 1024 * 1024);
    const ended = await weighed(world, turn);
    await world.files.create(turn.ended, `${JSON.stringify({ ...ended, verdict: { kind: 'answered', text } })}\n`);
    await finishTurn(world.context, turn, started);
    expect(await visible(world, ids)).toMatchObject({
      outcomes: [{ outcome: 'replied' }],
      isClosed: true,
      spentUsd: 0.25,
    });
    const [reply] = await messagesIn(world.files, operator.new);
    expect(reply!.attachments).toEqual([{ name: 'answer.md', sizeBytes: text.length }]);
  });

  test('of an agent that took the name of a removed one is another reply than that one gave to the same id', async () => {
    const { world, turn, ids } = await played(resultLine({ result: 'of the second life' }));
    const first = { kind: 'answer', at: new Date(0).toISOString(), trace: 't', hops: 0, inReplyTo: ids } as const;
    await deliver(world.files, operator, {
      ...first,
      id: replyId(AGENT, ids[0]!),
      from: AGENT,
      body: 'of the first life',
    });
    await beginLife(world.files, world.context.layout.home);
    await finishTurn(world.context, turn, started);
    const { inbox, home } = world.context.layout;
    const life = await lifeAt(world.files, home);
    const outcome = await readOutcome(world.files, inbox, ids[0]!);
    expect(outcome?.reply).toBe(replyId(AGENT, ids[0]!, life));
    const reply = (await messagesIn(world.files, operator.new)).find(({ id }) => id === outcome?.reply);
    expect(reply).toMatchObject({ body: 'of the second life', fromId: life });
    expect(replyId('a', '00000000-0000-7000-8000-000000000001')).toBe('694ec58b-7acd-86ed-ade5-b1e5afd340f5');
  });

  test.each([
    ['a session that was renamed, its old name given away', 'app', SESSION, SESSION],
    ['a session that has another id since /clear', 'app', CLEARED, SESSION],
    ['a session that is gone, its name given away', 'app', GONE, null],
    ['an agent that was removed, its name given away', 'b', '0123456789abcdef', null],
    ['a peer that is known by its name alone', 'app', undefined, OTHER],
  ])('to %s goes to that one, and to nobody who has its name', async (_what, from, fromId, expected) => {
    const world = await createAgentWorld();
    const { files } = world;
    for (const [id, name] of [
      [SESSION, 'renamed'],
      [OTHER, 'app'],
    ] as const) {
      files.prepare(sessionLayout(ROOT, id).home);
      await makeInbox(files, sessionLayout(ROOT, id).inbox);
      await files.create(sessionLayout(ROOT, id).peer, JSON.stringify({ id, name }));
      await claimSessionName(files, ROOT, name, id);
    }
    await moveSessionNames(files, ROOT, CLEARED, SESSION);
    const other = agentLayout(ROOT, 'b');
    files.prepare(other.home);
    await makeInbox(files, other.inbox);
    await files.create(other.definition, '---\ncwd: /\n---\n');
    await beginLife(files, other.home);
    const id = await world.drop({ from, fromId });
    const { turn } = await world.begin(1);
    await world.play(turn, resultLine());
    await finishTurn(world.context, turn, started);
    const inboxes = {
      [SESSION]: sessionLayout(ROOT, SESSION).inbox,
      [OTHER]: sessionLayout(ROOT, OTHER).inbox,
      b: other.inbox,
    };
    for (const [peer, inbox] of Object.entries(inboxes))
      expect(await messagesIn(files, inbox.new), peer).toHaveLength(peer === expected ? 1 : 0);
    expect(await messagesIn(files, operator.new)).toHaveLength(expected === null ? 1 : 0);
    expect((await readOutcome(files, world.context.layout.inbox, id))?.outcome).toBe('replied');
  });

  test('whose reply finds its id taken by another message reaches the sender under the next one', async () => {
    const { world, turn, ids } = await played(resultLine());
    const id = replyId(AGENT, ids[0]!);
    const foreign = { id, from: 'someone', kind: 'note', at: new Date(0).toISOString(), trace: id, hops: 0 } as const;
    await deliver(world.files, operator, { ...foreign, body: 'not the answer' });
    await finishTurn(world.context, turn, started);
    const outcome = await readOutcome(world.files, world.context.layout.inbox, ids[0]!);
    const reply = (await messagesIn(world.files, operator.new)).find(message => message.id === outcome?.reply);
    expect(reply).toMatchObject({ kind: 'answer', body: 'the answer', inReplyTo: ids });
  });

  test('riders are done and get no reply', async () => {
    const world = await createAgentWorld();
    const request = await world.drop();
    const note = await world.drop({ kind: 'note' });
    const { turn } = await world.begin(1);
    await world.play(turn, resultLine());
    await finishTurn(world.context, turn, started);
    const { replies, outcomes } = await visible(world, [request, note]);
    expect(outcomes.map(outcome => outcome?.outcome)).toEqual(['replied', 'done']);
    expect(replies).toHaveLength(1);
    expect(replies[0]!.inReplyTo).toEqual([request]);
  });
});

describe('a turn that did not answer', () => {
  test('puts its message back under a name that says what was tried', async () => {
    const { world, turn, ids } = await played(failing);
    await finishTurn(world.context, turn, started);
    const seen = await visible(world, ids);
    expect(seen.places).toMatchObject([{ state: 'new', name: { lastTurn: 1, failures: 1, alone: true } }]);
    expect(seen).toMatchObject({ outcomes: [null], replies: [], answer: null, isClosed: true });
  });

  test('for the last time buries it: reason beside it, outcome recorded, sender told', async () => {
    const { world, turn, ids } = await played(failing, { frontMatter: 'maxAttempts: 1\n' });
    await finishTurn(world.context, turn, started);
    const seen = await visible(world, ids);
    expect(seen).toMatchObject({
      places: [{ state: 'dead', name: { lastTurn: 1 } }],
      outcomes: [{ outcome: 'dead', reason: 'boom' }],
      replies: [{ kind: 'note', inReplyTo: ids }],
    });
    const place = (await locate(world.files, world.context.layout.inbox, ids[0]!))!;
    expect(await readText(world.files, `${place.path}.reason`, 99)).toBe('boom\n');
  });

  test('tells the operator and the sender where they are two', async () => {
    const world = await createAgentWorld('maxAttempts: 1\n');
    const sender = agentLayout(ROOT, 'b');
    world.files.prepare(sender.home);
    await makeInbox(world.files, sender.inbox);
    await world.files.create(sender.definition, '---\ncwd: /\n---\n');
    await world.drop({ from: 'b' });
    const { turn } = await world.begin(1);
    await world.play(turn, failing);
    await finishTurn(world.context, turn, started);
    for (const inbox of [operator, sender.inbox]) {
      const [note] = await messagesIn(world.files, inbox.new);
      expect(note).toMatchObject({ kind: 'note', body: expect.stringMatching(/is dead: boom/) });
    }
  });

  test('for want of a person parks the agent, and the operator hears of it once', async () => {
    const unauthorized = { is_error: true, terminal_reason: 'api_error', api_error_status: 401, result: 'bad key' };
    const { world, turn, ids } = await played(resultLine(unauthorized));
    await finishTurn(world.context, turn, started);
    await finishTurn(world.context, turn, started);
    const seen = await visible(world, ids);
    expect(seen).toMatchObject({ parked: 'auth', places: [{ state: 'new', name: { failures: 0 } }] });
    expect(seen.replies).toHaveLength(1);
    expect(seen.replies[0]!.body).toContain('agent-runner resume a');
  });

  test('by a cancel buries what the cancel names and nothing else', async () => {
    const { world, turn, ids } = await played('', { count: 2 });
    await writeStop(world.files, turn, { reason: 'cancelled', at: 'now', by: 'operator', messages: [ids[1]!] });
    await finishTurn(world.context, turn, started);
    const { places } = await visible(world, ids);
    expect(places.map(place => place?.state)).toEqual(['new', 'dead']);
  });
});

describe('what no intent names', () => {
  test('was never in a prompt, and goes back as it was', async () => {
    const world = await createAgentWorld();
    const id = await world.drop();
    const { turn } = await world.begin(1);
    await world.files.remove(turn.intent);
    const told: EventBody[] = [];
    const emit = async (...events: EventBody[]) => void told.push(...events);
    await finishTurn({ ...world.context, emit }, turn, { kind: 'sealed' });
    expect(told).toContainEqual({ type: 'message.released', id, turn: 1 });
    const place = await locate(world.files, world.context.layout.inbox, id);
    expect(place).toMatchObject({ state: 'new', name: { lastTurn: 0, failures: 0, interruptions: 0 } });
  });

  test('what another turn has claimed is left alone', async () => {
    const { world, turn } = await played(resultLine());
    const foreign = '2.1763726400000-00000000-0000-7000-8000-0000000000ff';
    await world.files.create(`${world.context.layout.inbox.cur}/${foreign}`, 'x');
    await finishTurn(world.context, turn, started);
    expect(await world.files.list(world.context.layout.inbox.cur)).toEqual([foreign]);
  });
});

describe('finishing again', () => {
  const scenarios: [string, string, { frontMatter?: string; count?: number }][] = [
    ['an answer', resultLine(), {}],
    ['an answer to three', resultLine(), { count: 3 }],
    ['a failure', failing, { count: 2 }],
    ['a death', failing, { frontMatter: 'maxAttempts: 1\n' }],
    [
      'a denial',
      resultLine({ is_error: true, terminal_reason: 'max_turns', permission_denials: denied('git push') }),
      {},
    ],
    [
      'a park',
      resultLine({ is_error: true, terminal_reason: 'api_error', api_error_status: 402, result: 'pay' }),
      { frontMatter: 'maxAttempts: 1\n' },
    ],
  ];

  test.each(scenarios)('%s: a second time changes nothing', async (_what, stream, options) => {
    const { world, turn, ids } = await played(stream, options);
    const first = await finishTurn(world.context, turn, started);
    const seen = await visible(world, ids);
    await world.clock.advance(60_000);
    expect(await finishTurn(world.context, turn, started)).toEqual(first);
    expect(await visible(world, ids)).toEqual(seen);
  });

  test.each(scenarios)('%s: twice at once is once', async (_what, stream, options) => {
    const expected = await played(stream, options);
    await finishTurn(expected.world.context, expected.turn, started);
    const seen = await visible(expected.world, expected.ids);
    for (let seed = 1; seed <= 25; seed++) {
      const { world, turn, ids } = await played(stream, options);
      const runners = [hesitant(world.files, seed), hesitant(world.files, seed * 7 + 3)];
      await Promise.all(runners.map(files => finishTurn({ ...world.context, files }, turn, started)));
      expect(await visible(world, ids), `seed ${seed}`).toEqual(seen);
    }
  });

  test.each(scenarios)(
    '%s: after a death at any step anyone who comes next ends it the same',
    async (_what, stream, options) => {
      const expected = await played(stream, options);
      const steps = counting(expected.world.files);
      await finishTurn({ ...expected.world.context, files: steps.files }, expected.turn, started);
      const { rubbish: _, ...seen } = await visible(expected.world, expected.ids);
      expect(steps.count()).toBeGreaterThan(10);
      for (let step = 1; step <= steps.count(); step++) {
        const { world, turn, ids } = await played(stream, options);
        const dying = finishTurn({ ...world.context, files: dyingAt(world.files, step) }, turn, started);
        await expect(dying, `step ${step}`).rejects.toThrow('died');
        await world.clock.advance(60_000);
        await finishTurn(world.context, turn, await readChild(world.files, turn));
        const { rubbish, ...after } = await visible(world, ids);
        expect(withoutTimes(after), `step ${step}`).toEqual(withoutTimes(seen));
        expect(rubbish).toBeLessThanOrEqual(1);
      }
    },
  );
});

describe('denied tools', () => {
  const denials = [{ tool: 'Bash', input: '{"command":"git push"}' }];
  const answering = resultLine({ permission_denials: denied('git push') });

  async function worked(stream: string, from: string, frontMatter = '') {
    const world = await createAgentWorld(frontMatter);
    const asker = agentLayout(ROOT, 'asker');
    world.files.prepare(asker.home);
    await world.files.create(asker.definition, '---\ncwd: /\n---\n');
    await makeInbox(world.files, asker.inbox);
    const id = await world.drop({ from });
    const { turn } = await world.begin(1);
    await world.play(turn, stream);
    return { world, turn, id, asker };
  }

  test('go along with the reply and the outcome, and an operator who asked is not told twice', async () => {
    const { world, turn, id } = await worked(answering, 'operator');
    await finishTurn(world.context, turn, started);
    expect(await messagesIn(world.files, operator.new)).toMatchObject([{ kind: 'answer', denials }]);
    expect(await readOutcome(world.files, world.context.layout.inbox, id)).toMatchObject({ denials });
  });

  test('are told to the operator, once, where another asked', async () => {
    const { world, turn, id, asker } = await worked(answering, 'asker');
    await finishTurn(world.context, turn, started);
    expect(await messagesIn(world.files, asker.inbox.new)).toMatchObject([{ kind: 'answer', denials }]);
    const notes = await messagesIn(world.files, operator.new);
    expect(notes).toMatchObject([{ kind: 'note', from: AGENT, inReplyTo: [id], denials }]);
    expect(notes[0]!.body).toBe(
      `Turn 1 of ${AGENT}, which worked for asker, was denied tools. What it may do stands in its agent.md: agent-runner edit ${AGENT}\n`,
    );
  });

  test('stand in the notes of a death, which is the operator’s note as well', async () => {
    const dying = resultLine({ is_error: true, terminal_reason: 'max_turns', permission_denials: denied('git push') });
    const { world, turn, asker } = await worked(dying, 'asker', 'maxAttempts: 1\n');
    await finishTurn(world.context, turn, started);
    expect(await messagesIn(world.files, asker.inbox.new)).toMatchObject([{ kind: 'note', denials }]);
    expect(await messagesIn(world.files, operator.new)).toMatchObject([{ kind: 'note', denials }]);
  });

  test('of many calls a part goes along, short enough for the head of a message', async () => {
    const { world, turn } = await worked(
      resultLine({
        permission_denials: Array(100)
          .fill(denied('"\u001b'.repeat(200)))
          .flat(),
      }),
      'operator',
    );
    await finishTurn(world.context, turn, started);
    const [reply] = await messagesIn(world.files, operator.new);
    expect(reply!.denials).toHaveLength(limits.denialsCarriedMax);
    expect(reply!.body).toBe('the answer');
  });
});

describe('a turn that was cancelled', () => {
  test.each([
    ['operator', 'operator', 0, 0],
    ['operator', 'asker', 0, 1],
    ['asker', 'asker', 1, 0],
  ])('by %s, asked by %s, is told to the others', async (by, from, notesToOperator, notesToAsker) => {
    const world = await createAgentWorld();
    const asker = agentLayout(ROOT, 'asker');
    world.files.prepare(asker.home);
    await world.files.create(asker.definition, '---\ncwd: /\n---\n');
    await makeInbox(world.files, asker.inbox);
    await world.drop({ from });
    const { turn } = await world.begin(1);
    await world.play(turn, '');
    await writeStop(world.files, turn, { reason: 'cancelled', by, at: new Date(world.clock.nowMs()).toISOString() });
    await finishTurn(world.context, turn, started);
    expect(await messagesIn(world.files, operator.new)).toHaveLength(notesToOperator);
    expect(await messagesIn(world.files, asker.inbox.new)).toHaveLength(notesToAsker);
  });
});

test('costs has a line for each turn in which claude ran, also where that cost nothing', async () => {
  const turnsOf = async (stream: string) => {
    const { world, turn } = await played(stream);
    await finishTurn(world.context, turn, started);
    return (await createSpendingReader(world.files, ROOT)('2026-11-21')).turnsByAgent?.get(AGENT) ?? 0;
  };
  const refused = resultLine({
    is_error: true,
    terminal_reason: 'api_error',
    api_error_status: 401,
    total_cost_usd: 0,
  });
  expect(await turnsOf(refused)).toBe(1);
  expect(await turnsOf(resultLine())).toBe(1);
});

describe('what lies in cur under a closed turn', () => {
  test('goes back to new, unchanged; under an open turn it stays', async () => {
    const world = await createAgentWorld();
    const [first, second] = [await world.drop(), await world.drop()];
    const one = await world.begin(1);
    await closeTurn(world.files, one.turn, 'now');
    await world.begin(2);
    expect(await sweepClosed(world.context)).toBe(1);
    const { inbox } = world.context.layout;
    expect(await locate(world.files, inbox, first)).toMatchObject({ state: 'new', name: { lastTurn: 0 } });
    expect(await locate(world.files, inbox, second)).toMatchObject({ state: 'cur', turn: 2 });
    expect(await sweepClosed(world.context)).toBe(0);
  });

  test('under a turn that has been swept it goes back as well', async () => {
    const world = await createAgentWorld();
    const id = await world.drop();
    const { turn } = await world.begin(1);
    for (const name of await world.files.list(turn.home)) await world.files.remove(`${turn.home}/${name}`);
    await world.files.remove(turn.home);
    const told: EventBody[] = [];
    expect(await sweepClosed({ ...world.context, emit: async (...events) => void told.push(...events) })).toBe(1);
    expect(told).toEqual([{ type: 'message.released', id, turn: 1 }]);
    expect(await locate(world.files, world.context.layout.inbox, id)).toMatchObject({ state: 'new' });
  });
});

/** Every effect on the disk goes by one of these. */
const EFFECTS = ['create', 'append', 'link', 'move', 'makeDirectory', 'syncDirectory', 'remove'];

function wrapped(files: MemoryFiles, before: (verb: string) => Promise<void>): MemoryFiles {
  return new Proxy(files, {
    get(target, verb: keyof MemoryFiles) {
      const method = target[verb] as (...args: unknown[]) => Promise<unknown>;
      if (verb === 'prepare' || verb === 'dump') return method;
      return async (...args: unknown[]) => {
        await before(verb);
        return method(...args);
      };
    },
  });
}

function counting(files: MemoryFiles) {
  let count = 0;
  const counted = wrapped(files, async verb => {
    if (EFFECTS.includes(verb)) count++;
  });
  return { files: counted, count: () => count };
}

/** The process that uses it dies just before its n-th effect. */
function dyingAt(files: MemoryFiles, step: number): MemoryFiles {
  let count = 0;
  return wrapped(files, async verb => {
    if (EFFECTS.includes(verb) && ++count >= step) throw new Error('died');
  });
}

/** Waits before each call for as many promises as a small generator says: two of them interleave differently by seed. */
function hesitant(files: MemoryFiles, seed: number): MemoryFiles {
  let state = seed;
  return wrapped(files, async () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    for (let turns = state % 7; turns > 0; turns--) await Promise.resolve();
  });
}

/** A note's id holds the instant of the death that it tells of. */
const withoutTimes = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value, (key, each) => (key === 'at' || key === 'id' ? undefined : each)));
