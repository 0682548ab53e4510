/** Types a question into the pane of a session, waits for the end of its turn, and returns what it answered. */
import { isRunnerError, notSoError, temporaryError } from '#blackboard/system/errors.ts';
import { limits } from '#blackboard/system/limits.ts';
import { isInterruption, type LastTurn, type SaidText } from '#hooks/claude/transcript-tail.ts';
import { readSaid, readTurn } from '#runner/panes/transcript.ts';
import type { AnsweredInto } from '#runner/results/panes.ts';
import type { VerbContext } from '#runner/verbs/context.ts';
import { placeOf } from '#runner/verbs/pane-summary.ts';
import { type TypeOrder, typeInto } from '#runner/verbs/send-by-tmux.ts';
import { paneOf, type SessionOrder } from '#runner/verbs/session-pane.ts';
import { wait } from '#runner/verbs/wait.ts';

/**
 * Throws what `sendByTmux` throws; once it was sent, 1 if its turn ends without an answer, and 75 if the time is over, the pane is
 * gone or it stands at a dialog: the question stays asked.
 */
export async function askByTmux(
  context: VerbContext,
  { timeoutMs, ...order }: TypeOrder & { timeoutMs: number },
): Promise<AnsweredInto> {
  const sentMs = Date.now();
  const { view, text, carried } = await typeInto(context, order, { verb: 'ask', forPeople: 'ask --via tmux' });
  const there = { name: view.pane.id, socket: view.socket };
  const answer = await answerIn(context, { ...there, text, sentMs, timeoutMs });
  return { ...placeOf(view), text, carried, answer };
}

export interface AskedIn extends SessionOrder {
  text: string;
  /** Not before this it was sent, Unix milliseconds. */
  sentMs: number;
  timeoutMs: number;
}

/** What the question that was sent to that pane is answered with. */
export async function answerIn(context: VerbContext, asked: AskedIn): Promise<string> {
  const beganMs = performance.now();
  const leftMs = () => Math.max(0, asked.timeoutMs - (performance.now() - beganMs));
  const see = (verb: string) => `The question was sent. See: agent-runner ${verb} ${asked.name}`;
  const end = await lookForEnd(context, asked, leftMs).catch(error => {
    if (!isRunnerError(error)) throw error;
    const words = leftMs() > 0 ? error.message : `there was no answer within ${asked.timeoutMs / 1000} s`;
    throw temporaryError(words, see('peek'));
  });
  if (end.kind === 'answered') return end.answer;
  if (end.kind === 'unanswered') throw notSoError(`the turn ended without an answer (${end.why})`, see('peek'));
  // The conversation does not have the dialog.
  throw temporaryError(`the session stands at a dialog (${end.subtype})`, see('status'));
}

async function lookForEnd(
  context: VerbContext,
  { text, sentMs, ...there }: AskedIn,
  leftMs: () => number,
): Promise<End | { kind: 'dialog'; subtype: string | null }> {
  for (;;) {
    const { result, subtype } = await wait(context, {
      ...there,
      ...{ timeoutMs: leftMs(), intervalMs: limits.waitLookMs, debounceMs: 0 },
    });
    if (result === 'MODAL') return { kind: 'dialog', subtype };
    const { transcript } = await paneOf(context, there);
    // The transcript decides: the state of a moment ago may be of before, or of an answer that was not written yet.
    const last = readTurn(transcript)?.turn;
    const said = transcript && last ? readSaid(transcript, SAID_MAX).texts : [];
    const end = last ? endOf({ text, sentMs }, said, last) : null;
    if (end) return end;
    // One that waited for the end of another turn begins right behind it.
    await new Promise(resolve => setTimeout(resolve, limits.waitSettleMs));
  }
}

/** Texts of one turn that are looked through. */
const SAID_MAX = 200;

const FAULTS = { 'api-error': 'error', 'not-logged-in': 'not logged in' };

type End = { kind: 'answered'; answer: string } | { kind: 'unanswered'; why: string };

/** What became of a question, by what was said and how the last turn stands; null: nothing yet. Pure. */
export function endOf(
  question: { text: string; sentMs: number },
  said: readonly SaidText[],
  last: Pick<LastTurn, 'turn' | 'fault'>,
): End | null {
  const since = said.filter(({ at }) => at !== null && Date.parse(at) >= question.sentMs);
  const asked = since.findLastIndex(({ role, text }) => role === 'user' && text === question.text);
  if (asked < 0) return null;
  const behind = since.slice(asked + 1);
  const next = behind.findIndex(({ role }) => role === 'user');
  if (next >= 0 && isInterruption(behind[next]!.text)) return { kind: 'unanswered', why: 'interrupted' };
  const answer = behind.slice(0, next < 0 ? undefined : next).at(-1)?.text;
  if (next < 0 && last.turn === 'interrupted') return { kind: 'unanswered', why: 'interrupted' };
  if (next < 0 && last.turn !== 'ended') return null;
  if (next < 0 && last.fault !== null) return { kind: 'unanswered', why: FAULTS[last.fault] };
  return answer === undefined ? null : { kind: 'answered', answer };
}
