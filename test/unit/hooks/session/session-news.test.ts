// What a session is shown and when it counts as seen, over the whole path but claude itself: on a real disk, with events by hand.
import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Entry } from '#blackboard/board/entry.ts';
import { postEntry } from '#blackboard/board/post.ts';
import { deliver } from '#blackboard/inbox/deliver.ts';
import { readOutcome } from '#blackboard/inbox/outcome.ts';
import { readSeen } from '#blackboard/inbox/seen.ts';
import { registerWaiter } from '#blackboard/inbox/waiters.ts';
import { sessionLayout } from '#blackboard/layout.ts';
import type { Message } from '#blackboard/messages/message.ts';
import { deathNoteId } from '#blackboard/peers/notes.ts';
import { findPeer } from '#blackboard/peers/peers.ts';
import { countUnread, readPeerName, registerSession, sessionOfProcess } from '#blackboard/peers/sessions.ts';
import { makeRoot } from '#blackboard/root.ts';
import { systemClock } from '#blackboard/system/clock.ts';
import type { Files } from '#blackboard/system/files.ts';
import { newId, newNonce } from '#blackboard/system/ids.ts';
import { selfIdentity } from '#blackboard/system/process-identity.ts';
import { createRunnerFiles } from '#blackboard/system/runner-files.ts';
import { type EventName, events } from '#hooks/entry/events.ts';
import { newsForAgent } from '#hooks/news/board-news.ts';
import { REACTION_POLICY } from '#hooks/news/reaction-policy.ts';
import { type HookContext, rootOptionOf } from '#hooks/session/hook-context.ts';
import type { HookEvent } from '#hooks/session/hook-event.ts';
import { moveCursor, readCursor } from '#hooks/session/shown.ts';
import { autoStart } from '#runner/verbs/auto-start.ts';
import { connect } from '#runner/verbs/connect.ts';
import { disconnect } from '#runner/verbs/disconnect.ts';
import { eventsIn } from '#test/support/events-in.ts';
import { jsonViolations } from '#test/support/json-output.ts';

const files = createRunnerFiles();
const self = selfIdentity();
const ID = '963bf434-039c-4310-b9b7-061eef298631';
let root: string;
let transcript: string;
beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'ar-news-'));
  transcript = join(root, 'transcript.jsonl');
  noted = [];
  last = '';
  await makeRoot(files, root, false);
});
afterEach(() => rmSync(root, { recursive: true }));

const hook = (event: Partial<HookEvent>, env: Record<string, string> = {}): HookContext => ({
  files,
  root,
  clock: systemClock,
  // However slow this machine is.
  begunMs: systemClock.monotonicMs() + 60_000,
  note: async reason => void noted.push(reason),
  afterwards: [],
  env: { CLAUDE_CODE_SESSION_ATTENDED: '1', CLAUDE_PID: String(process.pid), ...env },
  event: {
    sessionId: ID,
    cwd: '/src/app',
    transcript,
    promptId: null,
    promptMark: 'mark',
    source: null,
    toolUseId: null,
    isSubagent: false,
    stopHookActive: false,
    ...event,
  },
  layout: sessionLayout(root, event.sessionId ?? ID),
  self,
  rootOption: '',
});
/** The event as hook.ts answers it: what is left to do is done after the print. */
const answer = async (
  name: EventName,
  context: HookContext,
  options = { deliverOnStop: false },
  diesBeforeThePrint = false,
) => {
  const printed = await events[name](context, options);
  if (diesBeforeThePrint) return null;
  if (printed) remember(context, printed);
  for (const rest of context.afterwards) await rest();
  return printed;
};
/** What claude writes down of what it was given, and the model's answer behind it. */
function remember({ event }: HookContext, printed: object) {
  const text = JSON.stringify(printed);
  const [prompt, context] = [newNonce(), newNonce()];
  const records = [
    { type: 'user', uuid: prompt, parentUuid: null, promptId: event.promptId, message: { content: 'a prompt' } },
    {
      type: 'attachment',
      uuid: context,
      parentUuid: prompt,
      attachment: { type: 'hook_additional_context', content: [text] },
    },
  ];
  appendFileSync(transcript, records.map(record => `${JSON.stringify(record)}\n`).join(''));
  last = context;
}
/** The model has answered what it was shown last. */
const answered = () =>
  appendFileSync(
    transcript,
    `${JSON.stringify({ type: 'assistant', uuid: newNonce(), parentUuid: last, message: { model: 'claude' } })}\n`,
  );
