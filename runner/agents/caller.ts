/**
 * Who calls a command: the agent whose open turn contains this process, the session whose claude is above it, or the
 * operator. Proven only by the process tree: a project's settings, and anybody, may set names in the environment.
 */

import { agentLayout, parseTurnName, rootLayout, type TurnLayout, turnLayout } from '#blackboard/layout.ts';
import { leastBudget } from '#blackboard/messages/message.ts';
import { whyNotAName } from '#blackboard/messages/peer-name.ts';
import { OPERATOR } from '#blackboard/peers/operator.ts';
import { sessionOfProcess } from '#blackboard/peers/sessions.ts';
import { refusedError } from '#blackboard/system/errors.ts';
import type { Files } from '#blackboard/system/files.ts';
import { limits } from '#blackboard/system/limits.ts';
import { isSameProcess, lineageOf, type ProcessIdentity, startedWith } from '#blackboard/system/process-identity.ts';
import { readRecord } from '#blackboard/system/record.ts';
import { latestTurn } from '#blackboard/turns/newest-turn.ts';
import type { Intent } from '#blackboard/turns/turn-records.ts';
import { isClosed, readChild } from '#blackboard/turns/turns.ts';
import { turnDirectoryVariable } from '#hooks/claude/turn-variable.ts';

/** A proven turn, and what its messages inherit. */
export interface CallingAgent {
  kind: 'agent';
  peer: string;
  turn: number;
  trace: string | null;
  /** Hops of what the turn works on. */
  hops: number;
  /** Hops that a message of this turn may have. */
  maxHops: number;
  /** USD that the chain of what it works on may cost, as far as its messages say. */
  budgetUsd: number | undefined;
}

export type Caller = CallingAgent | { kind: 'session' | 'operator'; peer: string };

type Env = Readonly<Record<string, string | undefined>>;

/**
 * Signs that an agent's turn, or a claude (2.1.332), started a process. They prove nothing, but the caller is not a
 * person.
 */
const SIGNS = [
  // Of the MCP server: who calls a tool is a peer.
  'AGENT_RUNNER_MCP',
  'AGENT_RUNNER_PEER',
  'AGENT_RUNNER_TURN',
  turnDirectoryVariable,
  'AGENT_RUNNER_TRACE',
  'AGENT_RUNNER_HOPS',
  'CLAUDECODE',
  'CLAUDE_PID',
  'CLAUDE_PROJECT_DIR',
  'CLAUDE_CODE_SESSION_ID',
  'CLAUDE_CODE_SESSION_ATTENDED',
  'CLAUDE_CODE_ENTRYPOINT',
  'CLAUDE_CODE_EXECPATH',
  'CLAUDE_CODE_CHILD_SESSION',
  'CLAUDE_CODE_CHILD_NOTES_DIR',
  'CLAUDE_CODE_MESSAGING_SOCKET',
  'CLAUDE_CODE_MESSAGING_TOKEN',
] as const;

/** The signs in an environment. */
export const claudeSigns = (find: (name: string) => string | undefined): string[] => [
  ...SIGNS.filter(name => find(name) !== undefined),
  ...(find('AI_AGENT')?.startsWith('claude') ? ['AI_AGENT'] : []),
];

const known = new WeakMap<Env, Map<string, Promise<Caller>>>();

/**
 * Looked up once for each environment and root. Throws 77 if the environment has a sign of an agent or a claude and
 * nothing is proven. A process that cleared its environment and has no such ancestor counts as a person.
 */
export function callerOf(files: Files, root: string, env: Env): Promise<Caller> {
  const ofEnv = known.get(env) ?? new Map<string, Promise<Caller>>();
  known.set(env, ofEnv);
  const found = ofEnv.get(root) ?? findCaller(files, root, env, lineageOf(process.pid));
  ofEnv.set(root, found);
  return found;
}

/** The environment of a call that a runner itself makes for a turn of its agent: nothing above the runner says so. */
export function asTurn(files: Files, root: string, env: Env, turn: Omit<OpenTurn, 'child'>): Env {
  // Who does not know this environment must find nobody, and never the person that started the runner.
  const own = { ...env, AGENT_RUNNER_MCP: '1' };
  const caller = agentOf(files, turn);
  // The call that asks is told; perhaps none does.
  caller.catch(() => {});
  known.set(own, new Map([[root, caller]]));
  return own;
}

