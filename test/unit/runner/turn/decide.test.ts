import { describe, expect, test } from 'vitest';
import { turnLayout } from '#blackboard/layout.ts';
import { limits } from '#blackboard/system/limits.ts';
import { type ProcessIdentity, selfIdentity } from '#blackboard/system/process-identity.ts';
import { writeRecord } from '#blackboard/system/record.ts';
import type { Ended } from '#blackboard/turns/turn-records.ts';
import { electTurn, writeStop } from '#blackboard/turns/turns.ts';
import { readParked } from '#runner/status/park.ts';
import { decideTurn, previousEnded } from '#runner/turn/decide.ts';
import { finishTurn } from '#runner/turn/finish.ts';
import { prepareHandoff } from '#runner/turn/plan.ts';
import {
  type AgentWorld,
  CHILD,
  createAgentWorld,
  ROOT,
  resultLine,
  transcriptOf,
} from '#test/unit/runner/agent-world.ts';

const started = { kind: 'started', identity: CHILD } as const;
const sealed = { kind: 'sealed' } as const;

/** One turn on one message, from its claim to its end. */
async function turnOf(world: AgentWorld, number: number, stream: string, stderr?: string): Promise<Ended> {
  const { turn } = await world.begin(number);
  await world.play(turn, stream, stderr);
  return finishTurn(world.context, turn, started);
}

describe('a launcher that has the name and ended before it became claude', () => {
  const decide = async (child: ProcessIdentity, stream: string | null) => {
    const world = await createAgentWorld();
    await world.drop();
    const { turn } = await world.begin(1);
    if (stream !== null) await world.play(turn, stream);
    return decideTurn(world.context, turn, { kind: 'started', identity: child });
  };
  const ofThisBoot = { ...CHILD, bootId: selfIdentity().bootId };

  test('is as good as none: its turn is void, and counts for no message', async () => {
    const ended = await decide(ofThisBoot, null);
    expect(ended).toMatchObject({ verdict: { kind: 'void' }, costUsd: 0, costBasis: 'nothing' });
    expect(ended.messages[0]!.disposition).toMatchObject({
      do: 'release',
      name: expect.not.stringMatching(/,.*[fi]\d/),
    });
  });

  test.each<[string, ProcessIdentity, string | null]>([
    ['it has opened its output', ofThisBoot, ''],
    ['a reboot may have taken its output', CHILD, null],
    ['its record was lost', { ...CHILD, bootId: '' }, null],
  ])('counts as interrupted where %s', async (_why, child, stream) => {
    expect((await decide(child, stream)).verdict.kind).toBe('interrupted');
  });
});

test('a decision is written once: anyone who decides later, on other evidence, follows the first', async () => {
  const world = await createAgentWorld();
  await world.drop();
  const { turn } = await world.begin(1);
  const first = await decideTurn(world.context, turn, sealed);
  expect(first.verdict.kind).toBe('void');
  await world.play(turn, resultLine());
  expect(await decideTurn(world.context, turn, started)).toEqual(first);
  expect(await previousEnded(world.context, 2)).toEqual(first);
});

test('two that decide at once come to one decision', async () => {
  const world = await createAgentWorld();
  await world.drop();
  const { turn } = await world.begin(1);
  await world.play(turn, resultLine());
  const [a, b] = await Promise.all([decideTurn(world.context, turn, started), decideTurn(world.context, turn, sealed)]);
  expect(a).toEqual(b);
});

describe('a root that is away for a moment', () => {
  test.each(['intent', 'stream', 'submitted'] as const)(
    '%s: nothing is decided while it cannot be read',
    async name => {
      const world = await createAgentWorld();
      await world.drop();
      const { turn } = await world.begin(1);
      await world.play(turn, resultLine());
      await world.context.files.append(turn.submitted, '{}');
      const { files } = world.context;
      let isAway = true;
      const away = {
        ...files,
        read: async (path: string, options?: object) =>
          isAway && path === turn[name] ? null : files.read(path, options),
        facts: async (path: string) => (isAway && path === turn[name] ? null : files.facts(path)),
      };
      const context = { ...world.context, files: away };
      await expect(decideTurn(context, turn, started)).rejects.toThrow(/cannot be judged: \S+ came or went/);
      expect(await files.facts(turn.ended)).toBeNull();
      isAway = false;
      expect((await decideTurn(context, turn, started)).verdict.kind).toBe('answered');
    },
  );

  test('a listing that shows nothing proves nothing', async () => {
    const world = await createAgentWorld();
    await world.drop();
    const { turn } = await world.begin(1);
    const gone = { ...world.context.files, list: async () => [], read: async () => null, facts: async () => null };
    await expect(decideTurn({ ...world.context, files: gone }, turn, sealed)).rejects.toThrow(/its directory/);
  });
});

