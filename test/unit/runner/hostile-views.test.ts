// Every command that shows what others wrote, over a root with hostile values in every field there is: names, subjects, reasons,
// paths, branches, topics. No terminal control gets out, and nobody's words begin a line where one line is meant.
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { encodeEntry } from '#blackboard/board/entry.ts';
import type { Card } from '#blackboard/cards/card.ts';
import type { Thing } from '#blackboard/claims/claim.ts';
import { takeClaim } from '#blackboard/claims/claiming.ts';
import { encodeEvent } from '#blackboard/events/encode-event.ts';
import type { EventBody } from '#blackboard/events/event.ts';
import { deliver } from '#blackboard/inbox/deliver.ts';
import {
  agentLayout,
  boardLayout,
  cardPaths,
  inboxLayout,
  rootLayout,
  sessionLayout,
  turnLayout,
} from '#blackboard/layout.ts';
import type { Message } from '#blackboard/messages/message.ts';
import { registerSession } from '#blackboard/peers/sessions.ts';
import { systemClock } from '#blackboard/system/clock.ts';
import { limits } from '#blackboard/system/limits.ts';
import { selfIdentity } from '#blackboard/system/process-identity.ts';
import { createRunnerFiles } from '#blackboard/system/runner-files.ts';
import type { Ended, Intent } from '#blackboard/turns/turn-records.ts';
import { guarded } from '#runner/cli/terminal/guard.ts';
import { createRunnerEvents } from '#runner/events/emit.ts';
import { openRunnerLog } from '#runner/service/runner-log.ts';
import { createTranscript } from '#runner/text/transcript-log.ts';
import { endedEvents, startedEvent, streamEvent } from '#runner/turn/turn-events.ts';
import { allCommands, commandTree, wholeProgram } from '#test/support/command-tree.ts';
import { HOSTILE_TEXTS } from '#test/support/hostile-texts.ts';

const program = await wholeProgram();

const files = createRunnerFiles();
const root = join(mkdtempSync(join(tmpdir(), 'hostile-views-')), 'root');
const SESSION = '01234567-89ab-7def-8123-456789abcdef';
const id = (count: number) => `01a1fc0b-65c1-7a13-a650-${String(count).padStart(12, '0')}`;

/** A value of this field: escapes of one byte and of two, those that are ours included, line ends of every kind, marks that turn the reading order round. */
const evil = (field: string) =>
  `${field}\u001b[2J\r\u001b[K\u009b31m\u202e\u2066\u200f\u{e0041}\r\nFORGED ${field}\rFORGED ${field}\u2028FORGED ${field}\n\tFORGED \u0007${field}`;

/** The texts that go through every way in; one of them is a whole line, as which it may begin one. */
const WORDS = HOSTILE_TEXTS.map(text => text.replace('FORGED', 'OTHER'));

