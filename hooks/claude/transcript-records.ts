/**
 * The records of a session's own conversation in a transcript, not those of its sub-agents, and the texts in one. By hand, without
 * zod: `list` reads one transcript for each pane. Shapes measured with CLI 2.1.329 and 2.1.332. Pure.
 */
import { parseObject } from '#blackboard/text/json.ts';

export type Json = Record<string, unknown>;

/** `jsonl`: from anywhere on. A line that is cut off does not count, nor do other types: those are most lines, and the longest. */
export function* recordsOf(jsonl: string, types: readonly string[]): Generator<Json> {
  const isMeant = new RegExp(`"type":"(?:${types.join('|')})"`);
  for (const line of jsonl.split('\n')) {
    const record = isMeant.test(line) ? parseObject(line) : null;
    if (record && record.isSidechain !== true) yield record;
  }
}

/** What a record of a prompt or an answer holds. */
export function contentOf(record: Json): { blocks: Json[]; text: string } {
  const content = (record.message as Json | undefined)?.content;
  if (typeof content === 'string') return { blocks: [], text: content };
  const blocks = Array.isArray(content)
    ? content.filter((each): each is Json => typeof each === 'object' && each !== null)
    : [];
  const text = blocks.flatMap(block => (block.type === 'text' && typeof block.text === 'string' ? [block.text] : []));
  return { blocks, text: text.join('\n') };
}
