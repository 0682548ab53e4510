/** One agent's loop: every hint, timer and signal does the same thing: look. */

import { adoptUnplaced } from '#blackboard/inbox/deliver.ts';
import { type Later, releaseDue } from '#blackboard/inbox/release-due.ts';
import { settle } from '#blackboard/inbox/settle-drops.ts';
import type { Sightings } from '#blackboard/inbox/stability.ts';
import type { AgentLayout } from '#blackboard/layout.ts';
import type { MessageKind } from '#blackboard/messages/message.ts';
import { onFirstAbort } from '#blackboard/system/abort-any.ts';
import { reasonOf } from '#blackboard/system/errors.ts';
import type { Files } from '#blackboard/system/files.ts';
import { limits } from '#blackboard/system/limits.ts';
import { createLookLoop, type Looking } from '#blackboard/system/look-loop.ts';
import type { LeftDrop } from '#blackboard/system/one-entry.ts';
import { isElsewhere } from '#blackboard/system/process-identity.ts';
import type { SessionOwner } from '#hooks/claude/session-registry.ts';
import { turnElsewhere } from '#runner/claude/child-elsewhere.ts';
import type { Participant } from '#runner/fleet/once-drain.ts';
import { type Unchanged, unchangedState } from '#runner/fleet/unchanged.ts';
import { elsewhereBlocker, sessionBlocker } from '#runner/status/blockers.ts';
import { createLeftNotes, type LeftNotes } from '#runner/status/left-notes.ts';
import { tellBuriedDrops } from '#runner/status/tell-buried-drops.ts';
import type { AgentContext } from '#runner/turn/agent-ports.ts';
import { type Completed, completeBurials } from '#runner/turn/complete-burials.ts';
import { superviseOrphan } from '#runner/turn/supervise-child.ts';
import { type LookResult, lookOnce, readIntent, type TurnEffects } from '#runner/turn/turn.ts';

export interface Stopping {
  /** No new turns; the loop ends when its turn has. */
  drain: AbortSignal;
  /** Running turns are stopped now. */
  stopNow: AbortSignal;
}

/** How a loop came to its end. */
export type LoopEnd = { kind: 'stopped' } | { kind: 'drained' } | { kind: 'skipped'; reason: string };

export interface AgentLoop {
  /** Something may have changed. Cheap; may be called at any time. */
  hint(): void;
  run(): Promise<LoopEnd>;
}

/** What one look came to, as the loop needs it: again at once, or after a wait, or (with --once) the end. */
interface Next {
  waitMs: number;
  end?: LoopEnd;
  /** What keeps it from going on is over: asked every second, and ends the wait sooner. */
  isOver?(): Promise<boolean>;
  /** What the look settled was a turn that had never started. */
  isVoid?: boolean;
}

/** What a look left waiting: messages for later, and one that will expire. */
interface Waits {
  later: Later;
  /** Unix milliseconds; null: none that waits expires. */
  expiresMs: number | null;
}

/** When one of them is due or expires, Unix milliseconds. */
const nextInstant = ({ later, expiresMs }: Waits): number =>
  Math.min(later.nextDueMs ?? Number.POSITIVE_INFINITY, expiresMs ?? Number.POSITIVE_INFINITY);

/** Until then, and no longer than that. */
const waitFor = (waits: Waits, nowMs: number, atMostMs: number): number =>
  Math.min(atMostMs, Math.max(1, nextInstant(waits) - nowMs));

/** Nothing to do now; with --once an agent whose messages are for later is named as skipped. */
function untilDue(waits: Waits, nowMs: number, atMostMs: number = limits.idleLookMs): Next {
  const { waiting, nextDueMs } = waits.later;
  const waitMs = waitFor(waits, nowMs, atMostMs);
  if (nextDueMs === null) return { waitMs, end: { kind: 'drained' } };
  const reason = `${waiting} for later, the first at ${new Date(nextDueMs).toISOString()}`;
  return { waitMs, end: { kind: 'skipped', reason } };
}

const ownedReason = ({ pid }: SessionOwner): string => sessionBlocker(pid).sentence;

