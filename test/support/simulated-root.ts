/**
 * A root in memory with agents, an operator and a played claude, in which the real engine works: for tests that stop a
 * process at every effect. Whatever the played claude and its launcher do, they do on the disk itself: they are processes
 * of their own and do not die with a runner.
 */

import { type Delivery, deliver, makeInbox } from '#blackboard/inbox/deliver.ts';
import { type AgentLayout, agentLayout, inboxLayout, rootLayout, type TurnLayout } from '#blackboard/layout.ts';
import type { Message } from '#blackboard/messages/message.ts';
import { OPERATOR } from '#blackboard/peers/operator.ts';
import { localDay } from '#blackboard/system/clock.ts';
import type { Files } from '#blackboard/system/files.ts';
import { readText } from '#blackboard/system/files.ts';
import { derivedId } from '#blackboard/system/ids.ts';
import { formatIdentity, selfIdentity } from '#blackboard/system/process-identity.ts';
import { createSpendingReader } from '#blackboard/turns/spending.ts';
import { parseAgentFile } from '#runner/agents/agent-file.ts';
import type { Claude, ResidentPart, ResidentWish, RunOrder } from '#runner/claude/port.ts';
import { createAgentLoop, type LoopEnd } from '#runner/fleet/agent-loop.ts';
import type { AgentContext } from '#runner/turn/agent-ports.ts';
import { type GateOptions, holdOf } from '#runner/turn/gates/gates.ts';
import { signalWork } from '#runner/turn/signals/pending-signals.ts';
import type { TurnEffects } from '#runner/turn/turn.ts';
import { agentContext } from './agent-context.ts';
import { type CrashScene, type LedgerLine, markOf, type Sent } from './evidence.ts';
import { createMemoryFiles, type MemoryFiles } from './memory-files.ts';
import { adoptNothing, runUntil, startingBy } from './starting.ts';

/** What the next child does. written: its prompt reaches the transcript. */
export type Behaviour =
  | 'answers'
  | 'answers, dies unwritten'
  | 'answers in the transcript alone'
  | 'dies unwritten'
  | 'dies written'
  | 'fails'
  | 'too long' // the conversation is too long for the model
  | 'api down'
  | 'refused' // 401: somebody must log in
  | 'prompt blocked' // by a hook: a success in which no model was asked
  | 'answers another, dies' // a turn that nobody elected has a result, this one's line nothing
  | 'begins late' // it has its prompt, and nothing shows that, until it has been asked for a few times
  | 'lives on' // until it has been asked for a few times, then it answers
  | 'launcher dies before its link'
  | 'launcher is late' // it goes on when the house is told to wake it
  | 'launcher dies after its link';

export interface House {
  root: string;
  files: MemoryFiles;
  clock: AgentContext['clock'];
  sent: Sent[];
  layout(agent: string): AgentLayout;
  /** One runner process for all agents, with --once, over this file port. diesAttending: up to its first child. */
  run(files: Files, options?: { diesAttending: boolean }): Promise<LoopEnd[]>;
  /** Lets launchers that are late go on. */
  wake(): Promise<void>;
  /** Runs of the played claude so far. */
  starts(): number;
  /** Whatever ran is gone. */
  allDied(): void;
  scene(): CrashScene;
}

const ROOT = '/root';
const BUDGETS = 'maxTurnsPerHour: 1000000\nbudget: { perTurnUsd: 2, perDayUsd: 1000000 }';
/** Looks at a child that lives on, before it comes to its end. */
const LOOKS = 3;
/** Children after which a runner stands still for ever: a control may start the same work again without end. */
const STARTS_MAX = 40;
const FIRST_PID = 100;
/** What each run of the played claude costs. */
export const TURN_USD = 0.01;
/** Transcripts. */
const SESSIONS = '/sessions';

