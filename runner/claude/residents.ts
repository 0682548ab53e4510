/**
 * The resident claudes of one runner: at most one for each agent. A resident takes turn n only if it took turn n-1 of the
 * same session, nobody else has added to that conversation, and it was started with the flags that turn n would get;
 * otherwise it ends first. What makes room for others is the one that idles longest.
 */
import { freemem } from 'node:os';
import { systemClock } from '#blackboard/system/clock.ts';
import { limits } from '#blackboard/system/limits.ts';
import { isAliveSync, isSameProcess, type ProcessIdentity } from '#blackboard/system/process-identity.ts';
import type { ContextUsage } from '#hooks/claude/control-answers.ts';
import type { ResidentRule } from '#runner/agents/agent-file.ts';
import type { ResidentPart, ResidentWish } from '#runner/claude/port.ts';
import type { Patience, Resident } from '#runner/claude/resident.ts';
import { rssMiB } from '#runner/claude/rss.ts';

/** A resident, and what it was started for. */
export interface Kept {
  resident: Resident;
  sessionId: string;
  /** Of the flags, settings and instructions that it was started with. */
  key: string;
  /** USD that the process may cost. */
  budgetUsd: number;
  /** The model's window was known when it started: it makes a summary there (child-env.ts). */
  knowsWindow: boolean;
  rule: ResidentRule;
  idleSinceMs: number;
  /** Uuids of the lines that it was given, and bytes of the transcript in which no other prompt was found. */
  lines: Set<string>;
  checkedBytes: number;
  /** What it said of its conversation after that turn. */
  context?: ContextUsage & { turn: number };
}

export interface Residents extends AsyncDisposable {
  readonly patience: Patience;
  get(agent: string): Kept | null;
  /** Whether one may be started now; makes room for it, and keeps that until it is added or ended. */
  hasRoom(agent: string, rule: ResidentRule): Promise<boolean>;
  add(agent: string, kept: Kept): void;
  /** Resolves when it is gone. */
  end(agent: string): Promise<void>;
  /** The agent's turn is over: from now on its resident idles. */
  rest(agent: string): void;
  holds(identity: ProcessIdentity): boolean;
  /** Whether it is time to ask one of them for the plan's windows; then the time begins again. */
  isPlanDue(): boolean;
}

export function createResidents(options: { max: number; maxMiB: number | undefined; patience?: Patience }): Residents {
  const all = new Map<string, Kept>();
  let planAskedMs = Number.NEGATIVE_INFINITY;
  /** Agents that were told that there is room, and have not started one yet. */
  const promised = new Set<string>();
  const timers = new Map<string, NodeJS.Timeout>();

  const end = async (agent: string): Promise<void> => {
    clearTimeout(timers.get(agent));
    promised.delete(agent);
    const kept = all.get(agent);
    if (!kept) return;
    await kept.resident.end();
    if (all.get(agent) === kept) all.delete(agent);
  };
  const living = () => [...all].filter(([, { resident }]) => !resident.isGone);
  /** One that stays by its agent.md does not go for one that stays where there is room. */
  const longestIdle = (except: string, isAuto: boolean) =>
    living()
      .filter(([agent, { resident, rule }]) => agent !== except && resident.isIdle && (rule.isAuto || !isAuto))
      .sort(([, a], [, b]) => a.idleSinceMs - b.idleSinceMs)[0]?.[0];

  return {
    patience: options.patience ?? limits,
    get: agent => all.get(agent) ?? null,
    async hasRoom(agent, rule) {
      promised.delete(agent);
      if (rule.isAuto && availableBytes() < limits.residentAutoFreeMiB * 1024 * 1024) return false;
      for (;;) {
        // One that is ending counts until it is gone.
        const others = [...all].filter(
          ([name, { resident, rule }]) => name !== agent && !rule.isOnce && isAliveSync(resident.identity),
        );
        const usedMiB = others.reduce((sum, [, { resident }]) => sum + (rssMiB(resident.identity) ?? 0), 0);
        const isFull =
          others.length + promised.size >= options.max || usedMiB >= (options.maxMiB ?? Number.POSITIVE_INFINITY);
        if (!isFull) {
          promised.add(agent);
          return true;
        }
        const next = longestIdle(agent, rule.isAuto);
        if (next === undefined) return false;
        const ending = end(next);
        // Its turn is not kept waiting for that: it has a process of its own, and a later one finds room.
        if (rule.isAuto) return false;
        await ending;
      }
    },
    add(agent, kept) {
      promised.delete(agent);
      all.set(agent, kept);
    },
    end,
    rest(agent) {
      const kept = all.get(agent);
      if (!kept) return;
      kept.idleSinceMs = systemClock.monotonicMs();
      clearTimeout(timers.get(agent));
      const timer = setTimeout(() => {
        if (kept.resident.isIdle) void end(agent);
      }, kept.rule.idleTimeout);
      timers.set(agent, timer.unref());
    },
    holds: identity => [...all.values()].some(({ resident }) => isSameProcess(resident.identity, identity)),
    isPlanDue() {
      const nowMs = systemClock.monotonicMs();
      if (nowMs - planAskedMs < limits.planAskMs) return false;
      planAskedMs = nowMs;
      return true;
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([...all.keys()].map(end));
    },
  };
}

/** In a container its own limit counts, where Node knows that (20.13 and later). */
const availableBytes = (): number => process.availableMemory?.() ?? freemem();

/** Why this resident may not take the turn; null: it may. `key`: of the turn's own flags. */
export function whyNot(
  { resident, sessionId, key, budgetUsd, knowsWindow, rule }: Kept,
  wish: ResidentWish,
  turnKey: string,
): string | null {
  if (resident.isGone || !isAliveSync(resident.identity)) return 'it has ended';
  if (!resident.isIdle) return 'its last turn is not over';
  if (wish.isRestricted) return 'the turn has permissions of its own';
  if (!wish.resume || wish.sessionId !== sessionId) return 'the turn is of another session';
  if (resident.lastTurn !== wish.turn - 1) return 'another process had a turn since';
  if (key !== turnKey) return 'agent.md, the settings or claude have changed';
  if (resident.turns >= rule.maxTurns) return 'it has had its turns';
  const leftUsd = budgetUsd - resident.spentUsd;
  if (leftUsd < wish.perTurnUsd) return 'its budget does not cover the turn';
  if (leftUsd > processBudgetUsd(wish) + ROUNDING_USD) return 'it could cost more than the turn and the day allow';
  if (!knowsWindow && wish.context && wish.context.tokens >= wish.context.window / 2)
    return 'it does not know at which window it is to make a summary';
  if ((rssMiB(resident.identity) ?? 0) > rule.maxRssMiB) return 'it has grown';
  return null;
}

/**
 * USD that a process may cost that takes this turn: twice the turn's, and never more than is left of the day. Nothing
 * else bounds it while its runner is dead or stopped.
 */
export const processBudgetUsd = ({ perTurnUsd, dayUsd }: ResidentWish): number => Math.min(2 * perTurnUsd, dayUsd);

/** claude rounds what it has spent, and so do we what is left of the day. */
const ROUNDING_USD = 0.001;

export const newPart = ({ turn }: ResidentWish): ResidentPart => ({ first: turn, from: 0, stderrFrom: 0 });
