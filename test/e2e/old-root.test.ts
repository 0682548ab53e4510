// A root that build 22a1de5 made, with work in every state, goes on under this one: nothing lost, doubled, or left for a hand.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { agentLayout, rootLayout, sessionLayout, turnLayout } from '#blackboard/layout.ts';
import { OPERATOR } from '#blackboard/peers/operator.ts';
import { createRunnerFiles } from '#blackboard/system/runner-files.ts';
import { timesIn } from '#test/support/agent-fixture.ts';
import { type CrashScene, readCrashWorld, type Sent } from '#test/support/evidence.ts';
import { checkCrashes, describeViolations } from '#test/support/invariants.ts';
import { type OldRoot, type Told, unfoldOldRoot } from '#test/support/old-root.ts';

const files = createRunnerFiles();
const ONE = '11111111-1111-4111-8111-111111111111';
const TWO = '22222222-2222-4222-8222-222222222222';
/** Dropped by somebody, and no message: they stay in dead/ until a person looks. */
const NO_MESSAGES = /-(a-link|held\.md)$/;

const agentsOf = (old: OldRoot) => readdirSync(rootLayout(old.root).agents).sort();
const toAgents = ({ messages }: Told) => messages.filter(({ to }) => !to.startsWith('session:') && to !== 'removed');
/** What the rules of crash tests take as it is: never cancelled by hand before, and due by now. */
const plain = ({ state }: Told['messages'][number]) => !/cancelled|requeued|dropped, its head|^later$/.test(state);

function sceneOf(old: OldRoot): CrashScene {
  const sent = toAgents(old.told)
    .filter(plain)
    .map(({ to, from, kind, marker, id }): Sent => ({ to, from, kind, marker, id, isAccepted: true }));
  const { kills } = old.told;
  const [ledger, transcripts] = [old.ledger(), old.transcripts()];
  return { files, root: old.root, agents: agentsOf(old), sent, ledger, kills, transcripts, survivors: [] };
}

/** Gives back what a person had held, then runs until nothing is left to do. */
async function drain(old: OldRoot): Promise<void> {
  for (const name of ['parked', 'stopped', 'paused'])
    expect((await old.run('resume', name)).code, `resume ${name}`).toBe(0);
  const { definition } = agentLayout(old.root, 'disabled');
  writeFileSync(definition, readFileSync(definition, 'utf8').replace('enabled: false\n', ''));
  expect((await once(old)).match(/skipped .*/g)).toEqual([expect.stringMatching(/^skipped idle: 1 for later/)]);
}

/** What it said. It ends with 1 where something waits still, and says what. */
async function once(old: OldRoot, ...names: string[]): Promise<string> {
  const { code, stderr } = await old.run('start', '--once', ...names);
  expect([0, 1], stderr).toContain(code);
  return stderr;
}

async function violationsOf(old: OldRoot): Promise<string> {
  const all = await checkCrashes(sceneOf(old));
  return describeViolations(all.filter(({ what }) => !/-(a-link|held\.md) is no message$/.test(what)));
}

