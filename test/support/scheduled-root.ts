/**
 * A world in memory for property tests: one disk, runners and claudes as processes whose every file operation waits for
 * the scheduler, and deaths. The engine that runs in it is the real one; only claude is played.
 */

import { deliver, makeInbox } from '#blackboard/inbox/deliver.ts';
import { agentLayout, inboxLayout, type TurnLayout } from '#blackboard/layout.ts';
import { isTemporary } from '#blackboard/system/errors.ts';
import type { Files } from '#blackboard/system/files.ts';
import { readText } from '#blackboard/system/files.ts';
import { formatIdentity, type ProcessIdentity } from '#blackboard/system/process-identity.ts';
import { parseAgentFile } from '#runner/agents/agent-file.ts';
import type { Claude, RunOrder } from '#runner/claude/port.ts';
import { lookOnce, type TurnEffects } from '#runner/turn/turn.ts';
import { agentContext } from './agent-context.ts';
import { createMemoryFiles, type MemoryFiles } from './memory-files.ts';
import { adoptNothing, runUntil, startingBy } from './starting.ts';

/** Where a process may be stopped: before each operation it waits here. isIdle: it only waits for what others do. */
export type Step = (process: Process, what: string, isIdle?: boolean) => Promise<void>;

export interface Process {
  pid: number;
  kind: 'runner' | 'child';
  dead: boolean;
}

/** What the world may do wrong on purpose: each must make the invariants fail. */
export type Mutant = 'none' | 'no-link' | 'sweep-open' | 'submitted-only' | 'no-transcript' | 'no-intent';

const ROOT = '/root';
const AGENT = 'a';
const never = new Promise<never>(() => {});
const AGENT_FILE = '---\ncwd: /\nmaxAttempts: 50\nmaxTurnsPerHour: 1000000\n---\n';
const DEFINITION = parseAgentFile(AGENT_FILE, 'agent.md', '/', '/');

export interface World {
  files: MemoryFiles;
  processes: Process[];
  /** First broken invariant, or null. */
  violation(): string | null;
  /** Starts a runner; resolves when it has nothing left to do (never, if it dies). */
  runner(): Promise<void>;
  kill(process: Process): void;
  isOver(): Promise<boolean>;
  /** The invariants that hold at the end. */
  checkEnd(): Promise<void>;
}

