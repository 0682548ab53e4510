/**
 * How full a conversation is, by the end of its transcript: the tokens of its last request, as the API counted them. Shapes of CLI
 * 2.1.332. By hand, without zod. Pure.
 */
import { parseObject } from '#blackboard/text/json.ts';

export interface ContextAtEnd {
  tokens: number;
  /** The model of that request, or of the one before a summary that nothing has followed yet; null: it is not there. */
  model: string | null;
}

type Json = Record<string, unknown>;

/** `jsonl`: the end of the file, from anywhere on. null: nothing there says it. */
export function contextAtEnd(jsonl: string): ContextAtEnd | null {
  const lines = jsonl.split('\n');
  let summary: ContextAtEnd | null = null;
  for (let at = lines.length - 1; at >= 0; at--) {
    const found = contextOf(lines[at]!);
    if (found?.model) return summary ? { ...summary, model: found.model } : found;
    summary ??= found;
  }
  return summary;
}

function contextOf(line: string): ContextAtEnd | null {
  if (!/"type":"(?:assistant|system)"/.test(line)) return null;
  const record = parseObject(line);
  if (!record || record.isSidechain === true) return null;
  if (record.type === 'system') {
    if (record.subtype !== 'compact_boundary') return null;
    return { tokens: count((record.compactMetadata as Json | undefined)?.postTokens), model: null };
  }
  if (record.type !== 'assistant' || record.isApiErrorMessage === true) return null;
  const { model, usage } = (record.message ?? {}) as { model?: unknown; usage?: Json };
  // What claude puts there itself was asked of no model.
  if (typeof usage !== 'object' || usage === null || model === '<synthetic>') return null;
  const tokens =
    count(usage.input_tokens) + count(usage.cache_read_input_tokens) + count(usage.cache_creation_input_tokens);
  return { tokens, model: typeof model === 'string' ? model : null };
}

const count = (value: unknown): number => (typeof value === 'number' && value > 0 ? value : 0);
