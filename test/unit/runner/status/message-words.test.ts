// Each sentence of docs/message-words.md with MUST or MUST NOT in it is held by one test here, over files on a disk.
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { claim } from '#blackboard/inbox/claim.ts';
import { deliver } from '#blackboard/inbox/deliver.ts';
import { writeOutcome } from '#blackboard/inbox/outcome.ts';
import { noteSeen } from '#blackboard/inbox/seen.ts';
import { sessionLayout, turnLayout } from '#blackboard/layout.ts';
import type { Message, MessageKind } from '#blackboard/messages/message.ts';
import { formatMessageName, freshName } from '#blackboard/messages/message-name.ts';
import { registerSession } from '#blackboard/peers/sessions.ts';
import type { Ended } from '#blackboard/turns/turn-records.ts';
import { PROVES } from '#runner/status/message-words.ts';
import { explain } from '#runner/verbs/explain.ts';
import { trace } from '#runner/verbs/trace.ts';
import { jsonViolations } from '#test/support/json-output.ts';
import { id, makeWorkerRoot, operatorInbox, SESSION, type WorkerRoot } from '../verbs/worker-root.ts';

let root: WorkerRoot;
beforeEach(async () => {
  root = await makeWorkerRoot();
});
afterEach(() => root.clear());

const LINE = 'a0000000-0000-4000-8000-000000000001';
const nameOf = ({ at, id }: Message) => freshName(Date.parse(at), id);
const turn = () => turnLayout(root.agent.turns, 1);
const now = () => new Date().toISOString();

/** The message's turn has these files; its message lies in cur. */
async function turnHas(files: { intent?: true; child?: string; stream?: object[] }): Promise<Message> {
  const message = await root.send();
  mkdirSync(turn().home);
  await claim(root.context.files, root.agent.inbox, 1, [nameOf(message)]);
  const entry = { id: message.id, name: formatMessageName(nameOf(message)), mode: 'body', rider: false };
  const intent = { turn: 1, kind: 'work', at: now(), sessionId: SESSION, line: LINE, messages: [entry] };
  if (files.intent) writeFileSync(turn().intent, JSON.stringify(intent));
  if (files.child) writeFileSync(turn().child, files.child);
  if (files.stream) writeFileSync(turn().stream, files.stream.map(line => `${JSON.stringify(line)}\n`).join(''));
  return message;
}
const CHILD = '42 7 00000000-0000-0000-0000-000000000000\n';
const begun = { type: 'command_lifecycle', command_uuid: LINE, state: 'started' };
const word = {
  type: 'assistant',
  session_id: SESSION,
  parent_tool_use_id: null,
  message: { id: 'm', model: 'claude', content: [{ type: 'text', text: 'I look' }], usage: { output_tokens: 3 } },
};
const decision = (changes: Partial<Ended>, message: Message, disposition: object) => {
  const whole = {
    turn: 1,
    at: now(),
    verdict: { kind: 'failed', reason: 'no' },
    costUsd: 0,
    denials: [],
    session: null,
  };
  writeFileSync(turn().ended, JSON.stringify({ ...whole, messages: [{ id: message.id, disposition }], ...changes }));
};

const toSession = () => sessionLayout(root.context.root, SESSION);
/** A session, and a message to it. */
async function inSession(kind: MessageKind): Promise<Message> {
  const peer = { branch: null, process: null, tmux: null, configDir: null, transcript: null, startedAt: now() };
  await registerSession(root.context.files, root.context.root, { id: SESSION, cwd: '/src/app', ...peer });
  const message = { id: id(77), from: 'operator', kind, at: now(), trace: id(77), hops: 0, body: 'look' };
  await deliver(root.context.files, toSession().inbox, message);
  return message;
}
const transcript = () => join(root.place, 'transcript.jsonl');
const saw = (message: Message, by: 'transcript' | 'event') =>
  noteSeen(root.context.files, toSession().inbox, message.id, {
    ...{ at: now(), by, boundary: 'b0undary', transcript: by === 'transcript' ? transcript() : null },
  });
const putAway = (message: Message) => {
  const { done, new: waiting } = toSession().inbox;
  mkdirSync(join(done, '2026-11-30'));
  const name = formatMessageName(nameOf(message));
  renameSync(join(waiting, name), join(done, '2026-11-30', name));
};

const stateOf = async ({ id }: Pick<Message, 'id'>) => (await trace(root.context, { id })).state;
/** The explained step with this word. */
const stepOf = async ({ id }: Pick<Message, 'id'>, word: string) => {
  const explained = await explain(root.context, { id });
  expect(jsonViolations('explain', explained)).toEqual([]);
  return explained.steps.find(({ step }) => step === word);
};
const restsOn = async (message: Pick<Message, 'id'>, word: string) =>
  (await stepOf(message, word))?.evidence.map(({ path }) => path);