export async function createHouse(options: {
  agents: readonly string[];
  /** Further lines of every agent.md. */
  front?: readonly string[];
  /** By the order of starts; afterwards all answer. */
  behaviours?: readonly Behaviour[];
  /** Lines of agent.md in place of those that limit nothing. */
  budgets?: string;
  clock?: AgentContext['clock'];
  /** They have resident claudes. */
  residents?: boolean;
  /** A disk that does more than to hold files. */
  disk?: (nowMs: () => number) => MemoryFiles;
  /** What was done on that disk before, by processes that are gone. */
  past?: Pick<CrashScene, 'ledger' | 'kills' | 'sent'> & { nowMs: number; spentUsd: ReadonlyMap<string, number> };
}): Promise<House> {
  const { past } = options;
  let nowMs = past?.nowMs ?? Date.UTC(2026, 0, 1, 12);
  const clock = options.clock ?? {
    nowMs: () => ++nowMs,
    monotonicMs: () => ++nowMs,
    sleep: async (ms: number) => {
      nowMs += Math.ceil(ms);
    },
  };
  const files = (options.disk ?? createMemoryFiles)(clock.nowMs);
  const layout = (agent: string) => agentLayout(ROOT, agent);
  const operator = inboxLayout(rootLayout(ROOT).operator);
  files.prepare(`${ROOT}/agents`, rootLayout(ROOT).operator, rootLayout(ROOT).costs, SESSIONS);
  await makeInbox(files, operator);
  const text = ['---', 'cwd: /', options.budgets ?? BUDGETS, ...(options.front ?? []), '---', ''].join('\n');
  const definition = parseAgentFile(text, 'agent.md', '/', '/');
  for (const name of options.agents) {
    files.prepare(layout(name).turns, layout(name).run, layout(name).signals);
    await makeInbox(files, layout(name).inbox);
    await files.create(layout(name).definition, text);
  }

  const behaviours = [...(options.behaviours ?? [])];
  const ledger: LedgerLine[] = [...(past?.ledger ?? [])];
  const kills: { pid: number; at: number }[] = [...(past?.kills ?? [])];
  const sent: Sent[] = [...(past?.sent ?? [])];
  const spent = new Map(past?.spentUsd);
  const living = new Map<number, { looks: number; end(): Promise<void> }>();
  const late: (() => Promise<void>)[] = [];
  // Where the power can go, all that ran may have run before that.
  const bootId = options.disk ? 'an earlier boot' : selfIdentity().bootId;
  let lastPid = Math.max(FIRST_PID, ...ledger.map(({ pid }) => pid));
  /** The process that stays, with the runner that holds its input; of a runner that is gone it ends when it is waited for. */
  let resident: {
    pid: number;
    session: string;
    first: TurnLayout;
    lastTurn: number;
    runner: number;
    looks: number;
  } | null = null;
  let runner = 0;
  /** By session: lines that were taken, and by which process. */
  const lines = new Map<string, Map<string, number>>();
  /** Its input ends: it finishes its turn, and goes. */
  const endResident = async () => {
    if (!resident) return;
    const { pid, session } = resident;
    const child = living.get(pid);
    living.delete(pid);
    await child?.end();
    if (resident) ledger.push({ what: 'end', pid, session, at: clock.nowMs() });
    resident = null;
  };
  let plays = 0;

  // As claude does: on the same disk, never fsynced.
  const write = (session: string, record: object) =>
    files.append(`${SESSIONS}/${session}`, `${JSON.stringify(record)}\n`);

  /**
   * The launcher: it becomes the turn's claude, unless it may not. False: no claude came of it. `linker`: who gives it the name, its
   * runner or itself.
   */
  async function launch(pid: number, order: RunOrder, behaviour: Behaviour, linker: Files): Promise<boolean> {
    if (behaviour === 'launcher dies before its link') return false;
    const identity = formatIdentity({ pid, startTime: '1', bootId });
    await files.append(`${order.turn.home}/launch.${pid}`, identity);
    const linked = await linker.link(`${order.turn.home}/launch.${pid}`, order.turn.child).catch(error => {
      // Its runner dies before its word: what it was to do, the next one does.
      behaviours.unshift(behaviour);
      throw error;
    });
    if (linked !== 'linked') return false;
    ledger.push({ what: 'linked', pid, session: order.sessionId, at: clock.nowMs(), turn: order.turn.home });
    if (behaviour === 'launcher dies after its link' || (await files.facts(order.turn.stop))) return false;
    await files.append(order.turn.stream, '');
    ledger.push({ what: 'start', pid, session: order.sessionId, at: clock.nowMs() });
    if (order.resume !== ((await files.facts(`${SESSIONS}/${order.sessionId}`)) !== null))
      throw new Error(`session ${order.sessionId}: resume ${order.resume}`);
    return true;
  }

  /** One with a process of its own. */
  async function play(pid: number, order: RunOrder, linker: Files): Promise<void> {
    const behaviour = behaviours.shift() ?? 'answers';
    if (behaviour === 'launcher is late') late.push(() => play(pid, order, files));
    else if (await launch(pid, order, behaviour, linker)) await obey(pid, order, behaviour, order.turn.stream);
  }

  /** It takes the line; `stream`: where its output goes. */
  async function obey(pid: number, order: RunOrder, behaviour: Behaviour, stream: string): Promise<void> {
    const prompt = (await readText(files, order.turn.prompt, 1 << 24))!;
    const session = order.sessionId;
    const note = (what: LedgerLine['what'], more: object = {}) =>
      ledger.push({ what, pid, session, at: clock.nowMs(), ...more });
    const written = () =>
      write(session, {
        type: 'user',
        uuid: `u${pid}`,
        isSidechain: false,
        promptSource: 'sdk',
        message: { role: 'user', content: prompt },
      });
    const answer = `Done (${markOf(prompt)}).`;
    const answerWritten = () => {
      const message = { id: `m${pid}`, stop_reason: 'end_turn', content: [{ type: 'text', text: answer }] };
      return write(session, { type: 'assistant', uuid: `a${pid}`, parentUuid: `u${pid}`, isSidechain: false, message });
    };
    const say = (...said: object[]) => files.append(stream, said.map(line => `${JSON.stringify(line)}\n`).join(''));
    const lifecycle = (state: string) => ({ type: 'command_lifecycle', command_uuid: order.line, state });
    const init = { type: 'system', subtype: 'init', session_id: session, capabilities: ['msg_lifecycle_v1'] };
    const known = lines.get(session) ?? new Map<string, number>();
    lines.set(session, known);
    const result = (more: object) => {
      // As claude does: the session's total.
      const totalUsd = (spent.get(session) ?? 0) + TURN_USD;
      spent.set(session, totalUsd);
      const cost = { total_cost_usd: totalUsd, num_turns: 1, user_message_uuids: [order.line] };
      const line = { type: 'result', session_id: session, ...cost, ...more };
      return say(lifecycle('started'), init, line, lifecycle('completed'));
    };
    const success = { subtype: 'success', is_error: false, terminal_reason: 'completed', result: answer };
    const die = () => {
      kills.push({ pid, at: clock.nowMs() });
      if (resident?.pid === pid) resident = null;
    };
    /** A process of its own ends with its turn. */
    const finish = () => {
      if (resident?.pid !== pid) note('end');
    };

    const takenBy = known.get(order.line);
    if (takenBy !== undefined) {
      // Measured: after a resume it is told as done, whatever became of it; in the same process nothing is.
      if (takenBy !== pid) await say(lifecycle('completed'));
      return finish();
    }
    if (behaviour === 'answers another, dies') {
      await result({ ...success, user_message_uuids: ['another'] });
      return void die();
    }
    if (behaviour === 'begins late') {
      living.set(pid, { looks: LOOKS, end: () => obey(pid, order, 'answers', stream) });
      return;
    }
    await files.append(order.turn.submitted, '{}');
    if (behaviour === 'prompt blocked') {
      await result({ ...success, terminal_reason: undefined, num_turns: 0, result: 'blocked' });
      return finish();
    }
    known.set(order.line, pid);
    note('model-request', { prompt, before: (await readText(files, `${SESSIONS}/${session}`, 1 << 24)) ?? '' });
    switch (behaviour) {
      case 'answers':
        await written();
        await result(success);
        await answerWritten();
        return finish();
      case 'answers, dies unwritten':
        await result(success);
        die();
        return;
      case 'answers in the transcript alone':
        await written();
        await answerWritten();
        die();
        return;
      case 'dies unwritten':
        die();
        return;
      case 'dies written':
        await written();
        die();
        return;
      case 'fails':
        await written();
        await result({ ...success, is_error: true, terminal_reason: 'max_turns', result: 'too many' });
        return finish();
      case 'too long':
        await written();
        await result({
          ...success,
          is_error: true,
          terminal_reason: 'prompt_too_long',
          api_error_status: 400,
          result: 'prompt is too long',
        });
        return finish();
      case 'refused':
        await written();
        await result({
          ...success,
          is_error: true,
          terminal_reason: 'api_error',
          api_error_status: 401,
          result: 'no key',
        });
        return finish();
      case 'api down':
        await written();
        await result({
          ...success,
          is_error: true,
          terminal_reason: 'api_error',
          api_error_status: 529,
          result: 'busy',
        });
        return finish();
      case 'lives on':
        await written();
        living.set(pid, {
          looks: LOOKS,
          async end() {
            await result(success);
            await answerWritten();
            finish();
          },
        });
    }
  }

  /** A turn of a process that stays. What the runner does for it, it does on its own disk. */
  async function feed(mine: Files, order: RunOrder, part: ResidentPart): Promise<void> {
    const behaviour = behaviours.shift() ?? 'answers';
    const { turn, sessionId: session } = order;
    if (part.first !== turn.number) {
      const first = resident?.first;
      if (!first || (await mine.link(first.child, turn.child)) !== 'linked' || (await mine.facts(turn.stop))) return;
    } else {
      const pid = ++lastPid;
      if (!(await launch(pid, order, behaviour, mine))) return;
      resident = { pid, session, first: turn, lastTurn: turn.number, runner, looks: LOOKS };
    }
    await mine.syncDirectory(turn.home);
    if (!resident) return;
    resident.lastTurn = turn.number;
    await obey(resident.pid, order, behaviour, resident.first.stream);
  }

  const claudeOf = (mine: Files): Claude => ({
    prepare: startingBy(async order => {
      plays++;
      if (order.resident) await feed(mine, order, order.resident);
      else await play(++lastPid, order, mine);
      return { kind: 'started', run: runUntil(Promise.resolve(null)) };
    }),
    ...(options.residents
      ? {
          residentFor,
          endResident: async ({ pid }) =>
            pid === resident?.pid && resident.runner !== runner ? endResident() : undefined,
        }
      : {}),
    sessionBytes: async id => (await files.facts(`${SESSIONS}/${id}`))?.sizeBytes ?? null,
    readSession: async (id, from) =>
      Buffer.from((await files.read(`${SESSIONS}/${id}`, { offset: from })) ?? []).toString(),
    async sessionOwner(id) {
      if (resident?.session !== id || resident.runner === runner) return null;
      return { pid: resident.pid, name: null, kind: null, entrypoint: 'sdk-cli', status: 'idle' };
    },
    adopt: adoptNothing,
    async isAlive({ pid }, turn) {
      const child = living.get(pid);
      if (child && child.looks-- > 0) return true;
      living.delete(pid);
      await child?.end();
      if (resident?.pid !== pid || (resident.runner === runner && resident.lastTurn >= turn.number)) return false;
      if (resident.looks-- > 0) return true;
      await endResident();
      return false;
    },
  });

  async function residentFor({ turn, sessionId, resume, isRestricted }: ResidentWish): Promise<ResidentPart | null> {
    const { stream } = resident?.first ?? {};
    const isSame = resident?.session === sessionId && resume && resident.lastTurn === turn - 1;
    if (resident && isSame && !isRestricted)
      return { first: resident.first.number, from: (await files.facts(stream!))?.sizeBytes ?? 0, stderrFrom: 0 };
    await endResident();
    return isRestricted ? null : { first: turn, from: 0, stderrFrom: 0 };
  }

  async function run(mine: Files, { diesAttending } = { diesAttending: false }): Promise<LoopEnd[]> {
    runner++;
    const claude = claudeOf(mine);
    const gates: GateOptions = { spending: createSpendingReader(mine, ROOT), fleetPerDayUsd: 1_000_000 };
    const signalsUsd = async (context: AgentContext) =>
      (await gates.spending(localDay(clock.nowMs()))).bySignals?.get(context.layout.name) ?? 0;
    const signals = { drain: new AbortController().signal, stopNow: new AbortController().signal };
    const hooks: TurnEffects = {
      hold: (context, previous) => holdOf(context, previous, gates),
      allowance: async () => ({ turnUsd: 2, dayUsd: 100 }),
      takeSlot: async () => ({ giveBack: () => {}, waited: true }),
      async attend(_context, _turn, _intent, run) {
        if (!diesAttending) return void (await run.over);
        stand();
        return new Promise(() => {});
      },
      awaited: async () => new Set(),
      signals: context => signalWork(context, () => signalsUsd(context)),
    };
    const ends: LoopEnd[] = [];
    let stand = () => {};
    const standing = new Promise<LoopEnd>(resolve => {
      stand = () => resolve({ kind: 'stopped' });
    });
    for (const name of options.agents) {
      const limited: Claude = {
        ...claude,
        prepare(order) {
          if (plays < STARTS_MAX) return claude.prepare(order);
          return startingBy(() => {
            stand();
            return new Promise(() => {});
          })(order);
        },
      };
      const context = agentContext({
        root: ROOT,
        layout: layout(name),
        definition,
        files: mine,
        clock,
        claude: limited,
      });
      const open = async () => context;
      const loop = createAgentLoop({
        files: mine,
        layout: context.layout,
        open,
        hooks,
        signals,
        once: true,
        clock,
        onError: () => {},
      });
      ends.push(await Promise.race([loop.run(), standing]));
    }
    return ends;
  }

  return {
    root: ROOT,
    files,
    clock,
    sent,
    layout,
    run,
    async wake() {
      for (const launcher of late.splice(0)) await launcher();
    },
    starts: () => ledger.filter(({ what }) => what === 'start').length,
    allDied() {
      for (const pid of new Set(ledger.map(line => line.pid)))
        if (!ledger.some(line => line.pid === pid && line.what === 'end')) kills.push({ pid, at: clock.nowMs() });
      living.clear();
      late.length = 0;
      resident = null;
    },
    scene: () => ({
      files,
      root: ROOT,
      agents: options.agents,
      sent,
      ledger,
      kills,
      transcripts: new Map(
        files
          .dump()
          .filter(([path]) => path.startsWith(SESSIONS))
          .map(([path, text]) => [path.slice(SESSIONS.length + 1), text] as const),
      ),
      survivors: [],
    }),
  };
}

/**
 * Delivers a message that is found again by its marker; accepted once this has returned. `once`: under an id of its own,
 * which nobody will try again.
 */
export async function sendTo(
  house: House,
  files: Files,
  marker: string,
  { to = 'alpha', once = false, ...rest }: Partial<Message> & { to?: string; once?: boolean } = {},
): Promise<Delivery> {
  const id = derivedId(marker);
  const known = house.sent.find(sent => sent.marker === marker);
  const { from = OPERATOR, kind = 'request' } = rest;
  const entry = known ?? { to, from, kind, marker, id, isAccepted: false };
  if (!known) house.sent.push(entry);
  const head = { id, from, kind, at: new Date(house.clock.nowMs()).toISOString(), trace: id, hops: 0 };
  const message = { ...head, body: `Do ${marker}.`, ...rest };
  const delivery = await deliver(files, house.layout(to).inbox, message, { once });
  entry.isAccepted = true;
  return delivery;
}