export function createAgentLoop(options: {
  files: Files;
  layout: AgentLayout;
  /** The context with today's agent.md; a text: why there is none (it has been told). */
  open(): Promise<AgentContext | string>;
  hooks: TurnEffects;
  signals: Stopping;
  once: boolean;
  /** With `once`: where it waits for the other agents to have nothing to do. Absent: it ends by itself. */
  place?: Participant | null;
  clock: AgentContext['clock'];
  /** A look failed; it is tried again within a second. */
  onError(error: unknown): void;
  /** A look went well. */
  onWell?(): void;
  /** Removes some of what is older than its retention, between looks. true: there is more to do. Never rejects. */
  sweep?(): Promise<boolean>;
}): AgentLoop {
  const { hooks, signals, clock } = options;
  const sightings: Sightings = new Map();
  const stuck: Sightings = new Map();
  const kinds = new Map<string, MessageKind>();
  const completed: Completed = new Set();
  /** When something was last seen to come to dead or leave it. */
  let buriedAtMs = -1;
  /** What the agent misses, and until when (monotonic) that alone is looked for. */
  let missing: { isOver(): Promise<boolean>; untilMs: number } | null = null;
  let end: LoopEnd = { kind: 'stopped' };
  /** Of drops that cannot be taken; made with the first context. */
  let tellLeft: LeftNotes | undefined;
  let tellUnread: LeftNotes | undefined;
  /** What was last said of why nothing is done. */
  let saidHold = '';
  /** The state of a look that found nothing, and what was waited for then. */
  let quiet: { state: Unchanged; waits: Waits } | null = null;

  const look = async (): Promise<Next> => {
    const before = await unchangedState(options.files, options.layout, clock.nowMs());
    if (quiet && !options.once && before === quiet.state && nextInstant(quiet.waits) > clock.nowMs())
      return untilDue(quiet.waits, clock.nowMs());
    quiet = null;
    const opened = await options.open();
    if (typeof opened === 'string') return { waitMs: limits.brokenRestMs, end: { kind: 'skipped', reason: opened } };
    const context = { ...opened, left: [] as LeftDrop[], stuck, kinds };
    const { files, layout } = context;
    const settled = await settle(files, layout.inbox, clock, sightings);
    tellLeft ??= createLeftNotes({ files, root: context.root, clock, where: layout.name, emit: context.emit });
    await tellLeft(settled.left);
    const burials = (await files.facts(layout.inbox.dead))?.mtimeMs ?? 0;
    if (burials !== buriedAtMs && (await files.list(layout.inbox.dead)).length > 0) {
      await completeBurials(context, completed);
      await tellBuriedDrops(context, completed);
    }
    buriedAtMs = burials;
    await adoptUnplaced(files, layout.inbox, mtimeMs => clock.nowMs() - mtimeMs > limits.unplacedRestMs);
    const later = await releaseDue(files, layout.inbox, clock.nowMs());
    const looked = await lookOnce(context, hooks);
    tellUnread ??= createLeftNotes({ files, root: context.root, clock, where: layout.name, emit: context.emit });
    await tellUnread(context.left);
    const leftCount = settled.left.length + context.left.length;
    if (looked.kind !== 'orphan') sayHold(context, looked);
    const waits = { later, expiresMs: ('expiresMs' in looked && looked.expiresMs) || null };
    switch (looked.kind) {
      case 'turned':
        return { waitMs: 0, ...(looked.ended.verdict.kind === 'void' ? { isVoid: true } : {}) };
      case 'yielded':
        return { waitMs: 0 };
      case 'idle':
        if (settled.unstable) return { waitMs: limits.dropLookMs };
        // A waiter that dies leaves its file as it is: only a whole look finds out that the reply is nobody's now.
        // What may be mended by its mode alone changes no directory.
        quiet =
          before === null || leftCount > 0 || (await files.list(layout.inbox.waiters)).length > 0
            ? null
            : { state: before, waits };
        return untilDue(waits, clock.nowMs(), leftCount > 0 ? limits.slowLookMs : limits.idleLookMs);
      case 'orphan': {
        // Nobody here can stop it, and nothing here tells when it ends but looking again.
        if (isElsewhere(looked.identity)) {
          const elsewhere = await turnElsewhere(files, looked.turn);
          const reason = elsewhere ? elsewhereBlocker(elsewhere).sentence : '';
          if (reason !== saidHold && !options.once) void context.emit({ type: 'agent.held', reason });
          saidHold = reason;
          return elsewhere ? { waitMs: limits.elsewhereLookMs, end: { kind: 'skipped', reason } } : { waitMs: 0 };
        }
        const intent = await readIntent(context, looked.turn);
        const untilMs = (intent ? Date.parse(intent.at) : clock.nowMs()) + context.definition.turnTimeout;
        const { turn, identity } = looked;
        const untilAt = new Date(untilMs).toISOString();
        void context.emit({ type: 'turn.left', turn: turn.number, pid: identity.pid, untilAt });
        await superviseOrphan(context, looked.turn, looked.identity, intent, signals.stopNow);
        return { waitMs: 0 };
      }
      case 'owned': {
        const reason = ownedReason(looked.owner);
        return { waitMs: waitFor(waits, clock.nowMs(), limits.ownerLookMs), end: { kind: 'skipped', reason } };
      }
      case 'held': {
        const untilMs = looked.untilMs ?? Number.POSITIVE_INFINITY;
        const gateMs = Math.min(limits.slowLookMs, Math.max(limits.dropLookMs, untilMs - clock.nowMs()));
        const waitMs = waitFor(waits, clock.nowMs(), gateMs);
        if (looked.passes) return { waitMs };
        const end: LoopEnd = { kind: 'skipped', reason: looked.reason };
        return { waitMs, end, ...(looked.isOver ? { isOver: looked.isOver } : {}) };
      }
    }
  };

  /** Once, while it stays so: why messages wait that will not go on by themselves soon. With --once the end says it. */
  const sayHold = ({ emit }: AgentContext, looked: LookResult): void => {
    const hold =
      looked.kind === 'owned'
        ? ownedReason(looked.owner)
        : looked.kind === 'held' && !looked.passes
          ? looked.reason
          : '';
    if (hold !== '' && hold !== saidHold && !options.once) void emit({ type: 'agent.held', reason: hold });
    saidHold = hold;
  };

  /** A step after each look, and all there are while there is nothing else to do. */
  const sweepWhile = async (isIdle: () => boolean): Promise<void> => {
    while ((await options.sweep?.()) && isIdle());
  };

  /** Another agent's turn may still write to this one, or ask it. */
  const isTheEnd = async ({ end, waitMs }: Next, { hinted, ending }: Looking): Promise<boolean> => {
    if (!options.once || !end) return false;
    if (!options.place || end.kind !== 'drained') return true;
    const slept = new AbortController();
    const isEnd = await options.place.rest(clock.sleep(waitMs, hinted, ending, slept.signal));
    slept.abort();
    return isEnd;
  };

  /** One round of the loop: a look, and what may follow it. Milliseconds until the next. */
  async function round(looking: Looking): Promise<number | null> {
    const { hinted, ending, failures } = looking;
    const isIdle = () => !hinted.aborted && !ending.aborted;
    const leftMs = missing ? missing.untilMs - clock.monotonicMs() : 0;
    if (missing && leftMs > 0 && !(await missing.isOver().catch(() => true)))
      return Math.min(limits.missingLookMs, leftMs);
    missing = null;
    options.place?.look();
    const next = await look().catch(async error => {
      // What is swept may be what a full disk lacks.
      await sweepWhile(isIdle);
      throw error;
    });
    // A turn that a fault kept from starting was cleared away: that says nothing of the fault.
    const isVoid = next.isVoid && failures > 0;
    if (next.waitMs === 0 && !isVoid) options.place?.worked();
    if (await isTheEnd(next, looking)) {
      end = next.end!;
      loop.stop();
    } else if (next.end?.kind === 'drained' && options.place) return 0;
    else await sweepWhile(() => (next.waitMs > 0 || isVoid === true) && isIdle());
    if (isVoid) return null;
    if (!next.isOver) return next.waitMs;
    missing = { isOver: next.isOver, untilMs: clock.monotonicMs() + next.waitMs };
    return Math.min(limits.missingLookMs, next.waitMs);
  }

  const loop = createLookLoop({
    clock,
    look: round,
    onError(error, failures) {
      options.onError(error);
      if (!options.once || failures <= limits.onceErrorsMax) return;
      end = { kind: 'skipped', reason: reasonOf(error) };
      loop.stop();
    },
    ...(options.onWell ? { onWell: options.onWell } : {}),
  });
  return {
    hint() {
      missing = null;
      loop.hint();
    },
    async run() {
      const leave = onFirstAbort([signals.drain], loop.stop);
      loop.start();
      await loop.over;
      leave();
      return end;
    },
  };
}
