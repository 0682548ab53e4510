// What the contract suite of `Run` works with: the claude port itself over any executable, in a sealed place, turn by turn
// as the turn code uses it, without a queue. Knows nothing of messages.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { agentLayout, type TurnLayout, turnLayout } from '#blackboard/layout.ts';
import { limits } from '#blackboard/system/limits.ts';
import { createRunnerFiles } from '#blackboard/system/runner-files.ts';
import { readStream, streamOf } from '#blackboard/turns/turn-stream.ts';
import { readChild } from '#blackboard/turns/turns.ts';
import { type StreamSummary, summarizeStream } from '#hooks/claude/stream-summary.ts';
import { parseAgentFile } from '#runner/agents/agent-file.ts';
import { createClaudeProcess } from '#runner/claude/claude-process.ts';
import type { ChildExit, Claude, ResidentPart, Run } from '#runner/claude/port.ts';
import type { Patience } from '#runner/claude/resident.ts';
import { createResidents } from '#runner/claude/residents.ts';
import { sealed } from '#test/support/isolated-claude.ts';
import { directives } from '#test/support/model/directives.ts';
import { type ModelServer, startModelServer } from '#test/support/model/server.ts';
import { until } from '#test/support/until.ts';

/** asking: a process of its own whose stdin is held, so that a person can be asked. */
export type Way = 'one-shot' | 'asking' | 'resident';

export interface BenchOptions {
  /** Lines of agent.md. */
  front?: readonly string[];
  patience?: Partial<Patience> | undefined;
  /** Variables of its claude's. */
  env?: Record<string, string>;
}

/** One turn, from its start on. */
export interface PlayedTurn {
  turn: TurnLayout;
  run: Run;
  part: ResidentPart | null;
  /** What it has said so far. */
  said(): Promise<StreamSummary>;
  /** Resolves when that stands in its output. */
  shows(text: string): Promise<void>;
  /** The process that its `child` names. */
  pid(): Promise<number>;
}

export interface RunBench extends AsyncDisposable {
  /** How often a resident was ended for a turn that nobody gave it. */
  astray: number;
  claude: Claude;
  /** The port of another runner. */
  another(patience: Partial<Patience>): Claude;
  root: string;
  server: ModelServer;
  cwd: string;
  sessionId: string;
  /** Starts the next turn; `change` comes when it is planned, just before its start. */
  begin(prompt: string, change?: (turn: TurnLayout) => Promise<unknown> | unknown): Promise<PlayedTurn>;
  /** To its end. */
  turn(prompt: string): Promise<PlayedTurn & { exit: ChildExit | null; summary: StreamSummary }>;
}

const launcherPath = fileURLToPath(new URL('../../runner/claude/launch.sh', import.meta.url));

/** A slow machine ends nothing that a test does not want to be ended. */
const PATIENT = {
  residentSilenceMs: 60_000,
  residentFirstSilenceMs: 60_000,
  residentInterruptMs: 60_000,
  residentRoundMs: 60_000,
  residentEndMs: 60_000,
};

/** A test that waits in vain fails at the end of its time, unless it brings its own patience. */
export async function runBench(
  way: Way,
  executable: string,
  { front = [], patience = {}, env: more = {} }: BenchOptions = {},
): Promise<RunBench> {
  const server = await startModelServer(directives());
  const place = await sealed({ baseUrl: server.url });
  const { cwd } = place;
  const root = join(place.root, 'root');
  const files = createRunnerFiles();
  const layout = agentLayout(root, 'alpha');
  for (const path of [layout.turns, layout.run]) mkdirSync(path, { recursive: true });
  const text = [
    '---',
    `cwd: ${cwd}`,
    'allowedTools: [Bash]',
    `resident: ${way === 'resident'}`,
    `approvals: ${way === 'one-shot' ? 'off' : 'on'}`,
    ...front,
    '---',
    'Work.',
  ];
  const definition = parseAgentFile(text.join('\n'), layout.definition, cwd, place.home);
  writeFileSync(layout.definition, text.join('\n'));
  const env = { ...place.env, CLAUDE_CODE_MAX_RETRIES: '0', ...more };
  const runner = (own: Partial<Patience>) => {
    const waits = { ...limits, ...PATIENT, stopGraceMs: [100, 100] as const, ...own };
    const residents = createResidents({ max: 1, maxMiB: undefined, patience: waits });
    const onAstray = () => void bench.astray++;
    const all = { files, root, executable, launcherPath, layout, definition, env, residents, onAstray };
    return { residents, claude: createClaudeProcess(all) };
  };
  const { residents, claude } = runner(patience);
  const sessionId = crypto.randomUUID();
  let number = 0;
  /** It writes no transcript. */
  const isOdd = executable === oddClaudePath();

  const bench: RunBench = {
    astray: 0,
    claude,
    another: own => runner(own).claude,
    root,
    server,
    cwd,
    sessionId,
    async begin(prompt, change) {
      const turn = turnLayout(layout.turns, ++number);
      mkdirSync(turn.home);
      writeFileSync(turn.prompt, prompt);
      const wish = {
        turn: number,
        sessionId,
        perTurnUsd: definition.budget.perTurnUsd,
        dayUsd: 100,
        isRestricted: false,
      };
      const resume = async () => (await claude.sessionBytes(sessionId)) !== null;
      const part = (await claude.residentFor?.({ ...wish, resume: await resume() })) ?? null;
      const line = crypto.randomUUID();
      const of = { AGENT_RUNNER_HOME: root, AGENT_RUNNER_TURN: String(number), AGENT_RUNNER_TURN_DIR: turn.home };
      const order = { turn, sessionId, resume: await resume(), line, maxBudgetUsd: 1, env: of };
      const ready = claude.prepare({ ...order, ...(part ? { resident: part } : {}) });
      await change?.(turn);
      const started = await ready.start();
      if (started.kind !== 'started') throw new Error(started.reason);
      const stream = async () => (await readStream(files, streamOf(turn, part ? { resident: part } : null))) ?? '';
      return {
        turn,
        run: started.run,
        part,
        said: async () => summarizeStream(await stream(), line),
        shows: async wanted => void (await until(wanted, async () => (await stream()).includes(wanted))),
        async pid() {
          const child = await until('a child', async () => {
            const found = await readChild(files, turn);
            return found.kind === 'started' && found;
          });
          return child.identity.pid;
        },
      };
    },
    async turn(prompt) {
      const played = await bench.begin(prompt);
      const exit = await played.run.over;
      // As the decision does: the transcript lags.
      const isWritten = async () => (await claude.readSession(sessionId, 0)).includes(JSON.stringify(prompt));
      if (!isOdd && (await played.said()).result?.numTurns) await until('its prompt in the transcript', isWritten);
      return { ...played, exit, summary: await played.said() };
    },
    async [Symbol.asyncDispose]() {
      await residents[Symbol.asyncDispose]();
      await place[Symbol.asyncDispose]();
      await server.close();
    },
  };
  return bench;
}

export const oddClaudePath = () => fileURLToPath(new URL('./odd-claude.mjs', import.meta.url));

/** Lets an odd claude go on. */
export const letGo = ({ cwd }: RunBench): void => writeFileSync(join(cwd, 'go'), '');
export const hasFile = ({ cwd }: RunBench, name: string): boolean => existsSync(join(cwd, name));
