/** What a wake socket answers: one line of JSON. */

import type { RefusalCode } from '#blackboard/signals/signal.ts';
import { parseObject } from '#blackboard/text/json.ts';

export type Answer =
  /** On disk. `id` names the waiting signal; it starts its turn from `dueAt` on. */
  | { answer: 'accepted' | 'coalesced' | 'duplicate'; id: string; dueAt: string }
  /** `retryAt`: when to try again, if waiting helps. */
  | { answer: 'refused'; code: RefusalCode; retryAt?: string };

export const formatAnswer = (answer: Answer): string => `${JSON.stringify(answer)}\n`;

/** null: not an answer of ours. */
export function parseAnswer(line: string): Answer | null {
  const answer = parseObject(line) as Answer | null;
  return answer && (answer.answer === 'refused' || typeof answer.id === 'string') ? answer : null;
}

export const refusal = (code: RefusalCode, retryAtMs?: number): Answer => ({
  answer: 'refused',
  code,
  ...(retryAtMs === undefined ? {} : { retryAt: new Date(retryAtMs).toISOString() }),
});

/** For people: what a code means, and what helps. */
export const REFUSALS: Readonly<Record<RefusalCode, string>> = {
  'too-long': 'the line is longer than 4 KB',
  'not-utf8': 'the line is not UTF-8',
  'second-line': 'more than one line came',
  'not-json': 'the line is not JSON',
  'not-an-object': 'the line is not a JSON object',
  'not-a-string': 'a field is not a string',
  'duplicate-field': 'a field stands twice',
  'unknown-field': 'a field is none of token, type and (of file_changed) path',
  'missing-field': 'token or type is missing, or the path of file_changed',
  'unknown-type': 'the type is neither wake nor file_changed',
  'bad-path': 'the path is not absolute, too long, or holds control characters',
  'too-slow': 'the line did not end within a second',
  'too-many': 'too many connections were open, and of the process with most of them this one had taken longest',
  'other-user': 'the sender is another user',
  'bad-token': 'the token is not that of this start of the peer: read notify.token again',
  'path-outside': 'the path is not there, or lies outside the directories in which the peer works',
  disabled: 'signals are switched off (agent-runner signals on)',
  'rate-minute': '30 signals a minute is the limit',
  'rate-hour': '200 signals an hour is the limit',
  'pending-full': 'too many signals wait already',
  budget: 'the budget of today for turns that signals start is used up',
  failed: 'it could not be written down',
};