const CONTROL =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for.
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]|[\u{e0000}-\u{e007f}]/u;
// biome-ignore lint/suspicious/noControlCharactersInRegex: our own colours.
const COLOURS = /\u001b\[(?:0|1|2|3[1-6])m/g;

const message = (count: number, changes: Partial<Message> = {}): Message => ({
  id: id(count),
  from: 'peer',
  kind: 'note',
  at: new Date().toISOString(),
  trace: evil('trace'),
  hops: 0,
  thread: evil('thread'),
  subject: evil('subject'),
  inReplyTo: [id(1), evil('inReplyTo')],
  file: evil('file'),
  attachments: [{ name: evil('attachment'), sizeBytes: 1 }],
  denials: [{ tool: evil('tool'), input: evil('input') }],
  // A text has lines of its own; where it is shown as one, none of them begins a line.
  body: evil('body').replaceAll('FORGED', 'LINE'),
  ...changes,
});

const intent: Intent = {
  turn: 1,
  kind: 'work',
  at: new Date().toISOString(),
  sessionId: SESSION,
  resume: false,
  mark: 'm',
  transcriptBytes: 0,
  baselineUsd: 0,
  messages: [
    {
      ...{ id: id(2), name: 'n', from: evil('from'), kind: 'request', thread: null, trace: '', hops: 0 },
      ...{ mode: 'body', rider: false, spentUsd: 0, nonces: [] },
    },
  ],
  carry: [],
  board: null,
  perTurnUsd: 1,
  signals: {
    alone: true,
    taken: [
      {
        ...{ type: 'file_changed', path: `/w/${evil('path')}`, id: 'x', at: '', source: evil('source') },
        interruptions: 0,
      },
    ],
  },
};
const ended: Ended = {
  turn: 1,
  at: new Date().toISOString(),
  verdict: { kind: 'failed', reason: evil('verdict') },
  messages: [],
  session: { id: SESSION, totalUsd: 1, turns: 1, contextTokens: 1, rotate: null },
  costUsd: 1,
  blamedUsd: 1,
  usage: { input: 1, output: 1, cacheRead: 1, cacheWrite: 1 },
  cacheMissed: false,
  day: '2026-11-30',
  startedAt: new Date().toISOString(),
  denials: [{ tool: evil('tool'), input: evil('input') }],
  retryAtMs: null,
  backoffLevel: 0,
  park: null,
  carry: [],
  board: null,
};

let out = '';
let stdout = '';
/** What a command says on a terminal, stderr included, without our own colours. A wide one: what is broken between words is none of ours here. */
async function said(words: string, columns = 10_000): Promise<string> {
  out = '';
  stdout = '';
  for (const stream of [process.stdout, process.stderr]) {
    vi.spyOn(stream, 'write').mockImplementation(chunk => {
      const text = typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString();
      out += text;
      if (stream === process.stdout) stdout += text;
      return true;
    });
    Object.assign(stream, { isTTY: true, columns });
  }
  // What follows a file looks at it once.
  if (/^tail|--follow/.test(words)) vi.spyOn(systemClock, 'sleep').mockRejectedValue(new Error('looked'));
  try {
    await program.parseAsync(['--root', root, ...words.split(' ')], { from: 'user' });
  } catch (error) {
    // As main.ts says it: through the guard.
    out += guarded(`${(error as Error).message}\n`, true);
  } finally {
    vi.restoreAllMocks();
    for (const stream of [process.stdout, process.stderr]) Object.assign(stream, { isTTY: undefined });
    process.exitCode = undefined;
  }
  return out.replace(COLOURS, '');
}

beforeAll(async () => {
  vi.stubEnv('NO_COLOR', '');
  vi.stubEnv('TERM', 'xterm');
  vi.stubEnv('AGENT_RUNNER_CLAUDE', '/bin/false');
  await said('init');
  const work = join(root, '..', 'work');
  mkdirSync(work);
  await said(`add a --cwd ${work}`);
  const agent = agentLayout(root, 'a');
  const operator = inboxLayout(rootLayout(root).operator);
  await deliver(files, operator, message(1));
  await deliver(files, operator, message(5, { kind: 'question' }));
  await deliver(files, operator, message(6, { from: evil('from') }));
  writeFileSync(join(operator.new, `1700000000000-${id(9)}`), evil('no message'));
  await deliver(files, agent.inbox, message(2, { kind: 'request' }));
  await deliver(files, agent.inbox, message(3, { kind: 'request' }));
  mkdirSync(agent.inbox.dead, { recursive: true });
  const dead = join(agent.inbox.dead, `1700000000000-${id(4)}`);
  writeFileSync(dead, readFileSync(join(operator.ids, id(1)), 'utf8').replaceAll(id(1), id(4)));
  writeFileSync(`${dead}.reason`, evil('reason'));
  const drop = join(agent.inbox.dead, `drop-${id(7)}-${evil('dropped').replaceAll('/', '')}`);
  writeFileSync(drop, evil('text').replaceAll('FORGED', 'LINE'));
  writeFileSync(`${drop}.reason`, evil('reason'));
  writeFileSync(
    join(agent.inbox.outcomes, id(4)),
    JSON.stringify({ id: id(4), outcome: 'dead', at: intent.at, reason: evil('reason') }),
  );
  writeFileSync(join(agent.inbox.inbox, `${evil('ignored')}~`), '');
  writeFileSync(agent.parked, JSON.stringify({ code: 'auth', reason: evil('park'), at: intent.at }));
  writeFileSync(rootLayout(root).config, `groups:\n  evil: [${JSON.stringify(evil('m').slice(0, 40))}]\n`);
  mkdirSync(rootLayout(root).says);
  for (const peer of ['a', SESSION]) writeFileSync(join(rootLayout(root).says, peer), evil('says'));
  writeFileSync(rootLayout(root).autoStartOff, '');
  const other = '01234567-89ab-7def-8123-456789abcdee';
  mkdirSync(sessionLayout(root, other).home, { recursive: true });
  writeFileSync(
    sessionLayout(root, other).offered,
    JSON.stringify({ id: other, cwd: evil('cwd'), process: selfIdentity() }),
  );
  const turn = turnLayout(agent.turns, 1);
  mkdirSync(turn.home, { recursive: true });
  writeFileSync(turn.intent, JSON.stringify(intent));
  writeFileSync(turn.ended, JSON.stringify(ended));
  writeFileSync(turn.closed, '');
  writeFileSync(agent.session, JSON.stringify({ ...ended.session, lastTurn: ended }));
  const { id: _, ...known } = await registerSession(files, root, {
    id: SESSION,
    cwd: '/w',
    branch: null,
    process: null,
    tmux: null,
    configDir: null,
    transcript: null,
    startedAt: intent.at,
  });
  const session = sessionLayout(root, SESSION);
  const tmux = { socket: evil('socket'), pane: evil('pane') };
  writeFileSync(
    session.peer,
    JSON.stringify({ ...known, id: SESSION, cwd: evil('cwd'), branch: evil('branch'), tmux }),
  );
  writeFileSync(session.state, evil('state'));
  const entry = { from: evil('author'), topic: evil('topic'), key: evil('key'), ref: evil('ref') };
  const text = evil('entry').replaceAll('FORGED', 'LINE');
  writeFileSync(
    join(boardLayout(root).home, '000001.jsonl'),
    ['alert', 'note']
      .map((kind, at) => `${encodeEntry({ ...entry, id: id(20 + at), at: intent.at, kind: kind as 'note', text })}\n`)
      .join('') +
      ['take', 'do', 'leave']
        .map((word, at) => ({ ...entry, topic: 'tasks', key: `${word} ${entry.key}`, id: id(30 + at), at: intent.at }))
        .map(task => `${encodeEntry({ ...task, kind: 'task', text: evil('task').replaceAll('FORGED', 'LINE') })}\n`)
        .join('') +
      WORDS.map((words, at) => {
        const key = words.slice(0, limits.entryLabelCharsMax);
        const task = { ...entry, topic: 'tasks', key, id: id(100 + at), at: intent.at };
        return `${encodeEntry({ ...task, kind: 'task', text: `${words}\n${words}` })}\n`;
      }).join(''),
  );
  const claimed: Thing[] = [
    { kind: 'key', key: evil('key'), topic: evil('topic') },
    { kind: 'path', base: `/w/${evil('base')}`, glob: `*${evil('glob')}` },
    { kind: 'key', key: 'deploy' },
    { kind: 'key', key: 'build' },
  ];
  for (const [at, thing] of claimed.entries())
    await takeClaim(files, root, {
      ...{ thing, peer: evil('claimer'), ttlMs: 3_600_000, nowMs: Date.now() },
      owner: { kind: 'operator', id: `${at}` },
    });
  writeFileSync(
    join(rootLayout(root).costs, '2026-11-30.jsonl'),
    `${JSON.stringify({ agent: evil('agent'), turn: 1, usd: 1, at: intent.at })}\n`,
  );
  writeFileSync(rootLayout(root).hooksLog, `${evil('hooks.log').replaceAll('FORGED', 'LINE')}\n`);
  const card: Card = {
    ...{ id: id(30), kind: 'permission', peer: evil('peer'), life: '', turn: 1, message: id(2), tool: evil('tool') },
    ...{ inputChars: 9, reason: evil('reason'), rules: [{ toolName: evil('rule'), ruleContent: evil('rule') }] },
    input: JSON.stringify({ command: evil('command') }),
    questions: [],
    at: intent.at,
    untilAt: new Date(Date.now() + 3_600_000).toISOString(),
  };
  const options = [{ label: evil('label'), description: evil('about') }];
  const asks: Card = {
    ...card,
    id: id(31),
    kind: 'question',
    questions: [{ question: evil('question'), options, several: true }],
  };
  mkdirSync(rootLayout(root).cards);
  const hostile = WORDS.flatMap((words, at): Card[] => {
    const [command, rules] = [words, [{ toolName: words, ruleContent: words }]];
    const mine = { peer: words, tool: words, reason: words, rules, session: SESSION };
    const choices = [{ question: words, options: [{ label: words, description: words }], several: false }];
    return [
      { ...card, ...mine, id: id(200 + at), input: JSON.stringify({ command }) },
      { ...asks, ...mine, id: id(300 + at), questions: choices },
    ];
  });
  for (const each of [card, asks, ...hostile]) writeFileSync(cardPaths(root, each.id).card, JSON.stringify(each));
  // Questions to the operator are cards, too.
  for (const [at, words] of WORDS.entries())
    await deliver(files, inboxLayout(rootLayout(root).operator), {
      ...message(400 + at, { kind: 'question', subject: words, thread: words }),
      body: `${words}\n${words}`,
    });
  const lines = (field: string) => evil(field).replaceAll('FORGED', 'LINE');
  const bodies: EventBody[] = [
    startedEvent(intent, [{ id: id(2), subject: lines('subject'), body: lines('body') }]),
    { type: 'turn.text', turn: 1, text: lines('text') },
    { type: 'turn.tool', turn: 1, tool: evil('tool'), input: evil('input') },
    { type: 'turn.toolFailed', turn: 1, text: evil('failed') },
    { type: 'turn.retried', turn: 1, attempt: 1, status: null, reason: evil('retried'), waitMs: 1 },
    ...endedEvents(intent, ended),
    {
      type: 'card.asked',
      id: evil('id'),
      turn: 1,
      tool: evil('tool'),
      text: evil('text'),
      ...{ details: evil('details'), untilAt: evil('until'), mend: evil('mend') },
    },
    { type: 'card.ended', id: evil('id'), turn: 1, tool: evil('tool'), how: 'denied', text: evil('text') },
    { type: 'claim.taken', what: evil('what'), untilAt: evil('until') },
    { type: 'claim.released', what: evil('what'), by: evil('by') },
    { type: 'claim.expired', what: evil('what'), reason: evil('reason') },
    { type: 'card.given', id: evil('id'), turn: 1, tool: evil('tool'), text: evil('text') },
    { type: 'message.queued', id: evil('id'), from: evil('from'), kind: evil('kind'), dueAt: evil('due') },
    { type: 'message.buried', id: evil('id'), turn: 1, reason: evil('reason') },
    { type: 'agent.parked', code: evil('code'), reason: evil('reason'), untilAt: evil('until') },
    { type: 'signal.taken', id: evil('id'), signal: evil('signal'), path: evil('path'), source: evil('source') },
    { type: 'session.appeared', sessionId: evil('id'), cwd: evil('cwd') },
    { type: 'part.failed', part: evil('part'), problem: evil('problem') },
    { type: 'drop.left', name: evil('name'), path: evil('path'), kind: 'file', errno: evil('errno'), others: 0 },
    { type: 'drop.buried', name: evil('name'), file: evil('file'), reason: evil('reason') },
    { type: 'runner.stopping', signal: evil('signal'), graceMs: 1 },
  ];
  for (const body of bodies) appendFileSync(agent.events, encodeEvent({ at: intent.at, peer: evil('peer'), ...body }));
  // A log is lines of anybody's; what a terminal would obey is none of them.
  mkdirSync(dirname(rootLayout(root).runnerLog), { recursive: true });
  writeFileSync(rootLayout(root).runnerLog, `${evil('runner.log').replaceAll('FORGED', 'LINE')}\n`);
  // The agent may have written there itself.
  writeFileSync(agent.transcript, `${evil('transcript.log').replaceAll('FORGED', 'LINE')}\n`);
});
afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(join(root, '..'), { recursive: true });
});