export async function createWorld(options: {
  messages: number;
  step: Step;
  mutant: Mutant;
  seed: number;
}): Promise<World> {
  let now = 1_700_000_000_000;
  const clock = { nowMs: () => ++now, monotonicMs: () => ++now, sleep: async () => {} };
  const files = createMemoryFiles(clock.nowMs);
  const layout = agentLayout(ROOT, AGENT);
  const operator = inboxLayout(`${ROOT}/operator`);
  files.prepare(layout.turns, layout.run, `${ROOT}/operator`, `${ROOT}/costs`);
  await makeInbox(files, layout.inbox);
  await makeInbox(files, operator);
  await files.create(layout.definition, AGENT_FILE);
  const ids: string[] = [];
  for (let index = 0; index < options.messages; index++) {
    const id = `00000000-0000-7000-8000-00000000000${index}`;
    ids.push(id);
    const at = new Date(clock.nowMs()).toISOString();
    await deliver(files, layout.inbox, {
      id,
      from: 'operator',
      kind: 'request',
      at,
      trace: id,
      hops: 0,
      body: `BODY${index}`,
    });
  }

  const processes: Process[] = [];
  const sessions = new Map<string, string>();
  /** Turns whose child wrote a result, by message. */
  const finished = new Set<string>();
  let broken: string | null = null;
  const violate = (what: string) => {
    broken ??= what;
  };
  let pids = 100;
  /** A small deterministic chance for what claude does. */
  let state = options.seed >>> 0 || 1;
  const random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };

  const spawn = (kind: Process['kind']): Process => {
    const process = { pid: pids++, kind, dead: false };
    processes.push(process);
    return process;
  };
  const step = async (process: Process, what: string, isIdle?: boolean): Promise<void> => {
    await options.step(process, what, isIdle);
    if (process.dead) await never;
  };
  const filesOf = (process: Process): Files =>
    Object.fromEntries(
      Object.entries(files).map(([name, method]) => [
        name,
        async (...args: unknown[]) => {
          await step(process, name);
          return method(...args);
        },
      ]),
    ) as unknown as Files;
  const identityOf = (process: Process): ProcessIdentity => ({ pid: process.pid, startTime: '1', bootId: 'boot' });

  async function playClaude(process: Process, order: RunOrder): Promise<void> {
    const mine = filesOf(process);
    const launch = `${order.turn.home}/launch.${process.pid}`;
    await mine.create(launch, formatIdentity(identityOf(process)));
    const linked = await mine.link(launch, order.turn.child);
    if (linked !== 'linked' && options.mutant !== 'no-link') return;
    if (await mine.facts(order.turn.stop)) return;
    const others = processes.filter(
      other => other.kind === 'child' && other !== process && !other.dead && running.has(other),
    );
    if (others.length > 0) violate('two claudes at once');
    running.add(process);
    const prompt = (await readText(mine, order.turn.prompt, 1e9)) ?? '';
    await mine.create(order.turn.submitted, '{}');
    for (const [index, id] of ids.entries())
      if (isWork(prompt, index, id)) if (finished.has(id)) violate(`finished work run again: ${id}`);
    for (const [index, id] of ids.entries())
      if (
        prompt.includes(`working on message ${id}`) &&
        !(sessions.get(order.sessionId) ?? '').includes(`BODY${index}`)
      )
        violate(`asked to go on with ${id}, of which the conversation knows nothing`);
    const record = `${JSON.stringify({ type: 'user', uuid: `u${process.pid}`, isSidechain: false, promptSource: 'sdk', message: { role: 'user', content: prompt } })}\n`;
    const answer = `${JSON.stringify({ type: 'assistant', uuid: `a${process.pid}`, parentUuid: `u${process.pid}`, isSidechain: false, message: { id: `m${process.pid}`, role: 'assistant', stop_reason: 'end_turn', content: [{ type: 'text', text: 'DONE' }] } })}\n`;
    // Most often the prompt is flushed before the work is done; sometimes, as measured, only after the result line.
    const isLate = random() < 0.2;
    const flush = (text: string) => sessions.set(order.sessionId, (sessions.get(order.sessionId) ?? '') + text);
    if (!isLate) {
      await step(process, 'flush prompt');
      flush(record);
    }
    await step(process, 'work');
    if (random() < 0.1) {
      running.delete(process);
      process.dead = true;
      return;
    }
    const result = {
      type: 'result',
      subtype: 'success',
      is_error: false,
      num_turns: 1,
      result: 'DONE',
      session_id: order.sessionId,
      total_cost_usd: 0.01,
      terminal_reason: 'completed',
    };
    await mine.create(order.turn.stream, `${JSON.stringify(result)}\n`);
    for (const [index, id] of ids.entries()) if (isWork(prompt, index, id)) finished.add(id);
    await step(process, 'flush answer');
    flush(isLate ? record + answer : answer);
    await step(process, 'exit');
    running.delete(process);
    process.dead = true;
  }
  const running = new Set<Process>();

  const claudeOf = (runner: Process): Claude => ({
    prepare: startingBy(async order => {
      await step(runner, 'spawn');
      const child = spawn('child');
      const played = playClaude(child, order).catch(error => violate(`claude: ${error}`));
      const exited = Promise.race([played, deaths.get(child) ?? watchDeath(child)]).then(async () => {
        child.dead = true;
        await step(runner, 'child exited');
        return null;
      });
      return { kind: 'started', run: runUntil(exited) };
    }),
    async sessionBytes(id) {
      await step(runner, 'session');
      const text = sessions.get(id);
      return text === undefined ? null : text.length;
    },
    async readSession(id, from) {
      await step(runner, 'transcript');
      if (options.mutant === 'no-transcript') return '';
      const text = sessions.get(id) ?? '';
      return (
        options.mutant === 'submitted-only' ? `${text}${await submittedPrompts(files, layout.turns)}` : text
      ).slice(from);
    },
    async sessionOwner() {
      return null;
    },
    adopt: adoptNothing,
    async isAlive(identity) {
      await step(runner, 'alive?');
      return processes.some(process => process.pid === identity.pid && !process.dead);
    },
  });

  const deaths = new Map<Process, Promise<void>>();
  const mourners = new Map<Process, () => void>();
  const watchDeath = (process: Process): Promise<void> => {
    const death = new Promise<void>(resolve => mourners.set(process, resolve));
    deaths.set(process, death);
    return death;
  };

  const hooks: TurnEffects = {
    hold: async () => null,
    allowance: async () => ({ turnUsd: 1, dayUsd: 100 }),
    takeSlot: async () => ({ giveBack: () => {}, waited: random() < 0.5 }),
    attend: async (_context, _turn, _intent, run) => void (await run.over),
    awaited: async () => new Set(),
  };

  const isOver = async () => {
    if ((await files.list(layout.inbox.new)).length + (await files.list(layout.inbox.cur)).length > 0) return false;
    const turns = await files.list(layout.turns);
    const last = turns.sort().at(-1);
    return last === undefined || (await files.facts(`${layout.turns}/${last}/closed`)) !== null;
  };

  return {
    files,
    processes,
    violation: () => broken,
    isOver,
    kill(process) {
      process.dead = true;
      running.delete(process);
      mourners.get(process)?.();
    },
    async runner() {
      const process = spawn('runner');
      const mine = filesOf(process);
      const context = agentContext({
        root: ROOT,
        layout,
        definition: DEFINITION,
        files: options.mutant === 'no-intent' ? withoutIntent(mine) : mine,
        clock,
        random,
        claude: claudeOf(process),
      });
      for (let round = 0; round < 200 && !broken; round++) {
        if (options.mutant === 'sweep-open') await sweepOpen(mine, layout);
        // What a loop does after a look that may go well the next time.
        const looked = await lookOnce(context, hooks).catch(error => {
          if (isTemporary(error)) return { kind: 'yielded' as const };
          violate(`a look failed: ${error}`);
          throw error;
        });
        if (looked.kind === 'idle' && (await isOver())) break;
        await step(process, 'looks again', looked.kind !== 'turned');
      }
      process.dead = true;
    },
    async checkEnd() {
      for (const [index, id] of ids.entries()) {
        const outcomes = (await files.list(layout.inbox.outcomes)).filter(name => name === id);
        if (outcomes.length !== 1) violate(`${outcomes.length} outcomes for ${id}`);
        const done = files
          .dump()
          .filter(([path]) => path.includes('/done/') && path.includes(id) && path.startsWith(layout.inbox.done));
        if (done.length !== 1) violate(`lost or stuck: ${id} lies ${done.length} times in done`);
        const replies = files
          .dump()
          .filter(([path, text]) => path.startsWith(operator.new) && text.includes(`"${id}"`));
        if (replies.length !== 1) violate(`${replies.length} replies for ${id}`);
        const count = [...sessions.values()].map(text => text.split(`\\nBODY${index}\\n`).length - 1);
        if (count.some(times => times > 1)) violate(`body of ${id} ${Math.max(...count)} times in one conversation`);
      }
    },
  };
}