test('there is nothing before the first turn', async () => {
  expect(await previousEnded((await createAgentWorld()).context, 1)).toBeNull();
});

describe('money', () => {
  test('the next turn’s cost is what its session’s total has grown by since the last', async () => {
    const world = await createAgentWorld();
    await world.drop();
    const first = await turnOf(world, 1, resultLine({ total_cost_usd: 0.25 }));
    expect(first).toMatchObject({ costUsd: 0.25, session: { totalUsd: 0.25, turns: 1 } });
    world.sessions.set(first.session!.id, 'x');
    await world.drop();
    const second = await turnOf(world, 2, resultLine({ total_cost_usd: 0.75 }));
    expect(second).toMatchObject({ costUsd: 0.5, session: { id: first.session!.id, totalUsd: 0.75, turns: 2 } });
  });

  test('a session that claude no longer knows is replaced, and its total begins at nothing', async () => {
    const world = await createAgentWorld();
    await world.drop();
    const first = await turnOf(world, 1, resultLine({ total_cost_usd: 0.75 }));
    await world.drop();
    const second = await turnOf(world, 2, resultLine({ total_cost_usd: 0.1 }));
    expect(second.session!.id).not.toBe(first.session!.id);
    expect(second).toMatchObject({ costUsd: 0.1, session: { turns: 1 } });
  });

  test('a turn that was killed before it asked the model costs nothing', async () => {
    const world = await createAgentWorld();
    await world.drop();
    expect(await turnOf(world, 1, '')).toMatchObject({ costUsd: 0, verdict: { kind: 'interrupted' } });
  });

  test('one that was killed while the model answered is booked with an estimate by its size and time, and no message is blamed', async () => {
    const world = await createAgentWorld();
    const init = `${JSON.stringify({ type: 'system', subtype: 'init', session_id: 's', model: 'opus', tools: [] })}\n`;
    const usage = { input_tokens: 50_000 };
    const said = {
      type: 'assistant',
      message: { id: 'm', model: 'opus', usage, content: [{ type: 'text', text: 'x' }] },
    };
    await world.drop({ body: 'x'.repeat(30_000) });
    const { turn, intent } = await world.begin(1);
    world.sessions.set(intent.sessionId, 'known');
    await world.clock.advance(4_000);
    await world.play(turn, init);
    const first = await finishTurn(world.context, turn, started);
    expect(first).toMatchObject({ costBasis: 'estimated', blamedUsd: 0 });
    expect(first.costUsd).toBeGreaterThan(0.325);
    expect(first.costUsd).toBeLessThan(0.335);
    // The next one resumes a conversation of which the size is known.
    await turnOf(world, 2, `${init}${JSON.stringify(said)}\n${resultLine()}`);
    await world.drop();
    const third = await turnOf(world, 3, init);
    expect(third.costBasis).toBe('estimated');
    expect(third.costUsd).toBeGreaterThan(0.5);
    expect(third.costUsd).toBeLessThan(0.51);
  });

  test('an empty result line has the answer that stands in the stream', async () => {
    const world = await createAgentWorld();
    await world.drop();
    const said = { type: 'assistant', message: { id: 'm', model: 'opus', content: [{ type: 'text', text: 'said' }] } };
    const ended = await turnOf(world, 1, `${JSON.stringify(said)}\n${resultLine({ result: '' })}`);
    expect(ended.verdict).toEqual({ kind: 'answered', text: 'said' });
  });

  test('what a stopped turn cost is not charged to the next one again', async () => {
    const world = await createAgentWorld();
    await world.drop();
    const { turn, intent } = await world.begin(1);
    const init = { type: 'system', subtype: 'init', session_id: 's', model: 'm', tools: [] };
    const usage = { input_tokens: 10_000, output_tokens: 0 };
    const said = { type: 'assistant', message: { id: 'm1', model: 'claude-opus-5-5', usage, content: [] } };
    await world.play(turn, [init, said].map(line => `${JSON.stringify(line)}\n`).join(''));
    // As claude does after SIGINT and SIGTERM: no result line, and the total from which a resumed run goes on.
    world.sessions.set(intent.sessionId, '{"type":"cost-state","totalCostUSD":0.25}\n');
    const first = await finishTurn(world.context, turn, started);
    expect(first).toMatchObject({ costUsd: 0.25, session: { totalUsd: 0.25 }, verdict: { kind: 'interrupted' } });
    expect(await turnOf(world, 2, resultLine({ total_cost_usd: 0.75 }))).toMatchObject({ costUsd: 0.5 });
  });

  test('a turn that was sealed costs nothing, also if it was cancelled', async () => {
    const world = await createAgentWorld();
    await world.drop();
    const { turn } = await world.begin(1);
    await writeStop(world.files, turn, { reason: 'cancelled', at: 'now', by: 'operator' });
    expect(await decideTurn(world.context, turn, sealed)).toMatchObject({
      costUsd: 0,
      verdict: { kind: 'cancelled', reason: 'cancelled by operator' },
    });
  });
});

