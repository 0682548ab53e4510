/** What the claude port does with the resident of one agent: finds it for a turn, starts one, hands it turns, ends it. */
import { dirname } from 'node:path';
import { type AgentLayout, type TurnLayout, turnLayout } from '#blackboard/layout.ts';
import { systemClock } from '#blackboard/system/clock.ts';
import { temporaryError } from '#blackboard/system/errors.ts';
import { type Files, readText } from '#blackboard/system/files.ts';
import { limits } from '#blackboard/system/limits.ts';
import { isAlive, isAliveSync, isSameProcess, type ProcessIdentity } from '#blackboard/system/process-identity.ts';
import { readRecord } from '#blackboard/system/record.ts';
import { stopChild, waitUntilGone } from '#blackboard/system/stop-process.ts';
import type { Intent } from '#blackboard/turns/turn-records.ts';
import { streamOf } from '#blackboard/turns/turn-stream.ts';
import { readChild } from '#blackboard/turns/turns.ts';
import { type ContextUsage, contextUsage, planWindows } from '#hooks/claude/control-answers.ts';
import { endedWell, promptUuids } from '#hooks/claude/session-transcript.ts';
import type { AgentDefinition, ResidentRule } from '#runner/agents/agent-file.ts';
import { writeAskedContext } from '#runner/claude/asked-context.ts';
import { watchOrphan } from '#runner/claude/end-if-stuck.ts';
import type { Launched, Launcher } from '#runner/claude/launch.ts';
import { canTellLeftovers, stopLeftovers } from '#runner/claude/leftovers.ts';
import { writePlan } from '#runner/claude/plan.ts';
import type { ReadyRun, ResidentPart, ResidentWish, Run, RunOrder, Started, ToolServer } from '#runner/claude/port.ts';
import { createResident, type Resident } from '#runner/claude/resident.ts';
import { type Kept, newPart, processBudgetUsd, type Residents, whyNot } from '#runner/claude/residents.ts';

interface Tools {
  readSession(sessionId: string, fromByte: number): Promise<string>;
  sessionBytes(sessionId: string): Promise<number | null>;
  prepareChild(order: RunOrder, stays: { budgetUsd: number }): Promise<Launcher>;
  /** Of the flags that a process would get now. */
  key(): Promise<string>;
  /** Our MCP server, for a claude that starts; null: there is none. */
  toolServer(): ToolServer | null;
  /** A run with a process of its own. */
  processRun(turn: TurnLayout, identity: ProcessIdentity | null, over: Run['over']): Run;
}

