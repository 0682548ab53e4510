/** Whether a text that was typed into a session was sent, as its transcript tells. Shapes measured with CLI 2.1.332. Pure. */
import { contentOf, type Json, recordsOf } from '#hooks/claude/transcript-records.ts';

/**
 * sent: a prompt with this text, byte for byte · queued: it waits for the end of the turn · mixed: the prompt has other
 * characters, too · refused: claude knows no such command.
 */
export type Submitted = Proven | { kind: 'mixed' | 'refused'; text: string };

export interface Proven {
  kind: 'sent' | 'queued';
}

/** `jsonl`: what the transcript got since before Enter. null: nothing of it is there yet. */
export function submittedText(jsonl: string, text: string): Submitted | null {
  let mixed: Submitted | null = null;
  for (const record of sentIn(jsonl)) {
    const { type, operation, content, subtype } = record;
    const isQueued = type === 'queue-operation' && operation === 'enqueue';
    const said = isQueued ? content : promptOf(record);
    if (said === text) return { kind: isQueued ? 'queued' : 'sent' };
    if (typeof said === 'string' && hasWithin(said, text)) mixed ??= { kind: 'mixed', text: said };
    if (type !== 'system' || typeof content !== 'string') continue;
    if (subtype === 'informational' && content.startsWith('Unknown command: '))
      return { kind: 'refused', text: content };
  }
  return mixed;
}

/** The same for a slash command, `/compact keep the names`. */
export function submittedCommand(jsonl: string, command: string): Submitted | null {
  const [, name = '', args = ''] = /^\/(\S+)\s*([\s\S]*)$/.exec(command) ?? [];
  for (const record of sentIn(jsonl)) {
    const { type, content } = record;
    const said = type === 'system' ? content : promptOf(record);
    if (typeof said !== 'string') continue;
    if (type === 'system' && said.startsWith('Unknown command: ')) return { kind: 'refused', text: said };
    const [, run, behind = ''] =
      /^<command-name>\/?([^<]*)<\/command-name>[\s\S]*?(?:<command-args>([\s\S]*?)<\/command-args>)?$/.exec(said) ??
      [];
    if (run === undefined) continue;
    return run === name && behind.trim() === args
      ? { kind: 'sent' }
      : { kind: 'mixed', text: `/${run} ${behind}`.trim() };
  }
  return submittedText(jsonl, command);
}

/** Somebody typed at the same time: our characters are all there, in their order, or our first word is. */
function hasWithin(said: string, text: string): boolean {
  let at = 0;
  for (const character of said) if (character === text[at]) at++;
  return at === text.length || said.includes(text.slice(0, 14));
}

/** What was sent; the CLI puts records of its own there, too. */
function* sentIn(jsonl: string): Generator<Json> {
  for (const record of recordsOf(jsonl, ['user', 'queue-operation', 'system']))
    if (record.isMeta !== true) yield record;
}

/** The text of a prompt that has nothing else. */
function promptOf(record: Json): string | null {
  const { blocks, text } = contentOf(record);
  return record.type === 'user' && blocks.every(({ type }) => type === 'text') ? text : null;
}
