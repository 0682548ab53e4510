/**
 * A card: a question to a person with few possible answers. It is one file, written once, and never changed; its answer,
 * its expiry and its withdrawal contend for one link beside it, and the first stands.
 */

/** What a permission rule of claude's allows: a tool, and which of its calls (`touch a *`); absent: all of them. */
export interface CardRule {
  toolName: string;
  ruleContent?: string | undefined;
}

/** A question of a call of AskUserQuestion, with what may be chosen. */
export interface CardQuestion {
  question: string;
  options: { label: string; description: string }[];
  /** More than one may be chosen. */
  several: boolean;
}

/** The tool of a question in the operator's inbox. */
export const ASK = 'ask';

/** What waits for a person, whatever it is on the disk: a card, or a question in the operator's inbox (questions.ts). */
export interface Asked {
  id: string;
  /** permission: may this call run? plan: may it begin with this plan? question: what does the person choose? */
  kind: 'permission' | 'question' | 'plan';
  /** The peer that asks, and the turn in which it asked first (0: a session has none). */
  peer: string;
  /** A session asks: its id. Absent: an agent does. */
  session?: string | undefined;
  /** Its life: another peer of that name is another one. */
  life: string;
  turn: number;
  /** The message that the turn is about; null: a turn of signals alone. */
  message: string | null;
  tool: string;
  /** What the tool is called with, as JSON; only its beginning, if it is longer than `limits.cardInputCharsMax`. */
  input: string;
  inputChars: number;
  /** Why claude asks, in its own words; null: it does not say. */
  reason: string | null;
  /** The rules that `--always` would keep; empty: claude suggests none. */
  rules: CardRule[];
  questions: CardQuestion[];
  at: string;
  /** Then it counts as denied; null: it stands until somebody ends it. */
  untilAt: string | null;
}

export interface Card extends Asked {
  untilAt: string;
}

/** How a card ended. `by`: the person's peer name. */
export type CardEnd =
  | { kind: 'allowed'; at: string; by: string; always: boolean }
  | { kind: 'answered'; at: string; by: string; answers: Record<string, string> }
  | { kind: 'denied'; at: string; by: string; reason: string }
  | { kind: 'expired'; at: string }
  /** Nobody waits for it any more. */
  | { kind: 'withdrawn'; at: string; reason: string };

/** Which call took the answer: written before the answer is sent, so that it serves one call at most. */
export interface CardUse {
  at: string;
  turn: number;
  /** The call's id, as claude has it. */
  call: string;
}
