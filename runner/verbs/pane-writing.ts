/** What every verb that writes into a pane does: a person calls, the pane is theirs alone, the gate is open, and it is logged. */
import { systemClock } from '#blackboard/system/clock.ts';
import { isRunnerError, reasonOf, refusedError } from '#blackboard/system/errors.ts';
import { type FOR_PEOPLE, requirePerson } from '#runner/agents/person.ts';
import type { PaneVerb } from '#runner/panes/gates.ts';
import { lookAgain, type PaneView } from '#runner/panes/look.ts';
import { lockPane } from '#runner/panes/pane-lock.ts';
import { logWrite } from '#runner/panes/pane-log.ts';
import { requireAside, withDraftAside } from '#runner/panes/stash.ts';
import { createTmux } from '#runner/panes/tmux.ts';
import type { WritablePane } from '#runner/panes/writable-pane.ts';
import { requireGate, SELF_HINT } from '#runner/panes/write.ts';
import type { VerbContext } from '#runner/verbs/context.ts';
import { requireOwnPane } from '#runner/verbs/own-pane.ts';
import { paneOf, type SessionOrder } from '#runner/verbs/session-pane.ts';

export interface WriteOrder extends SessionOrder {
  force?: boolean;
  /** A draft in the box is put aside first, and comes back. */
  stash?: boolean;
  logsText?: boolean;
}

export interface Writing {
  verb: PaneVerb;
  /** As the table of what only a person may do calls it; null: who calls is proven already. */
  forPeople: (typeof FOR_PEOPLE)[number] | null;
  /** What is typed, or the key: for the log. */
  text: string;
}

/**
 * Runs `write` while nobody else of us writes to that pane. Throws 66 for nobody, 69 without tmux, 75 while the gate is closed, 77
 * unless a person calls, and for the own pane.
 */
export async function writeToPane<Result>(
  context: VerbContext,
  order: WriteOrder,
  { verb, forPeople, text }: Writing,
  write: (pane: WritablePane, view: PaneView, isForced: boolean) => Promise<Result>,
): Promise<Result> {
  const { files, root, env } = context;
  if (forPeople !== null)
    await requirePerson(files, root, env, forPeople).catch(async error => {
      throw (await isOwnPane(context, order).catch(() => false)) ? ownPaneError(verb) : error;
    });
  const found = await paneOf(context, order);
  const tmux = createTmux(found.socket, env);
  const { id } = found.pane;
  const pane: WritablePane = {
    look: async () =>
      (await lookAgain(tmux, found, env)) ?? (await paneOf(context, { name: id, socket: found.socket })),
    write: what => tmux.write(id, what),
    nowMs: () => systemClock.monotonicMs(),
    sleep: ms => systemClock.sleep(ms),
  };
  const release = await lockPane(found.socket, id);
  try {
    // By its id from here on: the name may have moved to another pane meanwhile.
    const view = await pane.look();
    const stashes = order.stash === true && view.state === 'drafting' && !view.isOwn;
    if (stashes) requireAside(view);
    const gate = (now: PaneView) => requireGate(now, verb, order.force === true);
    const isForced = !stashes && gate(view);
    const { open, state, subtype, socket } = view;
    const ended = await logWrite(files, root, {
      ...{ verb, pane: view.pane, socket, session: open?.sessionId ?? null },
      gate: { state, subtype, forced: isForced },
      ...{ text, stashes, logsText: order.logsText === true },
    });
    try {
      const result = stashes
        ? await withDraftAside(pane, view, async (emptied, empty) => write(emptied, empty, gate(empty)))
        : await write(pane, view, isForced);
      await ended('done');
      return result;
    } catch (error) {
      // The words of an error may have what stood in the box.
      await ended(isRunnerError(error) ? (reasonOf(error).split(':')[0] ?? '') : 'failed');
      throw error;
    }
  } finally {
    release();
  }
}

/** A tool call of the session that stands in this pane. */
async function isOwnPane(context: VerbContext, order: SessionOrder): Promise<boolean> {
  const { view } = await requireOwnPane(context);
  const { pane, socket } = await paneOf(context, order);
  return pane.id === view.pane.id && socket === view.socket;
}

const ownPaneError = (verb: PaneVerb) =>
  refusedError(`${verb} is refused in the own pane: its claude runs this very call`, SELF_HINT);