const VIEWS = [
  ...['list', 'list --json', 'status a', 'status a --json', 'status w', 'status w --json', 'inbox', 'inbox --json'],
  ...[
    'inbox a',
    `read ${id(1)}`,
    `read ${id(1)} --json`,
    `read ${id(6)}`,
    `trace ${id(1)}`,
    `trace ${id(2)}`,
    `trace ${id(4)}`,
    ...[1, 2, 4].flatMap(count => [`explain ${id(count)}`, `explain ${id(count)} --json`]),
  ],
  ...[
    `trace ${id(4)} --json`,
    'peek a',
    'peek a --json',
    'board',
    'board --json',
    ...['claims', 'claims --json', 'claim deploy', 'claim deploy --json', 'release build'],
    ...['tasks', 'tasks --json', `task take ${id(30)}`, `task take ${id(30)} --json`, `task done ${id(31)} well`],
    'tasks --all',
    'costs',
    'costs --json',
    'dead list',
  ],
  ...['dead list --json', `dead show ${id(4)}`, `dead show ${id(7)}`, `dead show ${id(4)} --json`, 'templates list'],
  ...[
    `dead requeue ${id(4)}`,
    `dead requeue ${id(7)}`,
    `cancel ${id(3)}`,
    `ack ${id(1)}`,
    'logs',
    'logs --follow',
    'events',
    'events a --json',
    'tail a',
    'tail w',
    'approvals',
    'approvals --json',
    'doctor',
    'hooks status',
    'whoami',
    'auto-start',
    'auto-start --json',
    'broadcast --to @evil hello',
    'broadcast --to @evil hello --json',
    'ask @evil hello',
    'resume a',
    'pause a',
    'stop a',
  ],
];

