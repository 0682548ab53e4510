/** Ends a card, or a question to the operator, for a person: what `approve`, `deny` and `answer` share. The first end of a card stands. */
import type { Asked, Card, CardEnd, CardRule } from '#blackboard/cards/card.ts';
import { cardEndWords, ruleWords } from '#blackboard/cards/card-words.ts';
import { cardIds, readCard, type StandingCard } from '#blackboard/cards/cards.ts';
import { closeCard } from '#blackboard/cards/close-card.ts';
import type { PressVerb } from '#blackboard/cards/press.ts';
import { readQuestion } from '#blackboard/cards/questions.ts';
import { agentLayout, inboxLayout, rootLayout } from '#blackboard/layout.ts';
import { lifeAt } from '#blackboard/peers/agent-life.ts';
import { requireMessage } from '#blackboard/peers/known-message.ts';
import { readSession } from '#blackboard/peers/sessions.ts';
import { systemClock } from '#blackboard/system/clock.ts';
import { exitCode, isRunnerError, noSuchError, tooLateError, usageError } from '#blackboard/system/errors.ts';
import { isMessageId } from '#blackboard/system/ids.ts';
import { limits } from '#blackboard/system/limits.ts';
import { isAlive } from '#blackboard/system/process-identity.ts';
import { idFits, isIdPart, shortId, toldApart } from '#blackboard/system/short-id.ts';
import { keepRules } from '#runner/agents/kept-rules.ts';
import { requirePerson } from '#runner/agents/person.ts';
import { requirePress } from '#runner/agents/press.ts';
import type { Decided } from '#runner/results/cards.ts';
import type { VerbContext } from '#runner/verbs/context.ts';

/** A person and what they decide on. */
export interface Deciding {
  card: Asked;
  by: string;
  at: string;
  /** Throws 1 if somebody was faster. */
  decide(end: CardEnd): Promise<Decided>;
}

/**
 * `typed`: the id of a card, or of a question in the operator's inbox, or a unique part of it. `word`: of a pressed button, whose
 * card is named in full; null: a person is at a terminal. Throws 1 if it has ended, 64 if several fit, 66 if there is none, 77
 * unless a person calls.
 */
export async function openCard(
  context: VerbContext,
  verb: PressVerb,
  typed: string,
  word: string | null,
): Promise<Deciding> {
  const { files, root, env } = context;
  const by =
    word === null
      ? await requirePerson(files, root, env, verb)
      : await requirePress(files, root, { verb, card: typed, word }, Date.now());
  const wanted = typed.trim().toLowerCase();
  const shown = JSON.stringify(typed.slice(0, 80));
  if (!isIdPart(wanted))
    throw usageError(
      `${shown} is no card’s id: expected the id, or at least ${limits.idPartCharsMin} characters of its end or beginning`,
      'The cards that wait: agent-runner approvals',
    );
  const nowMs = Date.now();
  const begun = { by, at: new Date(nowMs).toISOString() };
  const found = await fitting(context, wanted, nowMs);
  if (found.length > 1) {
    const ids = toldApart(found.map(({ card }) => card.id)).join(', ');
    throw usageError(`${shown} fits ${found.length} cards: ${ids}`, 'Type one of these.');
  }
  const [one] = found;
  if (!one) throw noSuchError(`there is no card ${shown}`, 'The cards that wait: agent-runner approvals');
  if ('outcome' in one) return { ...begun, card: one.card, decide: questionEnd(context, one) };
  const { card, end } = one;
  if (end !== null) throw tooLate(card, cardEndWords(end));
  if (await isThere(context, card)) return { ...begun, card, decide: cardEnd(context, card) };
  const gone = { kind: 'withdrawn' as const, at: begun.at, reason: 'the one that asked is gone' };
  throw tooLate(card, cardEndWords((await closeCard({ files, root, clock: systemClock }, card, gone)).end));
}

/** Whether the one that asks is: that agent, or that session with its process. */
async function isThere({ files, root }: VerbContext, { peer, session, life }: Card): Promise<boolean> {
  if (session !== undefined) {
    const known = await readSession(files, root, session);
    return known?.process != null && (await isAlive(known.process));
  }
  const { definition, home } = agentLayout(root, peer);
  return (await files.facts(definition)) !== null && (await lifeAt(files, home)) === life;
}

type Standing = StandingCard | NonNullable<Awaited<ReturnType<typeof readQuestion>>>;

async function fitting({ files, root }: VerbContext, wanted: string, nowMs: number): Promise<Standing[]> {
  const fits = (ids: readonly string[]) => ids.filter(id => isMessageId(id) && idFits(id, wanted));
  const cards = fits(await cardIds(files, root)).map(id => readCard(files, root, id, nowMs));
  const { ids } = inboxLayout(rootLayout(root).operator);
  const questions = fits(await files.list(ids)).map(id => readQuestion(files, root, id));
  return (await Promise.all([...cards, ...questions])).filter(each => each !== null);
}

const tooLate = ({ id }: Asked, how: string): Error => tooLateError(`card ${shortId(id)} has ended: ${how}`);

const decided = (
  { id, peer, tool }: Asked,
  { kind }: CardEnd,
  kept: { rules: readonly CardRule[]; ruleFiles: string[] } = { rules: [], ruleFiles: [] },
): Decided => ({
  ...{ id, peer, tool, how: kind as Decided['how'], rules: kept.rules.map(ruleWords), ruleFiles: kept.ruleFiles },
});

const cardEnd =
  ({ files, root }: VerbContext, card: Card): Deciding['decide'] =>
  async end => {
    const isForGood = end.kind === 'allowed' && end.always;
    const ended = await closeCard({ files, root, clock: systemClock }, card, end);
    if (!ended.isFirst) throw tooLate(card, cardEndWords(ended.end));
    // The runner does the same: it may hear of the answer before this has gone so far.
    const rules = isForGood ? card.rules : [];
    return decided(card, end, { rules, ruleFiles: await keepRules(files, agentLayout(root, card.peer), rules) });
  };

/** The end of a question is the reply to it, also by `reply`: the delivery of the first one stands. */
function questionEnd(
  context: VerbContext,
  { card, outcome }: Extract<Standing, { outcome: unknown }>,
): Deciding['decide'] {
  const { id } = card;
  if (outcome) throw tooLate(card, outcome.reason ?? 'it was answered before');
  return async end => {
    const { readMessage, replyTo } = await import('#runner/verbs/reply.ts');
    const known = await requireMessage(context.files, context.root, id);
    const text = end.kind === 'answered' ? Object.values(end.answers).join('\n') : 'reason' in end ? end.reason : '';
    const message = await readMessage(context.files, known);
    const { delivery } = await replyTo(context, known, message, { text }).catch((error: unknown) => {
      throw isRunnerError(error) && error.exit === exitCode.badData ? tooLate(card, error.message) : error;
    });
    if (delivery === 'duplicate') throw tooLate(card, 'it was answered before, in the same words');
    return decided(card, end);
  };
}