const HELD: Record<string, () => Promise<void>> = {
  async 'A message MUST have its id in `inbox/ids/` when it is shown as queued, so it can be accepted no second time.'() {
    const message = await root.send();
    const path = join(root.agent.inbox.ids, message.id);
    expect(await restsOn(message, 'queued')).toEqual([path]);
    expect(await deliver(root.context.files, root.agent.inbox, message)).toBe('duplicate');
  },
  async 'It MUST NOT be read as begun: a message that was claimed by a turn without an `intent` is queued.'() {
    expect(await stateOf(await turnHas({}))).toBe('queued');
  },
  async 'The `intent` of the turn MUST name the message, or the message MUST lie in `cur` under the hook of its session.'() {
    expect(await restsOn(await turnHas({ intent: true }), 'claimed')).toEqual([turn().intent]);
    const message = await inSession('note');
    expect(await stateOf(message)).toBe('queued');
    await claim(root.context.files, toSession().inbox, 0, [nameOf(message)]);
    const [path] = (await restsOn(message, 'claimed'))!;
    expect(path).toContain(toSession().inbox.cur);
    expect(await stateOf(message)).toBe('claimed');
  },
  async 'It MUST NOT be read as running: as long as no process is named in `turns/<n>/child`, nothing has started.'() {
    expect(await stateOf(await turnHas({ intent: true }))).toBe('claimed');
  },
  async '`turns/<n>/child` MUST name the process; a turn that was sealed has started nothing.'() {
    const message = await turnHas({ intent: true, child: CHILD });
    expect(await restsOn(message, 'started')).toEqual([turn().child]);
    writeFileSync(turn().child, 'sealed\n');
    expect(await stateOf(message)).toBe('claimed');
  },
  async 'It MUST NOT be read as seen: a claude that has said nothing yet has only started.'() {
    expect(await stateOf(await turnHas({ intent: true, child: CHILD, stream: [begun] }))).toBe('started');
  },
  async 'In an agent’s turn, claude MUST have begun with the turn’s own line, and the model MUST have written since.'() {
    const message = await turnHas({ intent: true, child: CHILD, stream: [word] });
    expect(await stateOf(message)).toBe('started');
    writeFileSync(turn().stream, [word, begun].map(line => `${JSON.stringify(line)}\n`).join(''));
    expect(await stateOf(message)).toBe('started');
    writeFileSync(turn().stream, [begun, word].map(line => `${JSON.stringify(line)}\n`).join(''));
    expect(await stateOf(message)).toBe('seen');
    expect(await restsOn(message, 'seen')).toEqual([turn().stream]);
    const usage = { input: 1, output: 0, cacheRead: 0, cacheWrite: 0 };
    decision({ usage, begun: true }, message, { do: 'ack', outcome: 'done' });
    expect(await stepOf(message, 'seen')).toBeUndefined();
    decision({ usage: { ...usage, output: 3 }, begun: true }, message, { do: 'ack', outcome: 'done' });
    expect(await restsOn(message, 'seen')).toEqual([turn().ended]);
  },
  async 'In a session, a record of the model’s MUST follow the text in the transcript; where claude keeps no transcript, the model MUST have gone on after the hook had printed it.'() {
    // That the hook looks for just this, session-news.test.ts shows.
    const message = await inSession('note');
    writeFileSync(transcript(), '{}\n');
    await saw(message, 'transcript');
    const path = join(toSession().inbox.outcomes, `${message.id}.seen`);
    expect(await restsOn(message, 'seen')).toEqual([path, transcript()]);
    rmSync(path);
    await saw(message, 'event');
    expect(await restsOn(message, 'seen')).toEqual([path]);
    writeFileSync(path, 'yes\n');
    expect(await stepOf(message, 'seen')).toBeUndefined();
  },
  async 'It MUST NOT be shown because a hook has printed the text: until there is proof, the message is claimed, and without proof it is shown again.'() {
    const message = await inSession('note');
    await claim(root.context.files, toSession().inbox, 0, [nameOf(message)]);
    expect(await stateOf(message)).toBe('claimed');
    expect((await explain(root.context, message)).open.map(({ word }) => word)).toEqual(['seen', 'done']);
  },
  async 'It MUST NOT be read as done: a question that a session has seen and not answered stays seen.'() {
    const message = await inSession('question');
    await saw(message, 'event');
    putAway(message);
    expect(await stateOf(message)).toBe('seen');
    expect((await explain(root.context, message)).open.map(({ word }) => word)).toEqual(['replied']);
  },
  async '`turns/<n>/ended` MUST hold the decision, which is written once.'() {
    const message = await turnHas({ intent: true, child: CHILD });
    decision({}, message, { do: 'bury', reason: 'no' });
    expect(await stateOf(message)).toBe('ended');
    expect(await restsOn(message, 'ended')).toEqual([turn().ended]);
  },
  async 'It MUST NOT be read as the end of the message: after a failed attempt it is queued again.'() {
    const message = await turnHas({ intent: true, child: CHILD });
    decision({}, message, { do: 'release', name: formatMessageName({ ...nameOf(message), lastTurn: 1, failures: 1 }) });
    expect(await stateOf(message)).toBe('queued');
  },
  async 'Its outcome MUST say so, and the reply MUST be in the inbox of who asked.'() {
    const { message, reply } = await answered();
    const outcome = join(root.agent.inbox.outcomes, message.id);
    await writeOutcome(root.context.files, root.agent.inbox, nameOf(message), {
      ...{ id: message.id, outcome: 'replied', at: now(), turn: 1, reply },
    });
    const asker = operatorInbox(root.context.root);
    expect(await restsOn(message, 'replied')).toEqual([outcome, join(asker.ids, reply)]);
    expect(await stepOf(message, 'replied')).toMatchObject({ isProven: false });
    await deliver(root.context.files, asker, {
      ...{ id: reply, from: 'worker', kind: 'answer', at: now(), trace: message.trace, hops: 1, body: 'so' },
    });
    expect(await stepOf(message, 'replied')).toMatchObject({ isProven: true });
  },
  async 'It MUST NOT be shown while the answer is only in the turn: until the reply is delivered, the turn has ended and no more.'() {
    expect(await stateOf((await answered()).message)).toBe('ended');
  },
  async 'Its outcome MUST say so, or its reader MUST have put it into `done`.'() {
    const message = await inSession('note');
    await writeOutcome(root.context.files, toSession().inbox, nameOf(message), {
      ...{ id: message.id, outcome: 'done', at: now() },
    });
    expect(await restsOn(message, 'done')).toEqual([join(toSession().inbox.outcomes, message.id)]);
    const other = { ...message, id: id(78), kind: 'request' as const };
    await deliver(root.context.files, toSession().inbox, other);
    putAway(other);
    expect(await stateOf(other)).toBe('done');
  },
  async 'It MUST NOT be shown for a request that nobody answered and whose reader has not put it away.'() {
    expect(await stateOf(await inSession('request'))).toBe('queued');
  },
  async 'Its outcome MUST give the reason.'() {
    const message = await root.send();
    await writeOutcome(root.context.files, root.agent.inbox, nameOf(message), {
      ...{ id: message.id, outcome: 'dead', at: now(), reason: 'too long' },
    });
    expect(await restsOn(message, 'dead')).toEqual([join(root.agent.inbox.outcomes, message.id)]);
    const { steps } = await trace(root.context, { id: message.id });
    expect(steps.at(-1)).toMatchObject({ step: 'dead', reason: 'too long' });
  },
  async 'It MUST NOT be read as final: a dead letter that was requeued is queued, and its earlier death stays among the steps.'() {
    const message = await root.send();
    const { outcomes, new: waiting } = root.agent.inbox;
    const dead = { id: message.id, outcome: 'dead' as const, at: now(), reason: 'no' };
    await writeOutcome(root.context.files, root.agent.inbox, nameOf(message), dead);
    writeFileSync(join(outcomes, `${message.id}.r1.requeued`), JSON.stringify({ at: now(), by: 'operator' }));
    const name = nameOf(message);
    renameSync(join(waiting, formatMessageName(name)), join(waiting, formatMessageName({ ...name, requeues: 1 })));
    const { state, steps } = await explain(root.context, message);
    expect({ state, steps: steps.map(({ step }) => step) }).toEqual({
      state: 'queued',
      steps: ['queued', 'dead', 'requeued'],
    });
    expect(steps.every(({ isProven }) => isProven)).toBe(true);
  },
  async 'A step whose file was cleared away since MUST NOT be shown as proven.'() {
    const message = await root.send();
    rmSync(join(root.agent.inbox.ids, message.id));
    expect(await stepOf(message, 'queued')).toMatchObject({ isProven: false });
  },
};