/** Those that show no word of anybody else's, or wait, or ask a service manager: those are met in e2e. */
const NOT_WALKED = new Set([
  ...[
    'schema',
    'mcp',
    'task',
    'task add',
    'wait',
    'cmd',
    'esc',
    'press',
    'handover',
    'take',
    'self',
    'spawn',
    'fork',
    'kill',
  ],
  ...['', 'init', 'add', 'start', 'send', 'at', 'ask', 'edit', 'remove', 'notify', 'signals'],
  ...[
    'approve',
    'deny',
    'answer',
    'demo',
    'post',
    'reply',
    'rename',
    'connect',
    'disconnect',
    'hooks',
    'hooks install',
    'hooks uninstall',
    'hooks plugin',
    'plugin',
    'plugin install',
    'plugin uninstall',
    'plugin status',
  ],
  ...[
    'service',
    'service install',
    'service uninstall',
    'service status',
    'service print',
    'completion',
    'dead',
    'dead purge',
  ],
  ...['templates', 'templates show'],
  ...['top', 'dashboard', 'dashboard serve', 'dashboard link', 'dashboard token', 'dashboard revoke'],
]);

test('every command is walked here, or said not to show what others wrote', () => {
  const known = (path: string) => NOT_WALKED.has(path) || VIEWS.some(view => `${view} `.startsWith(`${path} `));
  const unknown = allCommands(commandTree(program))
    .map(({ path }) => path.join(' '))
    .filter(path => !known(path));
  expect(unknown).toEqual([]);
});