let last = '';
let noted: string[] = [];
const textOf = (printed: unknown): string =>
  (printed as { hookSpecificOutput?: { additionalContext: string } } | null)?.hookSpecificOutput?.additionalContext ??
  '';
const start = async (event: Partial<HookEvent> = { source: 'startup' }) =>
  textOf(await answer('SessionStart', hook(event)));
const prompt = async (promptId: string, env = {}) => textOf(await answer('UserPromptSubmit', hook({ promptId }, env)));
/** The turn's end. */
const stop = (promptId: string) => {
  answered();
  return answer('Stop', hook({ promptId }));
};
const post = (text: string, from = 'a') => {
  const nowMs = Date.now();
  const entry = { id: newId(nowMs), at: new Date(nowMs).toISOString(), from, kind: 'note' as const, text };
  return postEntry(files, root, entry, { self, nowMs });
};
const postEntryOf = async (text: string, more: Partial<Entry>) => {
  const nowMs = Date.now();
  const entry = {
    id: newId(nowMs),
    at: new Date(nowMs).toISOString(),
    from: 'a',
    kind: 'note' as const,
    text,
    ...more,
  };
  await postEntry(files, root, entry, { self, nowMs });
};
const inMs = (ms: number) => new Date(Date.now() + ms).toISOString();
const send = async (more: Partial<Message> = {}) => {
  const id = newId(Date.now());
  const head = { id, from: 'operator', kind: 'note' as const, at: new Date().toISOString(), trace: id, hops: 0 };
  await deliver(files, sessionLayout(root, ID).inbox, { ...head, body: 'MESSAGE', ...more });
  return id;
};

test('nothing new: no output; something new: once; proven: not again', async () => {
  expect(await start()).toContain('you are "app"');
  expect(await prompt('p1')).toBe('');
  await post('ONE');
  expect(await prompt('p2')).toContain('ONE');
  await stop('p2');
  expect(await prompt('p3')).toBe('');
});

test('its events: it appeared, was shown a message, lost it without a proof, was shown it again, had it and one that expired', async () => {
  await start();
  const id = await send();
  await prompt('p1');
  await prompt('p2');
  await stop('p2');
  const late = await send({ expiresAt: inMs(-1) });
  await prompt('p3');
  const told = await eventsIn(files, sessionLayout(root, ID).inbox.events);
  expect(told.filter(({ peer }) => peer === ID)).toMatchObject([
    { type: 'session.appeared', sessionId: ID, cwd: '/src/app' },
    { type: 'message.queued', id },
    { type: 'message.claimed', id, turn: null },
    { type: 'message.released', id, turn: null },
    { type: 'message.claimed', id, turn: null },
    { type: 'message.acked', id },
    { type: 'message.queued', id: late },
    { type: 'message.buried', id: late, turn: null, reason: 'it expired' },
  ]);
});

/** What holds, and what does not, before a session starts. */
async function postBefore() {
  await postEntryOf('PLAIN', {});
  await postEntryOf('ALERT', { kind: 'alert' });
  await postEntryOf('OLD-KEY', { key: 'build' });
  await postEntryOf('NEW-KEY', { key: 'build' });
  await postEntryOf('FOR-HOURS', { expiresAt: inMs(7_200_000) });
  await postEntryOf('EXPIRED', { kind: 'alert', expiresAt: inMs(-1) });
  await postEntryOf('REPLACED-LATER', { key: 'deploy' });
}

test('a session is told once, at its first prompt, what still holds of what was posted before it began', async () => {
  await postBefore();
  await start();
  await post('AFTER');
  await postEntryOf('IN-ITS-PLACE', { key: 'deploy' });
  const first = await prompt('p1');
  for (const words of ['ALERT', 'NEW-KEY', 'FOR-HOURS', 'AFTER', 'IN-ITS-PLACE']) expect(first).toContain(words);
  for (const words of ['PLAIN', 'OLD-KEY', 'EXPIRED', 'REPLACED-LATER']) expect(first).not.toContain(words);
  const again = await prompt('p2');
  expect(again, 'nothing proved that it was seen').toContain('FOR-HOURS');
  await stop('p2');
  await post('LATER');
  const next = await prompt('p3');
  expect(next).toContain('LATER');
  expect(next).not.toMatch(/ALERT|NEW-KEY|FOR-HOURS|AFTER/);
  await stop('p3');
  expect(await prompt('p4')).toBe('');
  expect(readdirSync(sessionLayout(root, ID).home)).not.toContain('standing');
});

