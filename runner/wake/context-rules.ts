/**
 * What is done with a session whose conversation is fuller than a rule of config.yaml says, and that idles. Once for each time that it
 * has become so: the crossing is written down before anything is done, and forgotten when the context has fallen below again. Pure.
 */
import type { ContextAtEnd } from '#hooks/claude/transcript-context.ts';
import type { LastTurn } from '#hooks/claude/transcript-tail.ts';
import type { ContextRule } from '#runner/agents/config.ts';

/** none: nothing · forget: it is below again, the next crossing counts · wait: a turn runs · act: it idles, as its transcript tells. */
export type RuleStep = 'none' | 'forget' | 'wait' | 'act';

export interface RuleFacts {
  context: ContextAtEnd | null;
  turn: Pick<LastTurn, 'turn' | 'fault'> | null;
  /** This crossing is written down. */
  isCrossed: boolean;
}

export function ruleStep(
  rule: Pick<ContextRule, 'when' | 'window'>,
  { context, turn, isCrossed }: RuleFacts,
): RuleStep {
  if (context === null || turn === null) return 'none';
  if (partOf(rule, context) <= thresholdOf(rule)) return isCrossed ? 'forget' : 'none';
  if (isCrossed) return 'none';
  // After an error of the API the same would fail again; after an interruption its person is about to say something.
  return turn.turn === 'ended' && turn.fault === null ? 'act' : 'wait';
}

/** The part of the model's window that is used. */
export const partOf = ({ window }: Pick<ContextRule, 'window'>, { tokens, model }: ContextAtEnd): number =>
  tokens / (window ?? windowOf(model));

export const thresholdOf = ({ when }: Pick<ContextRule, 'when'>): number => Number(/0\.\d+/.exec(when)?.[0] ?? 1);

/** Whether the rule is for that session, by its name or its id. */
export const isFor = ({ sessions }: Pick<ContextRule, 'sessions'>, peer: { id: string; name: string }): boolean =>
  sessions === undefined || sessions.includes(peer.name) || sessions.includes(peer.id);

/** Tokens that a model takes, by its name: no transcript says it (2.1.332). One that nobody knows takes what all do. */
export const windowOf = (model: string | null): number =>
  model !== null && /(?:^|-)5-5(?:-|$)|\[1m\]$/.test(model) ? 1_000_000 : 200_000;