describe('the session', () => {
  test('stays as it was after a turn in which no child started', async () => {
    const world = await createAgentWorld();
    await world.drop();
    const first = await turnOf(world, 1, resultLine());
    await world.drop();
    const { turn } = await world.begin(2);
    expect((await decideTurn(world.context, turn, sealed)).session).toEqual(first.session);
  });

  test('is given up where claude does not know it', async () => {
    const world = await createAgentWorld();
    await world.drop();
    const ended = await turnOf(world, 1, '', 'No conversation found with session ID: x\n');
    expect(ended).toMatchObject({ verdict: { kind: 'session-lost' }, session: null, costUsd: 0 });
  });
});

describe('back-off', () => {
  const overloaded = resultLine({
    is_error: true,
    terminal_reason: 'api_error',
    api_error_status: 529,
    result: 'overloaded',
  });

  test('doubles with each temporary failure in a row, and ends with a turn that worked', async () => {
    const world = await createAgentWorld();
    await world.drop();
    const waits: number[] = [];
    for (const number of [1, 2, 3]) {
      const ended = await turnOf(world, number, overloaded);
      waits.push(ended.retryAtMs! - world.clock.nowMs());
      expect(ended.backoffLevel).toBe(number);
    }
    expect(waits).toEqual([1_000, 2_000, 4_000].map(ms => ms * (limits.backoffFirstMs / 1_000)));
    expect(await turnOf(world, 4, resultLine())).toMatchObject({ backoffLevel: 0, retryAtMs: null });
  });

  test('is never shorter than what the API told claude to wait, unless the model has answered since', async () => {
    const line = (value: object) => `${JSON.stringify(value)}\n`;
    const retry = line({ type: 'system', subtype: 'api_retry', attempt: 1, retry_delay_ms: 90_000, error_status: 429 });
    const said = line({ type: 'assistant', message: { id: 'm', model: 'claude-opus-5-5', content: [] } });
    const world = await createAgentWorld();
    await world.drop();
    expect((await turnOf(world, 1, retry + overloaded)).retryAtMs).toBe(world.clock.nowMs() + 90_000);
    expect((await turnOf(world, 2, retry + said + overloaded)).retryAtMs).toBe(world.clock.nowMs() + 2_000);
    // Longer than that it is by itself, after so many.
    const short = retry.replace('90000', '3');
    expect((await turnOf(world, 3, short + overloaded)).retryAtMs).toBe(world.clock.nowMs() + 4_000);
  });

  test('a turn that never started says nothing about the API: the level stays', async () => {
    const world = await createAgentWorld();
    await world.drop();
    await turnOf(world, 1, overloaded);
    const { turn } = await world.begin(2);
    expect(await finishTurn(world.context, turn, sealed)).toMatchObject({ backoffLevel: 1 });
  });

  test('a usage limit’s own time is obeyed, unless it has passed', async () => {
    const limit = (resetsAt: number) =>
      `${JSON.stringify({ type: 'rate_limit_event', rate_limit_info: { status: 'rejected', resetsAt } })}\n${overloaded}`;
    const world = await createAgentWorld();
    await world.drop();
    const inAnHour = Math.round(world.clock.nowMs() / 1000) + 3_600;
    expect((await turnOf(world, 1, limit(inAnHour))).retryAtMs).toBe(inAnHour * 1000);
    const anHourAgo = inAnHour - 7_200;
    expect((await turnOf(world, 2, limit(anHourAgo))).retryAtMs).toBe(world.clock.nowMs() + 2_000);
  });
});