test('a start with nothing that holds leaves the board quiet, and one with something does not', async () => {
  await post('PLAIN');
  await start();
  expect(readdirSync(sessionLayout(root, ID).home)).toContain('mark');
  const other = '963bf434-039c-4310-b9b7-061eef298632';
  await postEntryOf('ALERT', { kind: 'alert' });
  await start({ source: 'startup', sessionId: other });
  expect(readdirSync(sessionLayout(root, other).home)).not.toContain('mark');
});

test('the newest of what holds come first where there is no room for all, and the rest is counted', async () => {
  for (let count = 0; count < 40; count++)
    await postEntryOf(`ENTRY-${count} ${'x'.repeat(400)}`, { key: `k${count}`, at: inMs(count - 100_000) });
  await start();
  const text = await prompt('p1');
  expect(text).toContain('ENTRY-39 ');
  expect(text).not.toContain('ENTRY-0 ');
  expect(text.length).toBeLessThanOrEqual(6_000);
  expect(text).toMatch(/Not shown for lack of room: \d+ entries\. All of them: agent-runner board --since 1:0/);
});

test('a new agent is told what still holds, and afterwards what is new', async () => {
  await postBefore();
  const options = { self: 'me', nowMs: Date.now() };
  const first = await newsForAgent(files, root, null, 4_000, { ...options, isNew: true });
  for (const words of ['ALERT', 'NEW-KEY', 'FOR-HOURS', 'REPLACED-LATER']) expect(first.text).toContain(words);
  expect(first.text).not.toMatch(/PLAIN|OLD-KEY|EXPIRED/);
  expect((await newsForAgent(files, root, first.nextCursor, 4_000, options)).text).toBe('');
});

test('without proof it is shown again, with what came since', async () => {
  await start();
  await post('ONE');
  await send();
  expect(await prompt('p1')).toContain('MESSAGE');
  await post('TWO');
  const again = await prompt('p2');
  for (const words of ['ONE', 'TWO', 'MESSAGE']) expect(again).toContain(words);
  await answer('Stop', hook({ promptId: 'p2' }));
  expect(await prompt('p3'), 'a stop alone proves nothing').toContain('ONE');
  await stop('p3');
  expect(await prompt('p4')).toBe('');
  expect(await countUnread(files, sessionLayout(root, ID))).toBe(0);
});

test('a root of another name is named in commands so that a shell takes it for one word', () => {
  expect(rootOptionOf('/home/u/.agent-runner', '/home/u/.agent-runner')).toBe('');
  expect(rootOptionOf('/srv/root', '/home/u/.agent-runner')).toBe(' --root /srv/root');
  const option = rootOptionOf("/srv/it's; mine", '/home/u/.agent-runner');
  expect(execFileSync('/bin/sh', ['-c', `printf %s${option}`], { encoding: 'utf8' })).toBe("--root/srv/it's; mine");
});

test('three installs, one voice', async () => {
  const greetings = await Promise.all([start(), start(), start()]);
  expect(greetings.filter(Boolean)).toHaveLength(1);
  await post('ONE');
  const spoken = await Promise.all([prompt('p1'), prompt('p1'), prompt('p1')]);
  expect(spoken.filter(Boolean)).toHaveLength(1);
  await Promise.all([stop('p1'), stop('p1'), stop('p1')]);
  expect(await prompt('p2')).toBe('');
});

test('how to take a message is told with messages, and when a session starts, and not with the board alone', async () => {
  expect(await start()).toContain(REACTION_POLICY);
  await post('ONE');
  expect(await prompt('p1')).not.toContain(REACTION_POLICY);
  await stop('p1');
  await send();
  expect(await prompt('p2')).toContain(REACTION_POLICY);
});

