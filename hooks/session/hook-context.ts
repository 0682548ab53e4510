/** What all our hooks work with. */
import { finishWriting } from '#blackboard/board/finish-writing.ts';
import { settleBoardDrops } from '#blackboard/board/settle-drops.ts';
import { loadSettling, tidyInbox } from '#blackboard/inbox/maintain.ts';
import type { Sightings } from '#blackboard/inbox/stability.ts';
import type { SessionLayout } from '#blackboard/layout.ts';
import type { Clock } from '#blackboard/system/clock.ts';
import { type Deadline, deadlineAt, untilDeadline } from '#blackboard/system/deadline.ts';
import type { Files } from '#blackboard/system/files.ts';
import { limits } from '#blackboard/system/limits.ts';
import type { ProcessIdentity } from '#blackboard/system/process-identity.ts';
import { quoted } from '#blackboard/text/shell-word.ts';
import { type Agenda, agendaOf, batchAfter, type Item, type Part } from '#hooks/session/agenda.ts';
import type { HookEvent } from '#hooks/session/hook-event.ts';

export interface HookContext {
  files: Files;
  root: string;
  clock: Clock;
  /**
   * When the hook began to work, by the monotonic clock: its time counts from here (agenda.ts), without the time to
   * load code.
   */
  begunMs: number;
  env: Readonly<Record<string, string | undefined>>;
  event: HookEvent;
  layout: SessionLayout;
  /** This hook's own process: it may have to finish what a dead writer left on the board. */
  self: ProcessIdentity;
  /** ` --root <directory>` for the commands it names, or ''. */
  rootOption: string;
  /** A line in hooks.log. */
  note(reason: string): Promise<void>;
  /** Claude wants it to end. */
  ending?: AbortSignal | undefined;
  /** What is done after the event's answer is printed, in this order. */
  afterwards: (() => Promise<unknown>)[];
}

/** The option that names the root in commands; nothing for the one in the user's home directory. */
export const rootOptionOf = (root: string, home: string): string => (root === home ? '' : ` --root ${quoted(root)}`);

/** Whether a person uses the session (measured: interactive only). */
export const isAttended = (env: HookContext['env']): boolean => env.CLAUDE_CODE_SESSION_ATTENDED === '1';

/** What each part does, with this port: it does one thing, and no further one after its time is over. */
export type Work = Partial<Record<Part, (files: Files, time: Deadline) => Promise<unknown>>>;

/** Until the hook has worked for this long, and in any case for a moment from now. */
export const partDeadline = ({ clock, begunMs }: HookContext, untilMs: number): Deadline =>
  deadlineAt(clock, Math.max(begunMs + untilMs, clock.monotonicMs() + limits.hookPartMs));

/** Does the parts in order, each as far as its time allows; what takes far too long is stopped. */
export async function perform(context: HookContext, items: readonly Item[], work: Work): Promise<void> {
  const { files, clock, begunMs } = context;
  for (const { part, untilMs } of items) {
    const effect = work[part];
    if (!effect) continue;
    const time = partDeadline(context, untilMs ?? limits.hookWorkMs);
    const end = deadlineAt(clock, begunMs + limits.hookEndMs);
    if (untilMs === null) await effect(files, time);
    else await untilDeadline(files, end, port => effect(port, time));
  }
}

/** Returns the parts that come after the print; `work` may still be added to until then. */
export function afterPrint(context: HookContext, by: Parameters<typeof agendaOf>[0], work: Work): Agenda {
  const agenda = agendaOf(by);
  context.afterwards.push(() => perform(context, agenda.after, work));
  return agenda;
}

/** Loads what `takeInbox` will need, before its time begins. */
export async function prepareInbox(context: HookContext): Promise<void> {
  const startedMs = context.clock.monotonicMs();
  await loadSettling(context.files, context.layout.inbox);
  context.begunMs += context.clock.monotonicMs() - startedMs;
}

/** Takes what was dropped for the session, as many at once as its time allows, until nothing more can be taken. */
export async function takeInbox({ layout, clock }: HookContext, files: Files, time: Deadline): Promise<void> {
  const take = async (atOnce: number) => (await tidyInbox(files, layout.inbox, clock, undefined, atOnce)).taken;
  await takeAll(clock, time, take);
}

/** Maintains the board before a read: drops, and the entries of dead writers. */
export async function takeBoard({ root, clock, self }: HookContext, files: Files, time: Deadline): Promise<void> {
  const sightings: Sightings = new Map();
  const take = async (atOnce: number) =>
    (await settleBoardDrops(files, root, clock, sightings, { self, once: true, atOnce })).taken;
  await takeAll(clock, time, take);
  await finishWriting(files, root, { self, nowMs: clock.nowMs() });
}

async function takeAll(clock: Clock, time: Deadline, take: (atOnce: number) => Promise<number>): Promise<void> {
  for (let atOnce = 1; ; ) {
    const startedMs = clock.monotonicMs();
    const taken = await take(atOnce);
    if (taken === 0 || time.isOver()) return;
    atOnce = batchAfter(taken, clock.monotonicMs() - startedMs, time.leftMs());
  }
}