/** Whether a prompt gives this message to work on; a note about an answer that was lost only names it. */
const isWork = (prompt: string, index: number, id: string): boolean =>
  prompt.includes(`BODY${index}`) || prompt.includes(`working on message ${id}`);

/** Control: what lies in cur goes back to new although its turn is open and unsealed. */
async function sweepOpen(files: Files, layout: ReturnType<typeof agentLayout>): Promise<void> {
  for (const name of await files.list(layout.inbox.cur))
    await files.move(`${layout.inbox.cur}/${name}`, `${layout.inbox.new}/${name.slice(name.indexOf('.') + 1)}`);
}

/** Control: a runner that trusts `submitted`: whatever claude took up counts as being in the conversation. */
async function submittedPrompts(files: Files, turns: string): Promise<string> {
  let text = '';
  for (const turn of await files.list(turns)) {
    if (!(await files.facts(`${turns}/${turn}/submitted`))) continue;
    const prompt = await readText(files, `${turns}/${turn}/prompt`, 1e9);
    text += `${JSON.stringify({ type: 'user', uuid: `s${turn}`, isSidechain: false, promptSource: 'sdk', message: { role: 'user', content: prompt } })}\n`;
  }
  return text;
}

/** Control: the intent is written where nobody finds it. */
const withoutIntent = (files: Files): Files =>
  new Proxy(files, {
    get(target, name: keyof Files) {
      const method = target[name] as (...args: unknown[]) => Promise<unknown>;
      if (name !== 'link') return method;
      return (from: string, to: string) => (to.endsWith('/intent') ? Promise.resolve('linked') : method(from, to));
    },
  });

export type { TurnLayout };