test('a note is done once it was seen; a question waits for its reply', async () => {
  await start();
  const { inbox } = sessionLayout(root, ID);
  const [note, question] = [await send(), await send({ kind: 'question' })];
  expect(await prompt('p1')).toContain('agent-runner reply <message-id>');
  expect(await readOutcome(files, inbox, note)).toBeNull();
  expect(await readSeen(files, inbox, note)).toBeNull();
  await stop('p1');
  const proof = { at: expect.any(String), by: 'transcript', boundary: expect.stringMatching(/^\w{16}$/), transcript };
  expect([await readSeen(files, inbox, note), await readSeen(files, inbox, question)]).toEqual([proof, proof]);
  expect(await readOutcome(files, inbox, note)).toMatchObject({ outcome: 'done' });
  expect(await readOutcome(files, inbox, question)).toBeNull();
});

test('a reply that a live ask will take is left to it', async () => {
  await start();
  const { inbox } = sessionLayout(root, ID);
  const asked = newId(1);
  await registerWaiter(files, inbox, { id: asked, to: 'a', identity: self });
  await send({ kind: 'answer', inReplyTo: [asked] });
  expect(await prompt('p1')).toBe('');
});

test('a message that has expired is not shown: it is dead, with the reason', async () => {
  await start();
  const id = await send({ expiresAt: new Date(Date.now() - 1).toISOString() });
  expect(await prompt('p1')).toBe('');
  const { inbox } = sessionLayout(root, ID);
  expect(await readOutcome(files, inbox, id)).toMatchObject({ outcome: 'dead', reason: 'it expired' });
  expect([readdirSync(inbox.new), readdirSync(inbox.cur)]).toEqual([[], []]);
});

test.each([
  ['expired', 'it expired'],
  ['cannot be read', 'it is not a message'],
])(
  'a session’s message that %s: anyone who sent it is told, by the session’s name, with the reason',
  async (how, why) => {
    await start();
    const other = '963bf434-039c-4310-b9b7-061eef298633';
    await start({ source: 'startup', sessionId: other });
    const from = (await readPeerName(files, root, other))!;
    const { inbox } = sessionLayout(root, ID);
    const id = await send({ kind: 'question', from, expiresAt: new Date(Date.now() - 1).toISOString() });
    const path = join(inbox.new, readdirSync(inbox.new)[0]!);
    if (how !== 'expired') writeFileSync(path, `---\nid: "${id}"\nfrom: "${from}"\n---\nNO KIND`);
    await prompt('p1');
    const told = textOf(await answer('UserPromptSubmit', hook({ promptId: 'p2', sessionId: other })));
    expect(told).toContain('is dead');
    expect(told).toContain(why);
    expect(told).toContain(`from ${from} to app`);
    const { at } = (await readOutcome(files, inbox, id))!;
    expect(readdirSync(sessionLayout(root, other).inbox.ids)).toContain(deathNoteId(from, 'app', id, at, ''));
  },
);

test('the place on the board never goes back: an older proof that comes late changes nothing', async () => {
  await start();
  const layout = sessionLayout(root, ID);
  for (const offset of [500, 100]) await moveCursor(files, layout, { segment: 3, offset }, 'mark');
  expect(await readCursor(files, layout)).toEqual({ segment: 3, offset: 500 });
});

test.each(['', 'garbage', '0:0', '1:', null])(
  'a cursor that is %j: it goes on from what was proven, and says so once',
  async text => {
    await start();
    await post('SEEN');
    await prompt('p1');
    await stop('p1');
    await post('MISSED');
    const { cursor, cursorCopy } = sessionLayout(root, ID);
    if (text === null) rmSync(cursor);
    else writeFileSync(cursor, text);
    const heard = await prompt('p2');
    expect(heard).toContain('MISSED');
    expect(heard).not.toContain('SEEN\n');
    await stop('p2');
    expect(await prompt('p3')).toBe('');
    expect(noted).toEqual([expect.stringMatching(/expected a place on the board .* goes on from its copy, 1:\d+/)]);

    // Both are gone: from the beginning, rather than from the end.
    for (const path of [cursor, cursorCopy]) writeFileSync(path, text ?? '');
    await post('LATER');
    const all = await prompt('p4');
    for (const words of ['SEEN', 'MISSED', 'LATER']) expect(all).toContain(words);
    expect(noted.at(-1)).toContain('goes on from the beginning of the board');
  },
);