export function createResidency(
  options: {
    files: Files;
    root: string;
    layout: AgentLayout;
    definition: AgentDefinition;
    residents?: Residents;
    onAstray?: () => void;
  },
  tools: Tools,
) {
  const { files, root, layout, definition, residents, onAstray } = options;
  const { name } = layout;
  /** Without a resident, one that takes a single turn: while its stdin is held, a person can be asked. */
  const once = definition.approvals === 'on' ? ONE_TURN : null;
  // A deferred call is lost in the process that deferred it (CLI 2.1.332).
  const rule = (definition.deferFor.length > 0 ? null : definition.resident) ?? once;
  const patience = residents?.patience ?? limits;
  /** A process that is to be started for a turn. */
  let planned: { turn: number; budgetUsd: number; key: string; rule: ResidentRule } | null = null;

  async function find(wish: ResidentWish): Promise<ResidentPart | null> {
    if (!residents) return null;
    try {
      if (rule === null || wish.isRestricted) {
        await residents.end(name);
        return null;
      }
      // One that takes a single turn is not compared with the flags of another.
      const key = rule.isOnce ? '' : await tools.key();
      const kept = residents.get(name);
      if (
        kept &&
        whyNot({ ...kept, rule: kept.rule.isOnce ? kept.rule : rule }, wish, key) === null &&
        (await isUntouched(kept))
      ) {
        const { resident } = kept;
        // It is about to work: others make room first.
        kept.idleSinceMs = systemClock.monotonicMs();
        // What a tool left running would go on beside the next turn.
        if (resident.usedTools && !canTellLeftovers) await residents.end(name);
        if (resident.usedTools)
          await stopLeftovers(resident.first.home, systemClock, canTellLeftovers ? resident.identity : null);
        const size = async (path: string) => (await files.facts(path))?.sizeBytes ?? 0;
        const { stream, stderr, number } = resident.first;
        const isFree = !(await resident.isAstir()) && !resident.isGone;
        if (isFree) return { first: number, from: await size(stream), stderrFrom: await size(stderr) };
      }
      await residents.end(name);
      const isRoom = rule.isOnce || (await residents.hasRoom(name, rule));
      const chosen = isRoom ? rule : once;
      if (chosen === null) return null;
      const budgetUsd = chosen.isOnce ? wish.perTurnUsd : processBudgetUsd(wish);
      planned = { turn: wish.turn, budgetUsd, key, rule: chosen };
      return newPart(wish);
    } catch {
      // A turn needs no resident.
      await residents.end(name);
      return null;
    }
  }

  /** Nobody else has added a prompt to its conversation. */
  async function isUntouched(kept: Kept): Promise<boolean> {
    const bytes = await tools.sessionBytes(kept.sessionId);
    if (bytes === null || bytes < kept.checkedBytes) return false;
    const added = await tools.readSession(kept.sessionId, kept.checkedBytes);
    if (!promptUuids(added).every(uuid => kept.lines.has(uuid))) return false;
    // The last line may be incomplete: it is looked at again.
    kept.checkedBytes += Buffer.byteLength(added.slice(0, added.lastIndexOf('\n') + 1));
    return true;
  }

  const promptOf = async ({ turn }: RunOrder): Promise<string> => {
    const prompt = await readText(files, turn.prompt, Number.POSITIVE_INFINITY);
    if (prompt === null) throw temporaryError(`turn ${turn.number} has lost its prompt`, 'The runner looks again.');
    return prompt;
  };

  /** Its answer stands in the conversation, and nothing after it. */
  async function isAnswered(turn: TurnLayout): Promise<boolean> {
    const intent = await readRecord<Intent>(files, turn.intent);
    const added = intent && (await tools.readSession(intent.sessionId, intent.transcriptBytes));
    return added !== null && endedWell(added, [intent!.mark]) !== null;
  }

  /** The line goes out only after the turn's `child` names the process, durably. */
  async function take(kept: Kept, order: RunOrder): Promise<Run> {
    const { turn, line, resident: part } = order;
    const prompt = await promptOf(order);
    await files.syncDirectory(turn.home);
    kept.lines.add(line);
    const { permissionMode } = definition;
    const hasAnswer = () => isAnswered(turn);
    const run = kept.resident.take({ turn, part: part!, prompt, line, permissionMode, hasAnswer });
    const over = run.over.finally(() => {
      residents?.rest(name);
      setTimeout(() => void question(kept, turn.number).catch(() => {}), patience.residentAskAfterMs).unref();
    });
    return { ...run, over };
  }

  /** How full its conversation is, and now and then how much of the plan is used, while it idles: nobody waits for it. */
  async function question(kept: Kept, turn: number): Promise<void> {
    const { resident } = kept;
    const isFree = () => resident.isIdle && !resident.isGone && resident.lastTurn === turn;
    if (!isFree()) return;
    // The summary asks nobody for counts.
    const context = contextUsage(await resident.ask({ subtype: 'get_context_usage', detail: 'summary' }));
    if (context) {
      kept.context = { ...context, turn };
      await writeAskedContext(files, layout, { sessionId: kept.sessionId, turn, ...context });
    }
    if (!isFree() || !residents?.isPlanDue()) return;
    const windows = planWindows(await resident.ask({ subtype: 'get_usage', skip_behaviors: true }));
    if (windows) await writePlan(files, root, { at: new Date(systemClock.nowMs()).toISOString(), windows });
  }

  /** The same; if it cannot be given the line, it ends: its `child` says that it has the turn. */
  const given = (kept: Kept, order: RunOrder): Promise<Run> =>
    take(kept, order).catch(async () => {
      await kept.resident.end();
      return NO_RUN;
    });

  /** null: the order is for a process of its own. */
  function prepare(order: RunOrder): ReadyRun | null {
    if (!residents || !order.resident) return null;
    return order.resident.first === order.turn.number ? prepareNew(order) : prepareNext(order);
  }

  /** For a resident that is there. */
  function prepareNext(order: RunOrder): ReadyRun {
    const { turn } = order;
    const kept = residents!.get(name);
    return {
      async start(): Promise<Started> {
        if (!kept || kept.resident.isGone) return { kind: 'started', run: NO_RUN };
        const linked = await files.link(kept.resident.first.child, turn.child);
        // Sealed by another runner.
        if (linked !== 'linked') return { kind: 'started', run: NO_RUN };
        if (await files.facts(turn.stop)) kept.resident.skip(turn.number);
        else return { kind: 'started', run: await given(kept, order) };
        return { kind: 'started', run: NO_RUN };
      },
      [Symbol.dispose]() {},
    };
  }

  function prepareNew(order: RunOrder): ReadyRun {
    const { turn, sessionId } = order;
    const plan = planned?.turn === turn.number ? planned : null;
    const budgetUsd = plan?.budgetUsd ?? order.maxBudgetUsd;
    const preparing = tools.prepareChild(order, { budgetUsd });
    preparing.catch(() => {});
    let hasStarted = false;
    /** null: it ended before it had the turn. */
    async function begin(launched: Launched & { kind: 'started' }): Promise<Run | null> {
      const resident = await begun(launched, turn);
      if (!resident) {
        await residents!.end(name);
        return null;
      }
      const kept: Kept = {
        resident,
        sessionId,
        key: plan?.key ?? '',
        budgetUsd,
        knowsWindow: order.contextWindow !== undefined,
        rule: plan?.rule ?? rule!,
        idleSinceMs: systemClock.monotonicMs(),
        lines: new Set(),
        checkedBytes: (await tools.sessionBytes(sessionId)) ?? 0,
      };
      residents!.add(name, kept);
      return given(kept, order);
    }
    return {
      async start(): Promise<Started> {
        hasStarted = true;
        const launched = await (await preparing).go();
        if (launched.kind === 'not-started') return launched;
        const { identity, exited } = launched;
        const alone = tools.processRun(turn, identity, exited);
        let taken: Run | null = null;
        const taking = begin(launched).then(run => {
          taken = run;
          return run ? run.over : exited;
        });
        const over = taking.catch(async () => {
          launched.stdin?.end();
          await alone.interrupt().catch(() => {});
          return exited;
        });
        return {
          kind: 'started',
          run: {
            identity,
            over,
            interrupt: () => (taken ?? alone).interrupt(),
            answer: (id, response) => taken?.answer?.(id, response),
          },
        };
      },
      [Symbol.dispose]() {
        if (hasStarted) return;
        void preparing.then(launcher => launcher.dismiss()).catch(() => {});
        void residents!.end(name);
      },
    };
  }

  /** Once the process has the turn's name `child`; null: it ended before, or another has the name. */
  async function begun(launched: Launched & { kind: 'started' }, first: TurnLayout): Promise<Resident | null> {
    const { identity, exited, stdin } = launched;
    let isGone = false;
    void exited.then(() => {
      isGone = true;
    });
    for (;;) {
      const child = await readChild(files, first);
      const isOurs = child.kind === 'started' && identity !== null && isSameProcess(child.identity, identity);
      if (isOurs && stdin) {
        // Of the agent and not of the process: other tools in the next turn would cost the prompt cache. A start takes some 30 ms more.
        const server = (definition.mcp ?? definition.resident !== null) ? tools.toolServer() : null;
        return createResident({ files, patience, identity, first, stdin, exited, tools: server, onAstray });
      }
      if (isGone || child.kind === 'sealed' || (child.kind === 'started' && !isOurs)) {
        stdin?.end();
        return null;
      }
      await systemClock.sleep(CHILD_LOOK_MS);
    }
  }

  return {
    find,
    prepare,
    /** What the agent's resident said after its last turn. */
    contextOf(sessionId: string): ContextUsage | null {
      const kept = residents?.get(name);
      if (kept?.sessionId !== sessionId || kept.context?.turn !== kept.resident.lastTurn) return null;
      return kept.context;
    },
    isOwn: (pid: number): boolean => {
      const resident = residents?.get(name)?.resident;
      return resident !== undefined && resident.identity.pid === pid && isAliveSync(resident.identity);
    },
    /** Of a turn that its process still has. */
    runOf(identity: ProcessIdentity, turn: TurnLayout): Run | null {
      const resident = residents?.get(name)?.resident;
      const isIts = resident && isSameProcess(resident.identity, identity) && resident.lastTurn === turn.number;
      return isIts ? resident.run : null;
    },
    /** One that another runner left in its turn is ended if it hangs over its answer. `gone`: it has ended, or nobody waits for it. */
    async attendOrphan(identity: ProcessIdentity, turn: TurnLayout, gone: Promise<unknown>): Promise<void> {
      const intent = await readRecord<Intent>(files, turn.intent);
      if (!intent?.resident) return;
      const { stream } = streamOf(turn, intent);
      const hasAnswer = () => isAnswered(turn);
      await using watch = watchOrphan({ files, clock: systemClock, stream, identity, hasAnswer, patience });
      watch.start();
      await gone;
    },
    /** The turn is over, though its process lives. */
    isDone(identity: ProcessIdentity, turn: TurnLayout): boolean {
      const resident = residents?.get(name)?.resident;
      if (!resident || !isSameProcess(resident.identity, identity)) return false;
      return resident.lastTurn > turn.number || (resident.lastTurn === turn.number && resident.isIdle);
    },
    /** One that another runner left: its input has ended, so it goes by itself. */
    async endStray(identity: ProcessIdentity): Promise<void> {
      if (residents?.holds(identity) || !(await isAlive(identity))) return;
      const enough = AbortSignal.timeout(patience.residentEndMs);
      const gone = await waitUntilGone(identity, { pollMs: CHILD_LOOK_MS, signal: enough }, systemClock);
      if (gone === 'aborted') await stopChild(identity, { graceMs: patience.stopGraceMs }, systemClock);
    },
    async stopLeftovers(turn: TurnLayout): Promise<number> {
      const intent = await readRecord<Intent>(files, turn.intent).catch(() => null);
      const home = intent?.resident ? turnLayout(dirname(turn.home), intent.resident.first).home : turn.home;
      const kept = residents?.get(name)?.resident;
      return stopLeftovers(home, systemClock, kept && !kept.isGone ? kept.identity : null);
    },
  };
}

/** Milliseconds between looks for a child that has just been started, or is about to end. */
const CHILD_LOOK_MS = 2;

/** It ends after its turn. */
const ONE_TURN: ResidentRule = {
  maxTurns: 1,
  idleTimeout: 0,
  maxRssMiB: Number.POSITIVE_INFINITY,
  isAuto: false,
  isOnce: true,
};

/** Nobody works on the turn, and nobody will: its `child` decides what becomes of it. */
const NO_RUN: Run = { identity: null, over: Promise.resolve(null), interrupt: async () => {} };
