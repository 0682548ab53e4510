// The whole product in a sealed place, as its user has it: a root, agents, the real claude, the model server on loopback, and
// `node dist/cli.js` as a process of its own. Waits for what stands in files, never for time to pass. Knows nothing of what a test wants to see.
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach } from 'vitest';
import { stringify } from 'yaml';
import { deliver, makeInbox } from '#blackboard/inbox/deliver.ts';
import { locate, type MessageLocation } from '#blackboard/inbox/locate.ts';
import { type Outcome, readOutcome } from '#blackboard/inbox/outcome.ts';
import { type AgentLayout, agentLayout, inboxLayout, rootLayout, turnLayout } from '#blackboard/layout.ts';
import type { Message } from '#blackboard/messages/message.ts';
import { decodeMessage } from '#blackboard/messages/message-decode.ts';
import { makeRoot } from '#blackboard/root.ts';
import { newId } from '#blackboard/system/ids.ts';
import { createRunnerFiles } from '#blackboard/system/runner-files.ts';
import type { Ended, Intent } from '#blackboard/turns/turn-records.ts';
import { parseChild } from '#blackboard/turns/turns.ts';
import { locateTranscript } from '#hooks/claude/session-files.ts';
import {
  type ModelBody,
  type ModelRequest,
  parseModelRequest,
  wholeText,
} from '#runner/demo/model-server/model-request.ts';
import type { Script } from '#runner/demo/model-server/reply.ts';
import { directives } from '#test/support/model/directives.ts';
import { type ModelServer, startModelServer } from '#test/support/model/server.ts';
import { type Look, until as untilIt } from '#test/support/until.ts';
import { realClaudePath, type Sealed, sealed } from './isolated-claude.ts';

/** The built command. AGENT_RUNNER_TEST_CLI names another build, for anyone who rebuilds dist/ while tests run. */
export const cliPath =
  process.env.AGENT_RUNNER_TEST_CLI ?? fileURLToPath(new URL('../../dist/cli.js', import.meta.url));
const files = createRunnerFiles();
/** AGENT_RUNNER_TEST_ONE_SHOT=1: no agent of these tests has a resident claude, unless its test says so. */
const MODE = process.env.AGENT_RUNNER_TEST_ONE_SHOT === '1' ? { resident: false } : {};

export type FixtureOptions = {
  /** Keys of config.yaml beside `claude` and a `maxConcurrentTurns` of 8. */
  config?: Record<string, unknown>;
  /** CLAUDE_CODE_MAX_RETRIES; 0 by default. */
  maxRetries?: number;
};

export type AgentOptions = {
  /** Keys of agent.md beside `cwd`. */
  front?: Record<string, unknown>;
  instructions?: string;
  /** Who answers this agent's requests; directives in its messages by default. */
  script?: Script;
};

/** How a command of ours ended. */
export type CommandEnd = { code: number | null; signal: NodeJS.Signals | null; stdout: string; stderr: string };

/** A running `agent-runner start`. */
export type TestRunner = {
  pid: number;
  /** What it has said so far. */
  stderr(): string;
  /** Resolves with the first match on stderr. */
  says(wanted: RegExp): Promise<RegExpExecArray>;
  signal(name: NodeJS.Signals): void;
  ended: Promise<CommandEnd>;
};

export type TestAgent = {
  name: string;
  layout: AgentLayout;
  /** Where it works; empty, its own. */
  cwd: string;
  /** (Re)writes agent.md. */
  define(options: Pick<AgentOptions, 'front' | 'instructions'>): void;
  /** Delivers a message as `send` does, without starting a process; its id. From the operator unless `more` says so. */
  send(body: string, more?: Partial<Message>): Promise<string>;
  /** Writes a file straight into the inbox. */
  drop(file: string, content: string | Uint8Array): void;
  /** Waits until the drop of that name has become a message; its id. */
  taken(file: string): Promise<string>;
  /** Ids of all messages it was ever given. */
  ids(): string[];
  message(id: string): Message;
  where(id: string): Promise<MessageLocation | null>;
  /** Waits for the message's outcome. */
  outcome(id: string): Promise<Outcome>;
  /** Waits for the reply to a message and gives its text; fails on any other outcome. */
  answer(id: string): Promise<string>;
  /** Waits until that turn is closed and gives the decision on it. */
  ended(turn: number): Promise<Ended>;
  intent(turn: number): Intent;
  /** Numbers of the turns there are. */
  turns(): number[];
  /** Waits for that turn's child and gives its pid. */
  childPid(turn: number): Promise<number>;
  /** Waits until that turn has asked the model and its prompt stands in the session's transcript on disk. */
  promptOnDisk(turn: number): Promise<void>;
  transcriptLog(): string;
  /** The requests of its turns to the model, oldest first. */
  requests(): ModelRequest[];
  /** Everything the model read in its newest request. */
  lastText(): string;
};