const persons = new WeakSet<Env>();

/** The environment of a call that the page makes for its person, who has opened it with a link from a terminal of theirs. */
export function asOperator(root: string, env: Env): Env {
  const own = { ...env };
  known.set(own, new Map([[root, Promise.resolve({ kind: 'operator', peer: OPERATOR })]]));
  persons.add(own);
  return own;
}

/** Whether {@link asOperator} made this environment: a person needs no other proof. */
export const isOfPage = (env: Env): boolean => persons.has(env);

/** The same for the process with this line of ancestors, itself first. */
export async function findCaller(
  files: Files,
  root: string,
  env: Env,
  line: readonly ProcessIdentity[],
): Promise<Caller> {
  const turns = openTurns(files, root);
  const ofSessions = new Set(await files.list(rootLayout(root).sessionPids));
  // The nearest wins: a program that is started inside a turn or a session may run turns of its own.
  for (const each of line) {
    for (const hint of [env[turnDirectoryVariable], startedWith(each.pid, turnDirectoryVariable)]) {
      const turn = await turns(hint);
      if (turn && isSameProcess(turn.child, each)) return agentOf(files, turn);
    }
    const session = ofSessions.has(String(each.pid)) ? await sessionOfProcess(files, root, each) : null;
    if (session) return { kind: 'session', peer: session.name };
  }
  const [sign] = claudeSigns(name => env[name]);
  if (sign === undefined) return { kind: 'operator', peer: OPERATOR };
  throw refusedError(
    `who calls is not proven: the environment says that an agent or a claude does (${sign}), and none of this root is above this process`,
    'In an agent’s turn, call it from the turn’s own commands, not from a process that was set apart. In a session of yours: agent-runner hooks install, then a new session; in one that is not connected: agent-runner connect. Otherwise: in a terminal that no claude has started.',
  );
}

interface OpenTurn {
  peer: string;
  turn: TurnLayout;
  child: ProcessIdentity;
}

/**
 * The open turn of this root with that directory, or the newest of its agent if that one is over, if a child of it was
 * started. The source of the directory need not be
 * trusted.
 */
function openTurns(files: Files, root: string): (directory: string | null | undefined) => Promise<OpenTurn | null> {
  const looked = new Map<string, Promise<OpenTurn | null>>();
  const agents = `${rootLayout(root).agents}/`;
  const look = async (directory: string): Promise<OpenTurn | null> => {
    const [name = '', turns, number = '', ...more] = directory.slice(agents.length).split('/');
    const count = parseTurnName(number);
    if (turns !== 'turns' || count === null || more.length > 0 || whyNotAName(name) !== null) return null;
    const { turns: all } = agentLayout(root, name);
    const turn = turnLayout(all, count);
    // A resident claude has the name of the turn that started it, and may be working on the newest.
    if (await isClosed(files, turn)) return openChild(name, turnLayout(all, await latestTurn(files, all)));
    return openChild(name, turn);
  };
  const openChild = async (peer: string, turn: TurnLayout): Promise<OpenTurn | null> => {
    const child = turn.number > 0 ? await readChild(files, turn) : null;
    return child?.kind !== 'started' || (await isClosed(files, turn)) ? null : { peer, turn, child: child.identity };
  };
  return async directory => {
    if (!directory?.startsWith(agents)) return null;
    const found = looked.get(directory) ?? look(directory);
    looked.set(directory, found);
    return found;
  };
}

async function agentOf(files: Files, { peer, turn }: Omit<OpenTurn, 'child'>): Promise<CallingAgent> {
  const intent = await readRecord<Intent>(files, turn.intent);
  const work = (intent?.messages ?? []).filter(({ rider }) => !rider);
  return {
    kind: 'agent',
    peer,
    turn: turn.number,
    trace: work[0]?.trace ?? null,
    hops: Math.max(0, ...work.map(({ hops }) => hops)),
    maxHops: intent?.maxHops ?? limits.hopsMax,
    budgetUsd: leastBudget(...work.map(({ budgetUsd }) => budgetUsd)),
  };
}
