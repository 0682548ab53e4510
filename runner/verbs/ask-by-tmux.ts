/** Types a question into the pane of a session, waits for the end of its turn, and returns what it answered. */
import { notSoError, temporaryError } from '#blackboard/system/errors.ts';
import { limits } from '#blackboard/system/limits.ts';
import { readSaid, readTurn } from '#runner/panes/transcript.ts';
import type { AnsweredInto } from '#runner/results/panes.ts';
import type { VerbContext } from '#runner/verbs/context.ts';
import { placeOf } from '#runner/verbs/pane-writing.ts';
import { paneOf } from '#runner/verbs/said.ts';
import { type TypeOrder, typeInto } from '#runner/verbs/send-by-tmux.ts';
import { wait } from '#runner/verbs/wait.ts';

/**
 * Throws what `sendByTmux` throws; once it was sent, 1 if its turn ends without an answer, and 75 if the time is over or it stands
 * at a dialog: the question stays asked.
 */
export async function askByTmux(
  context: VerbContext,
  { timeoutMs, ...order }: TypeOrder & { timeoutMs: number },
): Promise<AnsweredInto> {
  const sentMs = Date.now();
  const { view, text } = await typeInto(context, order, { verb: 'ask', forPeople: 'ask --via tmux' });
  const there = { name: view.pane.id, socket: view.socket };
  for (const beganMs = performance.now(); ; ) {
    const leftMs = timeoutMs - (performance.now() - beganMs);
    const { result, subtype } = await wait(context, {
      ...there,
      ...{ timeoutMs: Math.max(0, leftMs), intervalMs: limits.waitLookMs, debounceMs: 0 },
    });
    const look = `The question was sent. See: agent-runner peek ${view.pane.id}`;
    if (result === 'MODAL') throw temporaryError(`the session stands at a dialog (${subtype})`, look);
    const { transcript } = await paneOf(context, there);
    // The transcript decides: what the state told a moment ago may be of before, or of an answer that was not written yet.
    const last = readTurn(transcript)?.turn;
    const isSince = last?.atMs != null && last.atMs >= sentMs;
    const answer = transcript && answerTo(text, (await readSaid(transcript, SAID_MAX)).texts);
    if (isSince && answer && last.turn === 'ended' && last.fault === null) return { ...placeOf(view), text, answer };
    const fault = last?.turn === 'interrupted' ? 'interrupted' : last?.turn === 'ended' ? last.fault : null;
    if (isSince && fault !== null) throw notSoError(`the turn ended without an answer (${WORDS[fault]})`, look);
    // One that waited for the end of another turn begins right behind it.
    await new Promise(resolve => setTimeout(resolve, limits.waitSettleMs));
  }
}

/** Texts of one turn that are looked through. */
const SAID_MAX = 200;

const WORDS = { interrupted: 'interrupted', 'api-error': 'error', 'not-logged-in': 'not logged in' };

/** The last text behind the question; null: there is none yet. */
export function answerTo(question: string, texts: readonly { role: string; text: string }[]): string | null {
  const asked = texts.findLastIndex(({ role, text }) => role === 'user' && text === question);
  const behind = texts.slice(asked + 1);
  const next = behind.findIndex(({ role }) => role === 'user');
  return asked < 0 ? null : (behind.slice(0, next < 0 ? undefined : next).at(-1)?.text ?? null);
}