export type AgentFixture = AsyncDisposable & {
  place: Sealed;
  server: ModelServer;
  root: string;
  agent(name: string, options?: AgentOptions): Promise<TestAgent>;
  /** Starts `agent-runner start …`. */
  start(...args: string[]): TestRunner;
  /** Runs `agent-runner …` to its end. */
  command(...args: string[]): Promise<CommandEnd>;
  /** The same with more in its environment. */
  commandWith(env: Record<string, string>, ...args: string[]): Promise<CommandEnd>;
  /** The messages in the operator's inbox, oldest first. */
  operatorInbox(): Message[];
  /** Waits until `look` gives something (until.ts). Fails after 40 s with all it knows. */
  until<T>(what: string, look: () => T | null | undefined | false | Promise<T | null | undefined | false>): Promise<T>;
};

/** A fresh one. Dispose of it: ends by pid whatever was started in it, then removes it. */
export async function agentFixture({ config = {}, maxRetries = 0 }: FixtureOptions = {}): Promise<AgentFixture> {
  const obey = directives();
  const scripts = new Map<string, Script>();
  const server = await startModelServer(request => (scripts.get(agentOf(request.body)) ?? obey)(request));
  const place = await sealed({ baseUrl: server.url, maxRetries });
  const bin = join(place.root, 'bin');
  mkdirSync(bin);
  symlinkSync(cliPath, join(bin, 'agent-runner'));
  const root = join(place.home, '.agent-runner');
  await makeRoot(files, root, false);
  const claude = realClaudePath();
  writeFileSync(rootLayout(root).config, stringify({ claude, maxConcurrentTurns: 8, ...config }));
  const env = { ...place.env, PATH: `${bin}:${place.env.PATH}` };
  const runners: TestRunner[] = [];
  const agents: TestAgent[] = [];

  function start(...args: string[]): TestRunner {
    const running = place.start({ executable: process.execPath, args: [cliPath, 'start', ...args], env });
    let said = '';
    running.child.stderr.on('data', (piece: string) => {
      said += piece;
    });
    const runner: TestRunner = {
      pid: running.pid,
      stderr: () => said,
      says: wanted => until(`the runner to say ${wanted}`, () => wanted.exec(said)),
      signal: name => void process.kill(running.pid, name),
      ended: running.ended,
    };
    runners.push(runner);
    return runner;
  }

  const until = <T>(what: string, look: Look<T>): Promise<T> =>
    untilIt(what, look, { about: () => describeAll(runners, agents) });

  async function agent(name: string, options: AgentOptions = {}): Promise<TestAgent> {
    const made = await makeAgent(root, name, { place, server, until }, options);
    if (options.script) scripts.set(name, options.script);
    agents.push(made);
    return made;
  }

  return {
    place,
    server,
    root,
    agent,
    start,
    command: (...args) => place.run({ executable: process.execPath, args: [cliPath, ...args], env }),
    commandWith: (more, ...args) =>
      place.run({ executable: process.execPath, args: [cliPath, ...args], env: { ...env, ...more } }),
    operatorInbox: () => readMessages(inboxLayout(rootLayout(root).operator).new),
    until,
    async [Symbol.asyncDispose]() {
      // The runner first, or it would start what the next line has just ended.
      for (const { pid } of runners) killQuietly(pid);
      await Promise.all(runners.map(({ ended }) => ended));
      await place[Symbol.asyncDispose]();
      await server.close();
    },
  };
}

/** A fresh one for each test of the file that calls this, by `take`. */
export function fixtureForEach(options: FixtureOptions, take: (fixture: AgentFixture) => void): void {
  let made: AgentFixture;
  beforeEach(async () => {
    made = await agentFixture(options);
    take(made);
  });
  afterEach(() => made[Symbol.asyncDispose]());
}

/** Which agent's turn asks: its name as the system prompt tells it, '' for anybody else. */
export function agentOf(body: ModelBody): string {
  return /You are "([a-z0-9-]+)", run by agent-runner/.exec(wholeText({ system: body.system ?? '' }))?.[1] ?? '';
}

/** How often `words` stand in a text. */
export const timesIn = (text: string, words: string): number => text.split(words).length - 1;

/** A promise and the function that keeps it: a script that waits for it answers when the test says so. */
export function gate(): { opened: Promise<void>; open(): void } {
  let open = () => {};
  const opened = new Promise<void>(resolve => {
    open = resolve;
  });
  return { opened, open };
}

/** Ends a process at once; none of that pid is no fault. */
export function killQuietly(pid: number): void {
  if (pid <= 0) return;
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // Gone already.
  }
}

type Surroundings = Pick<AgentFixture, 'place' | 'server' | 'until'>;