// First: `inbox --ack` puts the questions away.
test('each of the texts stands in a permission, a choice, a question to the operator and a task', async () => {
  const text = await said('approvals');
  expect(text).not.toMatch(CONTROL);
  expect(text).not.toMatch(/^\s*FORGED/m);
  await said('approvals --json');
  expect(JSON.parse(stdout)).toHaveLength(3 + 3 * WORDS.length);
  await said('tasks --json');
  expect(JSON.parse(stdout)).toHaveLength(3 + WORDS.length);
});

for (const view of VIEWS)
  test(`${view}: no control, and no line of somebody else's`, async () => {
    const text = await said(view);
    expect(text.replaceAll(view, '').trim(), 'it shows something').not.toBe('');
    expect(text).not.toMatch(CONTROL);
    expect(text).not.toMatch(/^\s*FORGED/m);
    if (view.startsWith('task')) expect(text, 'a task is one line').not.toMatch(/^\s*LINE/m);
    if (view.endsWith('--json') && !view.startsWith('board') && !view.startsWith('events')) JSON.parse(stdout);
  });

test('transcript.log and runner.log', async () => {
  const home = join(root, '..');
  const transcript = createTranscript(join(home, 'transcript.log'), error => {
    throw error;
  });
  const bodies = [{ id: id(2), subject: evil('subject'), body: evil('body') }];
  const events = createRunnerEvents({ root, files, clock: systemClock, print: () => {} });
  const emit = events.of(agentLayout(root, 'a').inbox, transcript);
  await emit(startedEvent(intent, bodies));
  const part = { messageId: 'm', model: 'x', usage: {} as never, contentChars: 0, parentToolUseId: null };
  await emit(streamEvent(1, { type: 'toolUse', id: 'x', name: evil('tool'), input: { a: evil('input') }, part })!);
  await emit(streamEvent(1, { type: 'toolResult', toolUseId: 'x', isError: true, text: evil('result') })!);
  await emit(streamEvent(1, { type: 'text', text: evil('text'), part })!);
  await emit(...endedEvents(intent, ended));
  const log = await openRunnerLog(join(home, 'runner.log'));
  log(`a: ${evil('said')}`);
  // One after the other: what a later call wrote is there, so is this.
  await vi.waitUntil(() => readFileSync(join(home, 'runner.log'), { encoding: 'utf8', flag: 'a+' }) !== '');
  for (const name of ['transcript.log', 'runner.log']) {
    const text = readFileSync(join(home, name), 'utf8');
    expect(text).not.toMatch(CONTROL);
    // A person's text is indented: it begins no line.
    expect(text).not.toMatch(/^FORGED/m);
  }
  expect(readFileSync(join(home, 'runner.log'), 'utf8').trimEnd().split('\n')).toHaveLength(1);
});

test('a session is shown with what it says of itself', async () => {
  expect(await said('status w')).toMatch(/branch {7}branch.*\n {2}cwd {10}cwd/);
});

test('the check sees what it looks for', () => {
  expect(evil('x')).toMatch(CONTROL);
  expect(evil('x')).toMatch(/^\s*FORGED/m);
});
