/** Ends a card, for a person: what `approve`, `deny` and `answer` share. The first end of a card stands. */
import type { Card, CardEnd } from '#blackboard/cards/card.ts';
import { cardEndWords, ruleWords } from '#blackboard/cards/card-words.ts';
import { cardIds, readCard } from '#blackboard/cards/cards.ts';
import { closeCard } from '#blackboard/cards/close-card.ts';
import { agentLayout } from '#blackboard/layout.ts';
import { lifeAt } from '#blackboard/peers/agent-life.ts';
import { systemClock } from '#blackboard/system/clock.ts';
import { noSuchError, tooLateError, usageError } from '#blackboard/system/errors.ts';
import { limits } from '#blackboard/system/limits.ts';
import { idFits, isIdPart, shortId, toldApart } from '#blackboard/system/short-id.ts';
import { keepRules } from '#runner/agents/kept-rules.ts';
import type { FOR_PEOPLE } from '#runner/agents/person.ts';
import { requirePerson } from '#runner/agents/person.ts';
import type { Decided } from '#runner/results/cards.ts';
import type { VerbContext } from '#runner/verbs/context.ts';

/** A person and the card that they decide on. */
export interface Deciding {
  card: Card;
  by: string;
  at: string;
}

/**
 * `typed`: the card's id, or a unique part of it. Throws 1 if the card has ended, 64 if several fit, 66 if there is none,
 * 77 unless a person calls.
 */
export async function openCard(
  { files, root, env }: VerbContext,
  verb: (typeof FOR_PEOPLE)[number],
  typed: string,
): Promise<Deciding> {
  const by = await requirePerson(files, root, env, verb);
  const wanted = typed.trim().toLowerCase();
  const shown = JSON.stringify(typed.slice(0, 80));
  if (!isIdPart(wanted))
    throw usageError(
      `${shown} is no card’s id: expected the id, or at least ${limits.idPartCharsMin} characters of its end or beginning`,
      'The cards that wait: agent-runner approvals',
    );
  const ids = (await cardIds(files, root)).filter(id => idFits(id, wanted));
  if (ids.length > 1)
    throw usageError(`${shown} fits ${ids.length} cards: ${toldApart(ids).join(', ')}`, 'Type one of these.');
  const nowMs = Date.now();
  const standing = ids[0] === undefined ? null : await readCard(files, root, ids[0], nowMs);
  if (standing === null) throw noSuchError(`there is no card ${shown}`, 'The cards that wait: agent-runner approvals');
  const { card, end } = standing;
  if (end !== null) throw tooLate(card, end);
  const at = new Date(nowMs).toISOString();
  const { definition, home } = agentLayout(root, card.peer);
  const isThere = (await files.facts(definition)) !== null && (await lifeAt(files, home)) === card.life;
  if (isThere) return { card, by, at };
  const gone = { kind: 'withdrawn' as const, at, reason: 'its agent was removed' };
  throw tooLate(card, (await closeCard({ files, root, clock: systemClock }, card, gone)).end);
}

const tooLate = ({ id }: Card, end: CardEnd): Error =>
  tooLateError(`card ${shortId(id)} has ended: ${cardEndWords(end)}`);

/** Throws 1 if somebody was faster. */
export async function decide({ files, root }: VerbContext, card: Card, end: CardEnd): Promise<Decided> {
  const isForGood = end.kind === 'allowed' && end.always;
  const ended = await closeCard({ files, root, clock: systemClock }, card, end);
  if (!ended.isFirst) throw tooLate(card, ended.end);
  // The runner does the same: it may hear of the answer before this has gone so far.
  if (isForGood) await keepRules(files, agentLayout(root, card.peer), card.rules);
  return {
    id: card.id,
    peer: card.peer,
    tool: card.tool,
    how: end.kind as Decided['how'],
    rules: isForGood ? card.rules.map(ruleWords) : [],
  };
}
