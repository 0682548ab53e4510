/** What every hook of ours works with. */
import { finishWriting } from '../../blackboard/board/finish-writing.ts';
import { settleBoardDrops } from '../../blackboard/board/settle-drops.ts';
import type { Clock } from '../../blackboard/clock.ts';
import { deadlineAt, untilDeadline } from '../../blackboard/deadline.ts';
import type { Files } from '../../blackboard/files.ts';
import { tidyInbox } from '../../blackboard/inbox/tidy.ts';
import type { SessionLayout } from '../../blackboard/layout.ts';
import { limits } from '../../blackboard/limits.ts';
import type { ProcessIdentity } from '../../blackboard/process-identity.ts';
import type { Sightings } from '../../blackboard/resting.ts';
import type { SessionPeer } from '../../blackboard/sessions.ts';
import { quoted } from '../../blackboard/shell-word.ts';
import { type Agenda, agendaOf, type Item, type Part } from './agenda.ts';
import type { HookEvent } from './hook-event.ts';

export interface HookContext {
  files: Files;
  root: string;
  clock: Clock;
  /** When the hook began, by the monotonic clock: its time counts from here (agenda.ts). */
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
  /** What is done once the event's answer is printed, in this order. */
  afterwards: (() => Promise<unknown>)[];
}

/** A session that hooks run for: with a name where a person sits at it, without one where it is `claude -p`. */
export interface Listener {
  context: HookContext;
  peer: SessionPeer | null;
}

/** What names the root in commands; nothing where it is the one in the user's home directory. */
export const rootOptionOf = (root: string, home: string): string => (root === home ? '' : ` --root ${quoted(root)}`);

/** Whether a person sits at the session (measured: interactive only). */
export const isAttended = (env: HookContext['env']): boolean => env.CLAUDE_CODE_SESSION_ATTENDED === '1';

/** What each part does; it is given the port to do it with. */
export type Work = Partial<Record<Part, (files: Files) => Promise<unknown>>>;

/** Does the parts in their order, each as far as its time goes. */
export async function perform({ files, clock, begunMs }: HookContext, items: readonly Item[], work: Work) {
  for (const { part, untilMs } of items) {
    const effect = work[part];
    if (!effect) continue;
    if (untilMs === null) await effect(files);
    else await untilDeadline(files, deadlineAt(clock, begunMs + untilMs), effect);
  }
}

/** Leaves the parts for after the print to whoever prints; `work` may still be added to until then. */
export function afterPrint(context: HookContext, by: Parameters<typeof agendaOf>[0], work: Work): Agenda {
  const agenda = agendaOf(by);
  context.afterwards.push(() => perform(context, agenda.after, work));
  return agenda;
}

/** Takes what was dropped for the session, a few at a time, until nothing more can be taken. */
export async function takeInbox({ layout, clock }: HookContext, files: Files): Promise<void> {
  for (;;) {
    const { taken } = await tidyInbox(files, layout.inbox, clock, undefined, limits.hookDropsAtOnce);
    if (taken === 0) return;
  }
}

/** Puts the board in order before a reading: drops, and the entries of writers that died. */
export async function takeBoard({ root, clock, self }: HookContext, files: Files): Promise<void> {
  const sightings: Sightings = new Map();
  const options = { self, once: true, atOnce: limits.hookDropsAtOnce };
  for (;;) {
    const { taken } = await settleBoardDrops(files, root, clock, sightings, options);
    if (taken === 0) break;
  }
  await finishWriting(files, root, { self, nowMs: clock.nowMs() });
}