describe('notes that are carried to the next prompt', () => {
  test('an answer of which the transcript knows nothing is told again, until its note stands in the transcript', async () => {
    const world = await createAgentWorld();
    const id = await world.drop();
    const first = await turnOf(world, 1, resultLine({ result: 'I deleted the file.' }));
    expect(first.carry).toHaveLength(1);
    expect(first.carry[0]).toContain(id);
    expect(first.carry[0]).toContain('Do not do it again');
    expect(first.carry[0]).toContain('I deleted the file.');

    await world.drop();
    const { turn, intent } = await world.begin(2);
    expect(intent.carry).toEqual(first.carry);
    const prompt = new TextDecoder().decode((await world.files.read(turn.prompt))!);
    expect(prompt).toContain('I deleted the file.');
    world.sessions.set(intent.sessionId, transcriptOf(prompt, 'fine'));
    await world.play(turn, resultLine());
    expect((await finishTurn(world.context, turn, started)).carry).toEqual([]);
  });

  test('an answer that stands in the transcript is not told again', async () => {
    const world = await createAgentWorld();
    await world.drop();
    const { turn, intent } = await world.begin(1);
    const prompt = new TextDecoder().decode((await world.files.read(turn.prompt))!);
    world.sessions.set(intent.sessionId, transcriptOf(prompt, 'fine'));
    await world.play(turn, resultLine());
    expect((await finishTurn(world.context, turn, started)).carry).toEqual([]);
  });

  test('a note whose own prompt was lost is carried on, and through turns that never started', async () => {
    const world = await createAgentWorld();
    await world.drop();
    const first = await turnOf(world, 1, resultLine());
    await world.drop();
    const { turn } = await world.begin(2);
    expect((await finishTurn(world.context, turn, sealed)).carry).toEqual(first.carry);
    expect((await turnOf(world, 3, '')).carry).toEqual(first.carry);
  });

  test('a note holds the beginning of a long answer only, and the oldest notes go', async () => {
    const world = await createAgentWorld();
    for (let number = 1; number <= limits.carryNotesMax + 2; number++) {
      await world.drop();
      const ended = await turnOf(world, number, resultLine({ result: `answer ${number} ${'x'.repeat(99_999)}` }));
      expect(ended.carry.length).toBeLessThanOrEqual(limits.carryNotesMax);
      expect(ended.carry.at(-1)!.length).toBeLessThan(limits.carryCharsMax + 300);
    }
    const last = await previousEnded(world.context, limits.carryNotesMax + 3);
    expect(last!.carry[0]).toContain('answer 3 ');
  });
});

describe('the transcript as evidence', () => {
  test('a run that was killed after it had answered is answered by its transcript', async () => {
    const world = await createAgentWorld();
    await world.drop();
    const { turn, intent } = await world.begin(1);
    const prompt = new TextDecoder().decode((await world.files.read(turn.prompt))!);
    world.sessions.set(intent.sessionId, transcriptOf(prompt, 'all done'));
    await world.play(turn, '');
    const ended = await finishTurn(world.context, turn, started);
    expect(ended).toMatchObject({ verdict: { kind: 'answered', text: 'all done' }, carry: [] });
  });

  test('what an earlier turn answered is no answer to this one', async () => {
    const world = await createAgentWorld();
    await world.drop();
    const { turn, intent } = await world.begin(1);
    const others = transcriptOf('[agent-runner] turn 0 (another mark)', 'an earlier answer');
    world.sessions.set(intent.sessionId, others);
    await world.play(turn, '');
    expect((await finishTurn(world.context, turn, started)).verdict.kind).toBe('interrupted');
  });

  test('a message whose body stands in the conversation is not sent again', async () => {
    const world = await createAgentWorld();
    await world.drop({ body: 'THE BODY' });
    const { turn, intent } = await world.begin(1);
    const prompt = new TextDecoder().decode((await world.files.read(turn.prompt))!);
    world.sessions.set(intent.sessionId, transcriptOf(prompt));
    await world.play(turn, '');
    await finishTurn(world.context, turn, started);

    const again = await world.begin(2);
    expect(again.intent.messages[0]).toMatchObject({ mode: 'interrupted', nonces: intent.messages[0]!.nonces });
    const text = new TextDecoder().decode((await world.files.read(again.turn.prompt))!);
    expect(text).not.toContain('THE BODY');
  });

  test('a message that was submitted and then lost is sent again with a warning, under a further nonce', async () => {
    const world = await createAgentWorld();
    await world.drop({ body: 'THE BODY' });
    const { turn, intent } = await world.begin(1);
    await world.files.create(turn.submitted, '{}');
    await world.play(turn, '');
    await finishTurn(world.context, turn, started);

    const again = await world.begin(2);
    expect(again.intent.messages[0]!.mode).toBe('check');
    expect(again.intent.messages[0]!.nonces).toEqual([intent.messages[0]!.nonces[0], expect.any(String)]);
    const text = new TextDecoder().decode((await world.files.read(again.turn.prompt))!);
    expect(text).toContain('An earlier run may have begun this one');
    expect(text).toContain('THE BODY');
  });
});