test('messages that do not fit stay unread and come with the next prompt', async () => {
  await start();
  for (let count = 0; count < 6; count++) await send({ body: `M${count} ${'z'.repeat(900)}` });
  const first = await prompt('p1', { AGENT_RUNNER_NEWS_CHARS: '1500' });
  expect(first.length).toBeLessThanOrEqual(1500);
  expect(first).toMatch(/Not shown for lack of room: \d more for you/);
  await stop('p1');
  const left = await countUnread(files, sessionLayout(root, ID));
  expect(left).toBeGreaterThan(0);
  await prompt('p2');
  await stop('p2');
  expect(await countUnread(files, sessionLayout(root, ID))).toBe(0);
});

test('a prompt typed during a turn does not repeat what is under way', async () => {
  await start();
  await post('ONE');
  expect(await prompt('p1')).toContain('ONE');
  const queued = hook({ promptId: 'p1', promptMark: 'another' });
  expect(await answer('UserPromptSubmit', queued)).toBeNull();
  await stop('p1');
  expect(await prompt('p2')).toBe('');
});

test('/clear moves the peer to the new id, with its name, its messages and its place on the board', async () => {
  await start();
  const id = await send();
  await post('ONE');
  const next = '7f1c0f7e-0000-4000-8000-000000000001';
  expect(await start({ sessionId: next, source: 'clear' })).toContain('you are "app"');
  expect(readdirSync(join(root, 'sessions')).sort()).toEqual([next, 'names', 'pids', 'starts']);
  const told = await eventsIn(files, sessionLayout(root, ID).inbox.events);
  expect(told.filter(({ type }) => type.startsWith('session.'))).toMatchObject([
    { peer: ID, type: 'session.appeared' },
    { peer: ID, type: 'session.ended', sessionId: ID },
    { peer: next, type: 'session.appeared', sessionId: next },
  ]);
  const text = textOf(await answer('UserPromptSubmit', hook({ sessionId: next, promptId: 'p1' })));
  expect(text).toContain('ONE');
  expect(text).toContain(id);
});

test('what the conversation before /clear provably held is not told to the one after it, and what it did not hold is', async () => {
  await start();
  await post('READ-BEFORE');
  await prompt('p1');
  answered();
  const next = '7f1c0f7e-0000-4000-8000-000000000001';
  await start({ sessionId: next, source: 'clear', transcript: `${transcript}.2` });
  await post('AFTER-IT');
  const after = (promptId: string) =>
    answer('UserPromptSubmit', hook({ sessionId: next, promptId, transcript: `${transcript}.2` })).then(textOf);
  const first = await after('p2');
  expect(first).toContain('AFTER-IT');
  expect(first).not.toContain('READ-BEFORE');
  expect(await after('p3'), 'the model has not answered that').toContain('AFTER-IT');
});

test('urgent messages come after a tool, to the main conversation only', async () => {
  await start();
  await send({ priority: 'high', body: 'URGENT-ONE' });
  await send({ body: 'CAN-WAIT' });
  const tool = (more: Partial<HookEvent>) => answer('PostToolUse', hook({ promptId: 'p1', toolUseId: 't1', ...more }));
  expect(await tool({ isSubagent: true })).toBeNull();
  const text = textOf(await tool({}));
  expect(text).toContain('URGENT-ONE');
  expect(text).not.toContain('CAN-WAIT');
  expect(await tool({ toolUseId: 't2' }), 'not again').toBeNull();
});

test('deliverOnStop continues the turn with the unread, once, and never when it was continued already', async () => {
  await start();
  await send();
  const on = { deliverOnStop: true };
  expect(await answer('Stop', hook({ promptId: 'p1', stopHookActive: true }), on)).toBeNull();
  expect(await answer('Stop', hook({ promptId: 'p1' }))).toBeNull();
  expect(await answer('Stop', hook({ promptId: 'p1' }), on)).toMatchObject({ decision: 'block' });
  answered();
  await send();
  expect(await answer('Stop', hook({ promptId: 'p1', stopHookActive: true }), on)).toBeNull();
  expect(await countUnread(files, sessionLayout(root, ID))).toBe(1);
});

