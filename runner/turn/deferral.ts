/**
 * A call that waits for a person without a process: the turn that made it has ended with a card, and its session holds the
 * call. Once the card has ended, the next turn of that session brings the decision: claude asks the hook again before
 * anything else. An allow is taken by one durable record first, so that it serves one call at most.
 */
import { askPerson } from '#blackboard/cards/ask-person.ts';
import type { CardEnd } from '#blackboard/cards/card.ts';
import { cardEndWords } from '#blackboard/cards/card-words.ts';
import { isOverdue, raiseCard, readCard, useCard } from '#blackboard/cards/cards.ts';
import { closeCard } from '#blackboard/cards/close-card.ts';
import type { TurnLayout } from '#blackboard/layout.ts';
import { lifeOfInbox } from '#blackboard/peers/agent-life.ts';
import { printableLine } from '#blackboard/text/printable.ts';
import type { Deferred, Ended, Intent, Verdict } from '#blackboard/turns/turn-records.ts';
import { deferredDecision } from '#hooks/claude/defer-hook.ts';
import type { DeferredCall } from '#hooks/claude/stream.ts';
import type { AgentContext } from '#runner/turn/agent-ports.ts';

interface EndOfTurn {
  intent: Intent | null;
  verdict: Verdict;
  /** The call that it ended with. */
  call: DeferredCall | null;
  previous: Ended | null;
  /** claude has read its prompt. */
  began: boolean;
  /** The call of the turn before is still held. */
  isHeld: boolean;
}

/** The part of the decision on a turn: what waits after it; undefined: nothing. Raises the card, and asks; repeatable. */
export async function deferredAfter(
  context: AgentContext,
  { intent, verdict, call, previous, began, isHeld }: EndOfTurn,
): Promise<Deferred | undefined> {
  if (verdict.kind === 'deferred') return call ? ask(context, intent!, call) : undefined;
  if (began && !isHeld && !UNTOUCHED.has(verdict.kind)) return undefined;
  // The session has not gone on. A decision that was taken is not given twice: the person is asked again.
  return previous?.deferred;
}

const UNTOUCHED: ReadonlySet<Verdict['kind']> = new Set(['void', 'expired', 'unstarted']);

async function ask(context: AgentContext, intent: Intent, call: DeferredCall): Promise<Deferred> {
  const { files, root, clock, layout, definition } = context;
  const messages = intent.messages.filter(({ rider }) => !rider).map(({ id }) => id);
  const { card, end } = await raiseCard(files, root, {
    ...{ kind: 'permission', peer: layout.name, life: await lifeOfInbox(files, layout.inbox), turn: intent.turn },
    ...{ message: messages[0] ?? null, tool: call.name, arguments: call.input, reason: null, rules: [], questions: [] },
    at: new Date(clock.nowMs()).toISOString(),
    untilAt: new Date(clock.nowMs() + definition.approvalTimeout).toISOString(),
  });
  if (end === null) await askPerson(context, card);
  return { card: card.id, call: call.id, tool: call.name, sessionId: intent.sessionId, messages };
}

/** The call that this session holds after its last turn. */
export function heldBy(previous: Ended | null, session: { id: string; resume: boolean }): Intent['held'] {
  const { deferred } = previous ?? {};
  if (!deferred || !session.resume || session.id !== deferred.sessionId) return undefined;
  return { call: deferred.call, tool: deferred.tool };
}

/**
 * The elected turn takes the decision for the call that its session holds, and leaves it where the hook looks. `isOther`: it is not
 * about the work of that call, which may be over by now.
 */
export async function takeDecision(
  context: AgentContext,
  turn: TurnLayout,
  previous: Ended | null,
  session: { id: string; resume: boolean },
  isOther = false,
): Promise<Intent['decided']> {
  const { files, root, clock } = context;
  if (!heldBy(previous, session)) return undefined;
  const deferred = previous!.deferred!;
  const nowMs = clock.nowMs();
  const standing = await readCard(files, root, deferred.card, nowMs);
  const at = new Date(nowMs).toISOString();
  if (standing?.end === null) return undefined;
  const expired: CardEnd = { kind: 'expired', at };
  // A person may end it in this very moment: the first end stands.
  const isLate = standing && isOverdue(standing.card, nowMs);
  const end = isLate ? (await closeCard(context, standing.card, expired)).end : (standing?.end ?? expired);
  if (isOther && (end.kind === 'allowed' || end.kind === 'answered')) {
    // The yes stays for the work: the model asks there again, and has it then.
    const later: CardEnd = {
      kind: 'denied',
      at,
      by: '',
      reason: 'This turn is not about the work of this call: make it again there, if that is still to be done.',
    };
    await files.append(turn.decided, deferredDecision(deferred.call, later));
    return undefined;
  }
  const use = { at, turn: turn.number, call: deferred.call };
  if (standing && !(await useCard(files, root, deferred.card, use))) return undefined;
  await context.emit({
    ...{ type: 'card.given', id: deferred.card, turn: turn.number, tool: deferred.tool, text: cardEndWords(end) },
  });
  // Not fsynced: after a power loss the turn is over, and the next one asks again.
  await files.append(turn.decided, deferredDecision(deferred.call, end));
  return { card: deferred.card, words: wordsOf(deferred.tool, end) };
}

function wordsOf(tool: string, end: CardEnd): string {
  const call = `your call of ${printableLine(tool)}`;
  switch (end.kind) {
    case 'allowed':
      return `Your operator has allowed ${call}, and it has just run: its result stands above.`;
    case 'expired':
      return `Nobody answered in time whether you may make ${call}, so it was denied.`;
    case 'withdrawn':
      return `The question whether you may make ${call} was taken back, so it was denied.`;
    default:
      return `Your operator has denied ${call}: the reason stands above.`;
  }
}