test('denials are kept with a part of what was asked for', async () => {
  const world = await createAgentWorld();
  await world.drop();
  const denials = [
    { tool_name: 'Bash', tool_use_id: 't', tool_input: { command: 'x'.repeat(9_999) } },
    { tool_name: 'Read', tool_use_id: 'u' },
  ];
  const ended = await turnOf(world, 1, resultLine({ permission_denials: denials }));
  expect(ended.verdict.kind).toBe('answered');
  expect(ended.denials).toEqual([
    { tool: 'Bash', input: `{"command":"${'x'.repeat(500 - 12)}` },
    { tool: 'Read', input: 'null' },
  ]);
});

describe('a claude that ends before it asks the model', () => {
  const crash = { code: 1, signal: null };
  async function crashes(world: AgentWorld, number: number, exit: typeof crash | null = crash): Promise<Ended> {
    const { turn } = await world.begin(number);
    await world.play(turn, 'no stream\n', '');
    return finishTurn(world.context, turn, started, exit);
  }
  const minutesTo = (world: AgentWorld, ended: Ended) => ((ended.park?.untilMs ?? 0) - world.clock.nowMs()) / 60_000;
  const waiting = async (world: AgentWorld) => (await world.files.list(world.context.layout.inbox.new)).join();

  test('holds its agent from the second in a row on, ever longer, with one note, and the message waits uncounted', async () => {
    const world = await createAgentWorld();
    world.context.claude.madeOf = () => 'this';
    await world.drop();
    expect(await crashes(world, 1)).toMatchObject({ park: null, costUsd: 0, session: null });
    for (const [turn, minutes] of [
      [2, 1],
      [3, 2],
      [4, 4],
    ] as const) {
      const ended = await crashes(world, turn);
      expect(ended.park).toMatchObject({
        code: 'claude',
        madeOf: 'this',
        reason: expect.stringContaining('no stream'),
      });
      expect(minutesTo(world, ended)).toBe(minutes);
      expect(await readParked(world.context)).toMatchObject({ code: 'claude', untilMs: ended.park!.untilMs });
      await world.clock.advance(minutes * 60_000);
      expect(await readParked(world.context)).toBeNull();
    }
    expect(await waiting(world)).toMatch(/,t4$/);
    expect(await world.files.list(`${ROOT}/operator/inbox/new`)).toHaveLength(1);
  });

  test('is counted again where claude or agent.md has changed, and after a turn that got further', async () => {
    const world = await createAgentWorld();
    let made = 'this';
    world.context.claude.madeOf = () => made;
    await world.drop();
    await crashes(world, 1);
    made = 'that';
    expect(await crashes(world, 2)).toMatchObject({ park: null, unstarted: { count: 1, since: 1 } });
    expect(
      (await turnOf(world, 3, resultLine({ is_error: true, terminal_reason: 'max_turns' }))).unstarted,
    ).toBeUndefined();
    expect(await crashes(world, 4)).toMatchObject({ park: null, unstarted: { count: 1, since: 4 } });
  });

  test('is not blamed for a runner that died: who finds it gone counts an interruption', async () => {
    const world = await createAgentWorld();
    await world.drop();
    for (const turn of [1, 2, 3]) expect(await crashes(world, turn, null)).toMatchObject({ park: null });
    expect(await waiting(world)).toMatch(/,i3/);
  });
});