test('an agent is told what is new, not its own, and begins at the end', async () => {
  await post('BEFORE');
  const options = { self: 'me', nowMs: Date.now() };
  const first = await newsForAgent(files, root, null, 2_000, options);
  expect(first).toMatchObject({ text: '', count: 0, omitted: 0 });
  await post('AFTER @x');
  await post('MINE', 'me');
  const news = await newsForAgent(files, root, first.nextCursor, 2_000, options);
  expect(news).toMatchObject({ count: 1, omitted: 0, topics: [] });
  // It stands in a prompt, where claude would read the file.
  expect(news.text).toMatch(/AFTER @\u2060x[\s\S]*\nBehind some @ .* agent-runner board --json$/);
  expect(news.text).toContain('data from peers');
  expect((await newsForAgent(files, root, news.nextCursor, 2_000, options)).text).toBe('');
});

/** As `cp` leaves it, some seconds ago. */
function drop(name: string, text: string): string {
  const path = join(sessionLayout(root, ID).inbox.inbox, name);
  writeFileSync(path, text);
  utimesSync(path, new Date(Date.now() - 5_000), new Date(Date.now() - 5_000));
  return path;
}

test('a file dropped into its inbox comes with the next prompt, as a message, once it is whole', async () => {
  await start();
  drop('note.md', '---\nsubject: From a file\n---\nDROPPED');
  const fresh = drop('fresh.md', 'STILL-WARM');
  // Not in the past, however slow this machine is.
  utimesSync(fresh, new Date(Date.now() + 60_000), new Date(Date.now() + 60_000));
  const open = openSync(drop('open.md', 'STILL-OPEN'), 'a');
  const text = await prompt('p1');
  expect(text).toContain('DROPPED');
  expect(text).toContain('subject "From a file"');
  expect(text).not.toContain('STILL-');
  expect(await countUnread(files, sessionLayout(root, ID))).toBe(3);
  await stop('p1');
  closeSync(open);
  utimesSync(fresh, new Date(Date.now() - 5_000), new Date(Date.now() - 5_000));
  const next = await prompt('p2');
  expect(next).not.toContain('DROPPED');
  expect(next).toContain('STILL-WARM');
  expect(next).toContain('STILL-OPEN');
});

test('an urgent drop comes after a tool; what is no file is buried with the reason', async () => {
  await start();
  await prompt('p1');
  drop('now.md', '---\npriority: high\n---\nAT-ONCE');
  mkdirSync(join(sessionLayout(root, ID).inbox.inbox, 'directory'));
  // A directory rests for a while: it may still be being copied.
  utimesSync(join(sessionLayout(root, ID).inbox.inbox, 'directory'), 1, 1);
  const tool = () => answer('PostToolUse', hook({ promptId: 'p1', toolUseId: newId(Date.now()) }));
  expect(textOf(await tool())).toContain('AT-ONCE');
  expect(textOf(await tool())).toBe('');
  expect(readdirSync(sessionLayout(root, ID).inbox.dead).some(name => name.endsWith('.reason'))).toBe(true);
});

test('a message whose producer died before it was placed is placed by the hook', async () => {
  await start();
  const { inbox } = sessionLayout(root, ID);
  const id = await send({ body: 'LEFT-BEHIND' });
  const [name] = readdirSync(inbox.new);
  const left = join(inbox.tmp, 'a'.repeat(32));
  renameSync(join(inbox.new, name!), left);
  utimesSync(left, new Date(Date.now() - 60_000), new Date(Date.now() - 60_000));
  const text = await prompt('p1');
  expect(text).toContain('LEFT-BEHIND');
  expect(text).toContain(id);
});

test('a disconnected session is no peer, over prompts, a resume and /clear; it hears the board, and its messages wait', async () => {
  const context = { root, files, env: {} };
  await start();
  const id = await send();
  expect(await disconnect(context, { session: null })).toEqual({ id: ID, was: 'app', unread: 1 });
  expect(await findPeer(files, root, 'app')).toBeNull();
  await post('ONE');
  const heard = await prompt('p1');
  expect(heard).toContain('ONE');
  expect(heard).not.toContain('MESSAGE');
  expect(await start({ source: 'resume' })).toBe('');
  const next = '7f1c0f7e-0000-4000-8000-000000000001';
  expect(await start({ sessionId: next, source: 'clear' })).toBe('');
  expect(await findPeer(files, root, next)).toBeNull();
  // Its name is another's meanwhile.
  await takenName({ cwd: '/src/app' }, null);
  expect(await connect({ ...context, env: {} }, { name: null, session: null })).toMatchObject({
    id: next,
    name: 'app-2',
  });
  expect(readdirSync(sessionLayout(root, next).inbox.ids)).toEqual([id]);
  expect((await connect({ ...context, env: {} }, { name: null, session: null })).already).toBe(true);
  expect(await prompt('p2', {}), 'the old conversation').toBe('');
  expect(textOf(await answer('UserPromptSubmit', hook({ sessionId: next, promptId: 'p3' })))).toContain(id);
});

