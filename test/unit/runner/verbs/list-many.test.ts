// `list` of many agents remembers what it found in directories that are as they were: never anything else than what is there.
import { mkdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type AgentLayout, agentLayout, rootLayout, sessionLayout, turnLayout } from '#blackboard/layout.ts';
import type { Files } from '#blackboard/system/files.ts';
import { newId } from '#blackboard/system/ids.ts';
import { limits } from '#blackboard/system/limits.ts';
import { selfIdentity } from '#blackboard/system/process-identity.ts';
import { list } from '#runner/verbs/list.ts';
import { growSessions, growTurns } from '#test/bench/growth-roots.ts';
import { makeWorkerRoot, type WorkerRoot } from './worker-root.ts';

const AGENTS = 24;
let root: WorkerRoot;
/** The sessions' directories. */
let sessions: string[];
const agent = (index: number) => agentLayout(root.context.root, `a${index}`);

beforeEach(async () => {
  root = await makeWorkerRoot();
  for (let index = 0; index < AGENTS; index++) {
    mkdirSync(agent(index).home);
    writeFileSync(agent(index).definition, `---\ncwd: ${root.place}\nmodel: one\n---\nDo well.\n`);
    growTurns(root.context.root, `a${index}`, 2);
    mkdirSync(agent(index).signals);
    const name = Object.keys(CHANGES)[index];
    if (name === 'dead no more') writeFileSync(join(agent(index).inbox.dead, 'dead before'), '');
    if (name === 'a turn of its runner') writeFileSync(agent(index).runner, RUNNER);
    if (name === 'claimed no more') writeFileSync(join(agent(index).inbox.cur, CLAIMED), '');
  }
  writeFileSync(rootLayout(root.context.root).disableSignals, '');
  growSessions(root.context.root, limits.rememberedMin);
  const home = rootLayout(root.context.root).sessions;
  sessions = (await root.context.files.list(home)).filter(name => name.length === 36);
  // All changes are long over, as far as a look can tell.
  const now = Date.now();
  vi.spyOn(Date, 'now').mockImplementation(() => now + 2 * limits.settledMs);
});
afterEach(() => {
  vi.restoreAllMocks();
  root.clear();
});

const remembered = () => rootLayout(root.context.root).listed;

/** What a list says that remembers, and one that looks at everything. */
async function both(files: Files = root.context.files) {
  const { peers } = await list({ ...root.context, files });
  rmSync(remembered(), { force: true });
  return { peers, truth: (await list(root.context)).peers };
}

const letter = (directory: string) => writeFileSync(join(directory, `${Date.now()}-${newId(Date.now())}`), '');
/** What comes into directories of ours comes there as our programs bring it: out of where it was. */
const brought = (from: string, directory: string, name: string) => {
  writeFileSync(join(from, 'x'), '');
  renameSync(join(from, 'x'), join(directory, name));
};
const message = () => `${Date.now()}-${newId(Date.now())}`;
const session = (index: number) => sessionLayout(root.context.root, sessions[index]!);

const RUNNER = JSON.stringify({ identity: selfIdentity(), startedAt: '' });
const CLAIMED = '1.1796048171324-01a22ccf-46c5-74a1-ad1f-e1e64800d2c1';

