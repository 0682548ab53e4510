// Evidence from the CLI's own session file (<config>/projects/<slug>/<session>.jsonl): which prompts the conversation
// contains, and whether it came to an end after them. Pure, over the file's text; shapes measured with CLI 2.1.329.
// Never writes there.

import { z } from 'zod';
import { parseJson } from '#blackboard/text/json.ts';

/**
 * Which of these nonces are in a prompt of the conversation. Records that only repeat a prompt (queue-operation,
 * last-prompt, api-request-blob, attachments), tool results, hooks' feedback, compaction summaries, task notifications,
 * other sessions' messages and sub-agents do not count. An incomplete last line is ignored, as the CLI does (measured).
 */
export function promptRecordsContaining(jsonl: string, nonces: readonly string[]): Set<string> {
  const found = new Set<string>();
  for (const line of jsonl.split('\n')) {
    for (const nonce of heldByPrompt(line, nonces)) found.add(nonce);
  }
  return found;
}

/**
 * The uuids of the prompts that somebody sent in this part of a conversation (CLI 2.1.329 and later: they say from where; the note
 * of an interruption does not). The uuid of a line from stdin is that of its prompt.
 */
export const promptUuids = (jsonl: string): string[] =>
  jsonl.split('\n').flatMap(line => {
    const record = line.includes('"user"') ? parse(line) : null;
    const isSent = record !== null && isPrompt(record) && record.promptSource !== undefined;
    return isSent && record.uuid !== undefined ? [record.uuid] : [];
  });

/**
 * The answer to the last prompt that has one of these nonces, if the conversation ended after it: the last record that
 * descends from it is the assistant's, with stop_reason `end_turn`. Null if more follows (a tool result, a Stop hook's
 * feedback, an interruption, another prompt), if a background task was still running, and if there is no such prompt or
 * no text. Null is the safe answer: the agent is then asked to check.
 */
export function endedWell(jsonl: string, nonces: readonly string[]): { text: string } | null {
  const lines = jsonl.split('\n');
  const start = lines.findLastIndex(line => heldByPrompt(line, nonces).length > 0);
  if (start < 0) return null;
  const family = new Set([parse(lines[start]!)?.uuid]);
  const openTasks = new Set<string>();
  let answer: { id: string; text: string } | null = null;
  for (const line of lines.slice(start + 1)) {
    const record = parse(line);
    if (!record || !descends(record, family)) continue;
    if (record.uuid !== undefined) family.add(record.uuid);
    if (record.type === 'user') {
      if (isPrompt(record)) return null;
      for (const id of tasksStarted(record)) openTasks.add(id);
      for (const id of tasksEnded(record)) openTasks.delete(id);
      answer = null;
    } else if (record.type === 'assistant') {
      const id = record.message?.id ?? '';
      const text: string =
        answer?.id === id ? [answer.text, textOf(record)].filter(Boolean).join('\n') : textOf(record);
      answer = record.message?.stop_reason === 'end_turn' ? { id, text } : null;
    }
  }
  return answer === null || answer.text === '' || openTasks.size > 0 ? null : { text: answer.text };
}

/**
 * USD that the CLI has counted for the session, by the last record here; null: there is none. It writes one at an
 * orderly end, after SIGINT and after SIGTERM (measured, also without a result line), and a resumed run's total
 * continues from it.
 */
export function countedUsd(jsonl: string): number | null {
  for (const line of jsonl.split('\n').reverse()) {
    const said = line.includes('"cost-state"') ? costState.safeParse(parseJson(line)).data : undefined;
    if (said) return said.totalCostUSD;
  }
  return null;
}

const costState = z.object({ type: z.literal('cost-state'), totalCostUSD: z.number().nonnegative() });

const record = z.object({
  type: z.string(),
  uuid: z.string().optional().catch(undefined),
  parentUuid: z.string().nullish().catch(undefined),
  /** The record before a compaction, where parentUuid is null. */
  logicalParentUuid: z.string().nullish().catch(undefined),
  isSidechain: z.boolean().optional().catch(undefined),
  isMeta: z.boolean().optional().catch(undefined),
  isCompactSummary: z.boolean().optional().catch(undefined),
  /** typed (terminal), sdk (-p), system (task notifications and other sessions); absent in older files. */
  promptSource: z.string().optional().catch(undefined),
  toolUseResult: z.unknown().optional(),
  message: z
    .object({
      id: z.string().optional().catch(undefined),
      stop_reason: z.string().nullish().catch(undefined),
      content: z.union([z.string(), z.array(z.looseObject({ type: z.string() }))]).catch(''),
    })
    .optional()
    .catch(undefined),
});
type SessionRecord = z.infer<typeof record>;

/** Null for an incomplete or foreign line. */
const parse = (line: string): SessionRecord | null => record.safeParse(parseJson(line)).data ?? null;

/**
 * The nonces in a line that is a prompt. Transcripts grow to many megabytes: only lines that contain one are parsed.
 */
function heldByPrompt(line: string, nonces: readonly string[]): readonly string[] {
  const candidates = nonces.filter(nonce => line.includes(nonce));
  const record = candidates.length > 0 ? parse(line) : null;
  if (record === null || !isPrompt(record)) return [];
  const text = textOf(record);
  return candidates.filter(nonce => text.includes(nonce));
}

function isPrompt({ type, isSidechain, isMeta, isCompactSummary, promptSource, message }: SessionRecord): boolean {
  if (type !== 'user' || isSidechain || isMeta || isCompactSummary || promptSource === 'system') return false;
  const content = message?.content ?? '';
  if (typeof content === 'string') return !/^<(local-)?(command|bash)-/.test(content);
  return content.every(({ type }) => type !== 'tool_result');
}

function textOf({ message }: SessionRecord): string {
  const content = message?.content ?? '';
  if (typeof content === 'string') return content;
  return content.flatMap(({ type, text }) => (type === 'text' && typeof text === 'string' ? [text] : [])).join('\n');
}

/**
 * Whether the record belongs to the branch that grows from the prompt. One without a parent belongs there by its
 * position in the file.
 */
function descends(record: SessionRecord, family: ReadonlySet<string | undefined>): boolean {
  if (record.isSidechain) return false;
  const parent = record.parentUuid ?? record.logicalParentUuid ?? null;
  return parent === null || family.has(parent);
}

const taskIds = z.object({
  /** Bash with run_in_background. */
  backgroundTaskId: z.string().optional().catch(undefined),
  /** Task: `status` is async_launched while the sub-agent runs. */
  agentId: z.string().optional().catch(undefined),
  status: z.string().optional().catch(undefined),
});

function tasksStarted({ toolUseResult }: SessionRecord): string[] {
  const ids = taskIds.safeParse(toolUseResult).data;
  const agentId = ids?.status === 'async_launched' ? ids.agentId : undefined;
  return [ids?.backgroundTaskId, agentId].filter(id => id !== undefined);
}

const tasksEnded = (record: SessionRecord) =>
  record.promptSource === 'system' ? [...textOf(record).matchAll(/<task-id>([^<]+)<\/task-id>/g)].map(m => m[1]!) : [];