describe('a conversation that the API refuses', () => {
  const refusal = resultLine({
    is_error: true,
    terminal_reason: 'api_error',
    api_error_status: 400,
    result: 'API Error: 400 messages.3: tool_use without tool_result',
  });
  /** An agent with a conversation that went well once. */
  async function established() {
    const world = await createAgentWorld();
    await world.drop();
    const { turn, intent } = await world.begin(1);
    world.sessions.set(intent.sessionId, 'known');
    await world.play(turn, resultLine());
    await finishTurn(world.context, turn, started);
    return world;
  }
  async function handoff(world: AgentWorld, number: number, stream: string): Promise<Ended> {
    await electTurn(world.files, world.context.layout.turns, number);
    const turn = turnLayout(world.context.layout.turns, number);
    const intent = await prepareHandoff(world.context, turn, (await previousEnded(world.context, number))!, {
      turnUsd: 2,
      dayUsd: 100,
    });
    await writeRecord(world.files, turn.intent, intent!);
    await world.play(turn, stream);
    return finishTurn(world.context, turn, started);
  }
  const inNew = async (world: AgentWorld) => (await world.files.list(world.context.layout.inbox.new)).join();

  test.each([
    [
      'is told that there is no note where the conversation refuses to write one',
      refusal,
      /could not write a hand-off note/,
    ],
    ['begins with its hand-off note', resultLine({ result: 'THE NOTE' }), /THE NOTE/],
  ])('is replaced once; the new one %s; the message is not to blame', async (_name, note, carried) => {
    const world = await established();
    await world.drop();
    const refused = await turnOf(world, 2, refusal);
    expect(refused).toMatchObject({ verdict: { kind: 'refused', blame: 'session' }, park: null, afterRefusal: true });
    expect(refused.session?.rotate?.reason).toMatch(/refuses the conversation/);
    const asked = await handoff(world, 3, note);
    expect(asked).toMatchObject({ session: null, afterRefusal: true, park: null });
    expect(asked.carry.join()).toMatch(carried);
    const { turn, intent } = await world.begin(4);
    expect(intent).toMatchObject({ resume: false, messages: [{ mode: 'body' }] });
    await world.play(turn, resultLine());
    const well = await finishTurn(world.context, turn, started);
    expect(well.verdict.kind).toBe('answered');
    expect(well.afterRefusal).toBeUndefined();
  });

  test('is replaced where claude could not make a summary of it, though the turn has its answer; not where it could at last', async () => {
    const tried = (result: string) =>
      `${JSON.stringify({ type: 'system', subtype: 'status', status: null, compact_result: result, compact_error: 'no' })}\n`;
    const world = await established();
    await world.drop();
    const well = await turnOf(world, 2, tried('failed') + tried('success') + resultLine());
    expect(well).toMatchObject({ verdict: { kind: 'answered' }, session: { rotate: null } });
    await world.drop();
    const failed = await turnOf(world, 3, tried('success') + tried('failed') + resultLine());
    expect(failed).toMatchObject({
      verdict: { kind: 'answered' },
      session: { rotate: { reason: 'claude could not make a summary of it' } },
    });
  });

  test('parks its agent if the new one is refused as well: the message waits, and the note is kept', async () => {
    const world = await established();
    await world.drop();
    await turnOf(world, 2, refusal);
    await handoff(world, 3, resultLine({ result: 'THE NOTE' }));
    const { turn, intent } = await world.begin(4);
    world.sessions.set(intent.sessionId, transcriptOf(intent.mark));
    await world.play(turn, refusal);
    const ended = await finishTurn(world.context, turn, started);
    expect(ended).toMatchObject({
      session: null,
      park: { code: 'refused' },
      carry: expect.arrayContaining([expect.stringContaining('THE NOTE')]),
    });
    expect(await readParked(world.context)).toMatchObject({
      code: 'refused',
      reason: expect.stringContaining('tool_use'),
    });
    expect(await inNew(world)).not.toMatch(/,f\d/);
    // A person said "go on": what is refused now, alone in its conversation, counts for the message.
    await world.files.remove(world.context.layout.parked);
    expect(await turnOf(world, 5, refusal)).toMatchObject({ verdict: { blame: 'message' }, park: null, session: null });
    expect(await inNew(world)).toMatch(/,f1/);
  });

  test('is not one that began with the refused message: that is the message’s fault, and the next starts again', async () => {
    const world = await createAgentWorld();
    await world.drop();
    for (const turn of [1, 2, 3])
      expect(await turnOf(world, turn, refusal)).toMatchObject({
        verdict: { blame: 'message' },
        park: null,
        session: null,
      });
    expect(await world.files.list(world.context.layout.inbox.dead)).toHaveLength(2);
  });
});