/** Everything that a row shows, changed, each in an agent of its own. */
const CHANGES: Record<string, (own: AgentLayout) => void> = {
  waiting: ({ inbox }) => letter(inbox.new),
  later: ({ inbox }) => letter(inbox.later),
  dead: ({ inbox }) => brought(inbox.later, inbox.dead, message()),
  'dead no more': ({ inbox }) => rmSync(join(inbox.dead, 'dead before')),
  claimed: ({ inbox }) => brought(inbox.new, inbox.cur, `3.${message()}`),
  'claimed no more': ({ inbox }) => rmSync(join(inbox.cur, CLAIMED)),
  taken: ({ inbox }) => brought(inbox.inbox, inbox.tmp, `drop-${newId(Date.now())}-a`),
  dropped: ({ inbox }) => writeFileSync(join(inbox.inbox, 'work.md'), 'work'),
  ignored: ({ inbox }) => writeFileSync(join(inbox.inbox, '.hidden'), ''),
  signal: ({ signals, runner }) => {
    writeFileSync(join(signals, '1-wake-0123456789ab-0123456789abcdef'), '{}');
    writeFileSync(runner, RUNNER);
  },
  parked: ({ parked }) => writeFileSync(parked, JSON.stringify({ code: 'auth', reason: 'not logged in', at: '' })),
  stopped: ({ stop }) => writeFileSync(stop, ''),
  paused: ({ pause }) => writeFileSync(pause, ''),
  running: ({ runner }) =>
    writeFileSync(
      runner,
      JSON.stringify({ identity: selfIdentity(), startedAt: '', problem: 'no disk', isHeldUp: true }),
    ),
  'a turn': ({ turns, runner }) => {
    mkdirSync(turnLayout(turns, 3).home);
    writeFileSync(runner, RUNNER);
  },
  'a turn of its runner': ({ turns }) => mkdirSync(turnLayout(turns, 3).home),
  transcript: ({ transcript }) => writeFileSync(transcript, 'it goes on\n'),
  'agent.md': ({ definition }) => {
    const { atime, mtime } = statSync(definition);
    writeFileSync(definition, readFileSync(definition, 'utf8').replace('model: one', 'model: two'));
    utimesSync(definition, atime, mtime);
  },
  broken: ({ definition }) => writeFileSync(definition, '---\ncwd: [\n---\n'),
  'another directory': ({ inbox }) => {
    renameSync(inbox.new, join(root.place, 'aside'));
    mkdirSync(inbox.new);
    letter(inbox.new);
  },
};

test('a list says what is there, whatever changed since the one before', async () => {
  const { truth: before } = await both();
  Object.values(CHANGES).forEach((change, index) => {
    change(agent(index));
  });
  letter(session(0).inbox.new);
  writeFileSync(join(session(1).inbox.inbox, 'dropped.md'), 'work');
  brought(session(2).inbox.inbox, session(2).inbox.tmp, `drop-${newId(Date.now())}-a`);
  writeFileSync(
    session(3).peer,
    readFileSync(session(3).peer, 'utf8').replace(/"process":\{.*?\}/, `"process":${JSON.stringify(selfIdentity())}`),
  );
  const { peers, truth } = await both();
  expect(peers).toEqual(truth);
  expect(truth.filter(({ kind }) => kind === 'session')).toHaveLength(4);
  const same = before.map(row => JSON.stringify(row));
  const changed = truth.filter(row => row.kind === 'agent' && !same.includes(JSON.stringify(row)));
  const names = Object.keys(CHANGES).map((_, index) => `a${index}`);
  expect(changed.map(({ name }) => name).sort(), 'every change shows').toEqual(names.sort());
});

test('where nothing changed no directory is opened, and no file of an agent or a session', async () => {
  await list(root.context);
  const opened: string[] = [];
  const note = <T>(path: string, found: T): T => {
    opened.push(path);
    return found;
  };
  const { files } = root.context;
  const watched: Files = {
    ...files,
    list: path => note(path, files.list(path)),
    read: (path, options) => note(path, files.read(path, options)),
  };
  const { peers, truth } = await both(watched);
  expect(peers).toEqual(truth);
  expect(opened.filter(path => /\/(agents\/a|sessions\/.{36})/.test(path))).toEqual([]);
});

test('control: a list that trusts one directory too long is found out', async () => {
  await list(root.context);
  const { new: waiting } = agent(0).inbox;
  letter(waiting);
  const memory = JSON.parse(readFileSync(remembered(), 'utf8'));
  const { ino, ctimeMs } = statSync(waiting);
  const [stamps] = memory.known['agent a0'];
  stamps[stamps.indexOf(ino) + 1] = ctimeMs;
  writeFileSync(remembered(), JSON.stringify(memory));
  const later = Date.now() + 3_600_000;
  vi.mocked(Date.now).mockImplementation(() => later);
  const { peers, truth } = await both();
  expect(peers).not.toEqual(truth);
});