async function makeAgent(
  root: string,
  name: string,
  { place, server, until }: Surroundings,
  options: AgentOptions,
): Promise<TestAgent> {
  const layout = agentLayout(root, name);
  const { inbox } = layout;
  const cwd = join(place.root, 'work', name);
  mkdirSync(cwd, { recursive: true });
  // Whole before it appears: a runner that watches sees a directory with everything in it.
  const staged = agentLayout(place.root, name);
  mkdirSync(staged.home, { recursive: true });
  await makeInbox(files, staged.inbox);
  const definition = ({ front = {}, instructions = '' }: AgentOptions) =>
    `---\n${stringify({ cwd, ...MODE, ...front })}---\n${instructions}\n`;
  writeFileSync(staged.definition, definition(options));
  renameSync(staged.home, layout.home);
  const intent = (turn: number): Intent => JSON.parse(readFileSync(turnLayout(layout.turns, turn).intent, 'utf8'));
  const message = (id: string): Message => decodeMessage(readFileSync(join(inbox.ids, id), 'utf8'), id);
  const outcome = (id: string) => until(`the outcome of ${id} at ${name}`, () => readOutcome(files, inbox, id));
  const requests = () =>
    server
      .turns()
      .map(({ body, headers }, index) => parseModelRequest(body, headers, index))
      .filter(({ body }) => agentOf(body) === name);

  return {
    name,
    layout,
    cwd,
    define: changed => writeFileSync(layout.definition, definition(changed)),
    async send(body, more = {}) {
      const id = newId(Date.now());
      const head = { id, from: 'operator', kind: 'request' as const, trace: id, hops: 0 };
      await deliver(files, inbox, { ...head, at: new Date().toISOString(), ...more, body });
      return more.id ?? id;
    },
    drop: (file, content) => writeFileSync(join(inbox.inbox, file), content),
    taken: file =>
      until(`${file} to be taken by ${name}`, () => readdirSync(inbox.ids).find(id => message(id).file === file)),
    ids: () => readdirSync(inbox.ids),
    message,
    where: id => locate(files, inbox, id),
    outcome,
    async answer(id) {
      const found = await outcome(id);
      if (found.outcome !== 'replied' || !found.reply) throw new Error(`no answer: ${JSON.stringify(found)}`);
      const to = message(id).from;
      const home = to === 'operator' ? rootLayout(root).operator : agentLayout(root, to).home;
      return decodeMessage(readFileSync(join(inboxLayout(home).ids, found.reply), 'utf8'), found.reply).body;
    },
    async ended(turn) {
      const paths = turnLayout(layout.turns, turn);
      await until(`turn ${turn} of ${name} to be closed`, () => existsSync(paths.closed));
      return JSON.parse(readFileSync(paths.ended, 'utf8'));
    },
    intent,
    turns: () =>
      existsSync(layout.turns)
        ? readdirSync(layout.turns)
            .map(Number)
            .sort((a, b) => a - b)
        : [],
    async childPid(turn) {
      const path = turnLayout(layout.turns, turn).child;
      const read = () => (existsSync(path) ? parseChild(readFileSync(path, 'utf8')).identity.pid : undefined);
      return until(`the child of turn ${turn} of ${name}`, read);
    },
    async promptOnDisk(turn) {
      await until(`turn ${turn} of ${name} to be under way`, async () => {
        if (!existsSync(turnLayout(layout.turns, turn).intent)) return false;
        const { mark, sessionId } = intent(turn);
        if (!requests().some(({ prompt }) => prompt.includes(mark))) return false;
        return (await sessionRecords(place.home, sessionId)).some(
          record => record.type === 'user' && JSON.stringify(record.message).includes(mark),
        );
      });
    },
    transcriptLog: () => (existsSync(layout.transcript) ? readFileSync(layout.transcript, 'utf8') : ''),
    requests,
    lastText: () => wholeText(requests().at(-1)!.body),
  };
}

/** The whole records of a session's transcript in that HOME; none if there is no file. */
// biome-ignore lint/suspicious/noExplicitAny: records of the CLI, read as a test sees them
export async function sessionRecords(home: string, sessionId: string): Promise<any[]> {
  const found = await locateTranscript(join(home, '.claude'), sessionId);
  if (!found) return [];
  const lines = readFileSync(found.path, 'utf8').split('\n').slice(0, -1);
  return lines.filter(line => line !== '').map(line => JSON.parse(line));
}

function readMessages(folder: string): Message[] {
  return readdirSync(folder)
    .sort()
    .map(name => decodeMessage(readFileSync(join(folder, name), 'utf8'), name));
}

function describeAll(runners: readonly TestRunner[], agents: readonly TestAgent[]): string {
  const said = runners.map(({ pid, stderr }) => `runner ${pid}:\n${stderr()}`);
  const shown = agents.map(agent => `${agent.name}: turns ${agent.turns()}\n${agent.transcriptLog().slice(-3000)}`);
  return [...said, ...shown].join('\n');
}