test('a root of 22a1de5 with work in every state goes on without a step by hand', async () => {
  await using old = await unfoldOldRoot();
  const { told, root } = old;

  // Everything that looks at a root can look at this one, before any runner has touched it.
  const json = async (...words: string[]) => {
    const end = await old.run(...words, '--json');
    expect(end.stderr, words.join(' ')).toBe('');
    return JSON.parse(end.stdout);
  };
  const listed = await json('list');
  expect(JSON.stringify(listed)).toContain('"builder"');
  for (const name of ['parked', 'written', 'signalled', 'builder', 'work'])
    expect(await json('status', name)).toBeTruthy();
  expect((await json('status', 'stopped')).state).toBe('stopped');
  expect(JSON.stringify(await json('inbox'))).not.toContain(told.read);
  expect(JSON.stringify(await json('dead', 'list'))).toContain('cancelled');
  expect(JSON.stringify(await json('costs'))).toContain('idle');
  const doctor = await old.run('doctor');
  expect(doctor.signal, doctor.stderr).toBeNull();
  const states = new Map(told.messages.flatMap(({ id, left }) => (left ? [[left.state, id!] as const] : [])));
  expect([...states.keys()].sort()).toEqual(['claimed', 'dead', 'done', 'ended', 'queued', 'replied', 'started']);
  for (const [state, id] of states) expect((await json('trace', id)).state, id).toBe(state);
  const shown = (await json('board', '--since', '1:0')).map(({ text }: { text: string }) => text.split(/[ :]/)[1]);
  expect(shown.filter((word: string) => word !== 'nine')).toEqual(['one', 'four', 'five', 'six', 'seven', 'ten']);
  expect(JSON.stringify(await json('board', '--topic', 'long'))).toContain('long '.repeat(4000));

  // What a person holds is held; all the rest is worked on.
  const held = ['disabled', 'parked', 'paused'];
  await once(old, ...held);
  for (const name of held) expect(readdirSync(agentLayout(root, name).inbox.new), name).not.toEqual([]);
  await drain(old);
  expect(await violationsOf(old)).toBe('');

  // What those rules do not know of: letters that were given back, that are for later, that died with their agent.
  const world = await readCrashWorld(sceneOf(old));
  const outcomeOf = ({ id, to }: { id: string | null; to: string }) => world.peers.get(to)!.outcomes.get(id!)?.outcome;
  const inState = (state: RegExp) => toAgents(told).filter(each => state.test(each.state));
  expect(inState(/^requeued/).map(outcomeOf)).toEqual(['replied', 'replied']);
  expect(inState(/dead, cancelled/).map(outcomeOf)).toEqual(['dead']);
  expect(inState(/^later$/).map(outcomeOf)).toEqual([undefined]);
  expect(readdirSync(agentLayout(root, 'idle').inbox.later)).toHaveLength(1);
  expect(readdirSync(agentLayout(root, 'dead').inbox.dead).filter(name => NO_MESSAGES.test(name))).toHaveLength(2);
  const removed = told.messages.find(({ to }) => to === 'removed')!;
  expect((await json('trace', removed.id!)).state).toBe('dead');
  const answers = world.peers.get(OPERATOR)!.placed.filter(({ message }) => message?.kind === 'answer');
  for (const { id, marker } of toAgents(told))
    if (id !== null)
      expect(answers.filter(({ message }) => message!.inReplyTo?.includes(id)).length, marker).toBeLessThan(2);

  // A signal that was taken has one turn that came to an end.
  for (const name of ['signalled', 'sigturn']) {
    const { signals } = agentLayout(root, name);
    expect(readdirSync(signals), name).toEqual([]);
    const answered = world.peers
      .get(name)!
      .turns.filter(({ intent, ended }) => intent?.signals && ended?.verdict.kind === 'answered');
    expect(answered, name).toHaveLength(1);
  }

  // A dead letter is given back as one of this build's own.
  const cancelled = inState(/dead, cancelled/)[0]!;
  expect((await old.run('dead', 'requeue', cancelled.id!)).code).toBe(0);
  await once(old, 'dead');
  expect((await json('trace', cancelled.id!)).state).toBe('replied');
  for (const { name, turns } of (await readCrashWorld(sceneOf(old))).peers.values())
    for (const { number, isClosed } of turns)
      expect(isClosed, turnLayout(agentLayout(root, name).turns, number).home).toBe(true);
});

test('a session of that root is shown once what it has not provably seen', async () => {
  await using old = await unfoldOldRoot();
  const marksOf = (session: string) =>
    old.told.messages.filter(({ to }) => to === `session:${session}`).map(({ marker }) => marker);
  for (const [session, seen] of [
    [ONE, 1],
    [TWO, 0],
  ] as const) {
    const pid = old.sleeper();
    await old.hook('SessionStart', session, pid, { source: 'resume' });
    const printed = await old.hook('UserPromptSubmit', session, pid, { prompt_id: 'p8', prompt: 'what is new?' });
    const context = JSON.parse(printed).hookSpecificOutput.additionalContext as string;
    const marks = marksOf(session);
    expect(marks.map(mark => timesIn(context, mark))).toEqual(marks.map((_mark, index) => (index < seen ? 0 : 1)));
    const records = [
      { type: 'user', uuid: 'u8', message: { role: 'user', content: 'what is new?' } },
      {
        type: 'attachment',
        uuid: 'h8',
        parentUuid: 'u8',
        attachment: { type: 'hook_additional_context', content: [context] },
      },
      {
        type: 'assistant',
        uuid: 'a8',
        parentUuid: 'h8',
        message: { id: 'm8', role: 'assistant', model: 'claude', content: [] },
      },
    ];
    const lines = records.map(record => `${JSON.stringify({ isSidechain: false, ...record })}\n`);
    writeFileSync(old.transcript(session), lines.join(''), { flag: 'a' });
    await old.hook('Stop', session, pid, { prompt_id: 'p8' });
    const again = await old.hook('UserPromptSubmit', session, pid, { prompt_id: 'p9', prompt: 'and now?' });
    for (const mark of marks) expect(again).not.toContain(mark);
    const { inbox } = sessionLayout(old.root, session);
    expect([readdirSync(inbox.new), readdirSync(inbox.cur)]).toEqual([[], []]);
  }
});

test('control: the same root without one of its waiting messages is found to have lost it', async () => {
  await using old = await unfoldOldRoot(path => /^root\/agents\/fresh\/inbox\/new\/.*,high$/.test(path));
  await once(old, 'fresh');
  expect(await violationsOf(old)).toMatch(/^lost: mark-fresh-new-high .* is nowhere$/m);
});
