/**
 * The end of a session's transcript: how its last turn stands, and what was said last. Shapes measured with CLI 2.1.329 and
 * 2.1.332. Pure.
 */
import { contentOf, type Json, recordsOf } from '#hooks/claude/transcript-records.ts';

/**
 * none: nothing was asked since the start, /clear or /compact · ended: the model has answered, or the API refused · interrupted:
 * by its person · prompted: a prompt, or a tool's result, has no answer yet · tool: a tool was called and has no result yet.
 */
export interface LastTurn {
  turn: 'none' | 'ended' | 'interrupted' | 'prompted' | 'tool';
  /** The API refused, or nobody is logged in; null: the model's own answer. */
  fault: 'api-error' | 'not-logged-in' | null;
  /** When that was written; null: nothing was. */
  atMs: number | null;
  /** The tool that was called last. */
  tool: string | null;
}

/** What a person or the model said. */
export interface SaidText {
  role: 'user' | 'assistant';
  /** ISO 8601; null: the record has no time. */
  at: string | null;
  text: string;
}

const CONVERSATION = ['user', 'assistant', 'system'];

/** `jsonl`: the end of the file, from anywhere on. A line that is cut off does not count. */
export function lastTurn(jsonl: string): LastTurn {
  let last: LastTurn = { turn: 'none', fault: null, atMs: null, tool: null };
  for (const record of recordsOf(jsonl, CONVERSATION)) {
    const after = turnAfter(record);
    if (after) last = { fault: null, tool: null, ...after, atMs: Date.parse(String(record.timestamp)) || null };
  }
  return last;
}

/** What a record says of the turn; null: nothing. */
function turnAfter(record: Json): (Pick<LastTurn, 'turn'> & Partial<LastTurn>) | null {
  if (record.type === 'system') return record.subtype === 'compact_boundary' ? { turn: 'none' } : null;
  const { blocks, text } = contentOf(record);
  if (record.type === 'user') return afterUser(record, blocks, text);
  if (record.type !== 'assistant') return null;
  if (record.isApiErrorMessage === true)
    return { turn: 'ended', fault: text.startsWith('Not logged in') ? 'not-logged-in' : 'api-error' };
  const reason = (record.message as Json | undefined)?.stop_reason;
  if (reason === 'tool_use') return { turn: 'tool', tool: String(blocks.findLast(({ name }) => name)?.name ?? '') };
  return { turn: ENDED.includes(reason) ? 'ended' : 'prompted' };
}

/** What claude writes as the person's words when they stop it (2.1.332). */
export const isInterruption = (text: string): boolean =>
  /^\[Request interrupted by user(?: for tool use)?\]$/.test(text);

/** Why an answer ends. null: it was broken off, or goes on. */
const ENDED: readonly unknown[] = ['end_turn', 'stop_sequence', 'max_tokens', 'refusal'];

function afterUser(record: Json, blocks: readonly Json[], text: string): ReturnType<typeof turnAfter> {
  if (record.isMeta === true || record.isCompactSummary === true) return null;
  if (blocks.some(({ type }) => type === 'tool_result')) return { turn: 'prompted' };
  if (isInterruption(text)) return { turn: 'interrupted' };
  // A command of the CLI's own, which asks the model nothing. After `!` the model may be asked: its answer then follows.
  if (/^<(?:local-)?command-/.test(text))
    return /^<command-name>\/(?:clear|compact)</.test(text) ? { turn: 'none' } : null;
  return text.startsWith('<bash-') ? null : { turn: 'prompted' };
}

/** Texts of the conversation, oldest first, without what the CLI put there itself. */
export function saidTexts(jsonl: string): SaidText[] {
  return [...recordsOf(jsonl, CONVERSATION)].flatMap(record => {
    const { type, isMeta, isCompactSummary, timestamp } = record;
    if ((type !== 'user' && type !== 'assistant') || isMeta === true || isCompactSummary === true) return [];
    const { blocks, text } = contentOf(record);
    if (text.trim() === '' || blocks.some(each => each.type === 'tool_result')) return [];
    if (type === 'user' && /^<(?:local-)?(?:command|bash)-/.test(text)) return [];
    return [{ role: type, at: typeof timestamp === 'string' ? timestamp : null, text }];
  });
}