/** Its turn has answered, and nothing of that is published. */
async function answered(): Promise<{ message: Message; reply: string }> {
  const message = await turnHas({ intent: true, child: CHILD });
  decision({ verdict: { kind: 'answered', text: 'so' } }, message, { do: 'ack', outcome: 'replied' });
  return { message, reply: id(99) };
}

const page = readFileSync(new URL('../../../../docs/message-words.md', import.meta.url), 'utf8').replaceAll("'", '’');
const sentences = [...page.matchAll(/^- (.*MUST.*)$/gm)].map(([, sentence]) => sentence!);

test('every sentence of the page is held, and nothing else', () => {
  expect(Object.keys(HELD).sort()).toEqual([...sentences].sort());
  expect(sentences.length).toBeGreaterThan(16);
});

test('the page says of each word what explain says', () => {
  const heads = [...page.matchAll(/^## (\w+)\n\n(.*)$/gm)].map(([, word, says]) => [word, says]);
  for (const [word, says] of heads.filter(([word]) => word !== 'When'))
    expect([word, says]).toEqual([word, PROVES[word as 'seen']]);
  expect(heads.map(([word]) => word)).toEqual([
    'queued',
    'claimed',
    'started',
    'seen',
    'ended',
    'replied',
    'done',
    'dead',
  ]);
});

for (const sentence of sentences) test(sentence, () => HELD[sentence]!());