/** Another session has the name, because a message waits for it. */
async function takenName(changes: object, wanted: string | null) {
  const other = {
    ...{ id: '7f1c0f7e-0000-4000-8000-000000000009', cwd: '/', branch: null, process: null, tmux: null },
    ...{ configDir: null, transcript: null, startedAt: new Date().toISOString(), ...changes },
  };
  await registerSession(files, root, other, wanted);
  const message = { id: newId(Date.now()), from: 'operator', kind: 'note' as const, at: other.startedAt, hops: 0 };
  await deliver(files, sessionLayout(root, other.id).inbox, { ...message, trace: message.id, body: 'x' });
}

test('with auto-start off a new session is no peer until it connects, by a name that is numbered when it is taken', async () => {
  const context = { root, files, env: {} };
  expect(await autoStart(context, { to: 'off' })).toEqual({ autoStart: 'off', notConnected: [] });
  expect(await start()).toBe('');
  expect(await autoStart(context, { to: 'status' })).toMatchObject({ notConnected: [{ id: ID, cwd: '/src/app' }] });
  await takenName({}, 'builder');
  await expect(connect(context, { name: 'Two words', session: null })).rejects.toMatchObject({ exit: 64 });
  await expect(connect(context, { name: 'self', session: null })).rejects.toMatchObject({ exit: 64 });
  const connected = await connect(context, { name: 'builder', session: ID.slice(-8) });
  expect(connected).toEqual({ id: ID, name: 'builder-2', wanted: 'builder', already: false });
  expect(jsonViolations('connect', connected)).toEqual([]);
  // Who is a peer already stays one.
  expect(await start({ source: 'resume' })).toContain('you are "builder-2"');
  await expect(connect({ ...context, env: {} }, { name: 'other', session: null })).rejects.toMatchObject({ exit: 64 });
  await expect(disconnect({ ...context, env: {} }, { session: 'builder' })).rejects.toMatchObject({ exit: 77 });
  expect((await autoStart(context, { to: 'on' })).notConnected).toEqual([]);
  expect(await start({ sessionId: '7f1c0f7e-0000-4000-8000-000000000002' })).toContain('you are "app"');
  await expect(autoStart(context, { to: 'maybe' })).rejects.toMatchObject({ exit: 64 });
});

test('killed at every effect, a disconnect that is repeated has disconnected, and a connect has connected', async () => {
  const dies = (at: number) => {
    let effects = 0;
    return new Proxy<Files>(files, {
      get:
        (target, verb: keyof Files) =>
        async (...args: unknown[]) => {
          if (++effects >= at) throw new Error('killed');
          return (target[verb] as (...given: unknown[]) => unknown).apply(target, args);
        },
    });
  };
  const isPeer = async () =>
    (await findPeer(files, root, 'app'))?.id === ID && (await sessionOfProcess(files, root, self))?.id === ID;
  const isNone = async () =>
    (await findPeer(files, root, ID)) === null && (await findPeer(files, root, 'app')) === null;
  const leave = (port: Files) => disconnect({ root, files: port, env: {} }, { session: null });
  const enter = (port: Files) => connect({ root, files: port, env: {} }, { name: null, session: null });
  await start();
  for (const [what, back, isDone] of [[leave, enter, isNone] as const, [enter, leave, isPeer] as const]) {
    if (what === enter) await leave(files);
    for (let at = 1, ended = false; !ended; at++) {
      ended = await what(dies(at)).then(
        () => true,
        () => false,
      );
      if (!(await isDone())) await what(files);
      expect(await isDone(), `effect ${at}`).toBe(true);
      if (ended) expect(at).toBeGreaterThan(5);
      await back(files);
    }
    if (what === leave) expect(await isPeer()).toBe(true);
    else await enter(files);
  }
});
