// One line of `claude -p --output-format stream-json --verbose` (turns/<n>/stream.jsonl). Shapes measured with CLI
// 2.1.329. Knows nothing of turns, money or messages; stream-summary.ts says what a whole run means.

import { z } from 'zod';
import { parseJson } from '#blackboard/text/json.ts';
import { type PermissionRequest, permissionRequest } from '#hooks/claude/permission-request.ts';

/** Tokens, as the API counts them. */
export interface TokenUsage {
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cacheReadTokens: number;
  readonly cacheWriteTokens: number;
}

/** A denied tool call; the exit code is 0 all the same. */
export interface Denial {
  readonly tool: string;
  readonly toolUseId: string;
  readonly input: unknown;
}

/** What an assistant line says about the model's message that it is a part of. */
export interface MessagePart {
  readonly messageId: string;
  readonly model: string;
  /**
   * For the whole message, repeated on each of its lines. The CLI writes the line before the final output count is
   * known.
   */
  readonly usage: TokenUsage;
  /** Characters of this line's content, thinking and tool input included. */
  readonly contentChars: number;
  /** The tool call whose sub-agent speaks; null: the agent itself. */
  readonly parentToolUseId: string | null;
}

/** The call that a hook deferred, and with which the turn ended. */
export interface DeferredCall {
  readonly id: string;
  readonly name: string;
  readonly input: unknown;
}

/** A line `type:"result"`. A run may have several: a background task that ends starts a further round with its own. */
export interface ResultEvent {
  readonly type: 'result';
  readonly isError: boolean;
  /** `success` appears here also after an API error: judge by isError and terminalReason. */
  readonly subtype: string;
  /** completed, api_error, prompt_too_long, blocking_limit, max_turns, aborted_tools…; null for a blocked prompt or an unknown session. */
  readonly terminalReason: string | null;
  readonly deferred: DeferredCall | null;
  /** 0: nothing was answered (prompt blocked by a hook, session unknown, slash command). */
  readonly numTurns: number;
  /** USD, cumulative over the whole SESSION, also when resumed. */
  readonly totalCostUsd: number | null;
  /** USD of this run since the previous result line; null if the line does not say (CLI before 2.1.332). */
  readonly runUsd: number | null;
  readonly text: string;
  readonly denials: readonly Denial[];
  readonly apiErrorStatus: number | null;
  readonly durationMs: number;
  readonly sessionId: string;
  /** Tokens that fit into the model's context; null if the line does not say. */
  readonly contextWindow: number | null;
  /**
   * The lines from stdin that it answers, by their uuids; null: it says none (a round of claude's own, a prompt as text,
   * a refused start).
   */
  readonly answersLines: readonly string[] | null;
  /** Who began the turn, if no line of ours did: `task-notification` (a background task of ours), `peer`…; else null. */
  readonly origin: string | null;
  /** E.g. "No conversation found with session ID: …", "Reached maximum number of turns (2)". */
  readonly errors: readonly string[];
}

export interface ApiRetryEvent {
  readonly type: 'apiRetry';
  readonly attempt: number;
  readonly retryDelayMs: number;
  readonly errorStatus: number | null;
  /** A word: rate_limit, server_error, overloaded, authentication_failed… */
  readonly message: string;
}

export type StreamEvent =
  | {
      readonly type: 'init';
      readonly sessionId: string;
      readonly model: string;
      readonly tools: readonly string[];
      /** As claude calls it: `default` is the command line's `manual`. */
      readonly permissionMode: string;
      /** It says of each line from stdin what became of it, and of each result which lines it answers (`msg_lifecycle_v1`). */
      readonly tellsLines: boolean;
    }
  /** What became of a line from stdin: queued, started, completed, cancelled. */
  | { readonly type: 'line'; readonly uuid: string; readonly state: string }
  | { readonly type: 'text'; readonly text: string; readonly part: MessagePart }
  | {
      readonly type: 'toolUse';
      readonly id: string;
      readonly name: string;
      readonly input: unknown;
      readonly part: MessagePart;
    }
  /** An assistant line with neither text nor tool call: thinking. */
  | { readonly type: 'thinking'; readonly part: MessagePart }
  | { readonly type: 'toolResult'; readonly toolUseId: string; readonly isError: boolean; readonly text: string }
  | ApiRetryEvent
  /** status: allowed, allowed_warning, rejected. Seen with subscriptions only, never with an API key. */
  | { readonly type: 'rateLimit'; readonly status: string; readonly resetsAtMs: number | null }
  /** How many background tasks (shell commands, sub-agents) are running from now on. */
  | { readonly type: 'backgroundTasks'; readonly open: number }
  /** A background task has ended, and the model is told: in the running turn if a tool's result follows, else in a further round. */
  | { readonly type: 'taskEnded' }
  /** claude made a summary of its conversation, or failed to. */
  | { readonly type: 'compaction'; readonly isFailed: boolean }
  /** A denied tool call, as it happens; the result line repeats it, with its input. */
  | { readonly type: 'denied'; readonly tool: string; readonly toolUseId: string }
  /** A tool call waits for a person's decision. */
  | ({ readonly type: 'asked' } & PermissionRequest)
  /** It waits no longer: a hook has decided, or the turn was interrupted. */
  | { readonly type: 'askEnded'; readonly requestId: string }
  | ResultEvent
  /** Any other line; `name` is its type, with its subtype after a slash. */
  | { readonly type: 'other'; readonly name: string }
  /** Not JSON, or without a type: an incomplete line or another program's output. */
  | { readonly type: 'garbage' };

/** What this line says. Never throws: what is unknown is `other`, what cannot be read is `garbage`. */
export function parseStreamLine(line: string): StreamEvent {
  const raw = tagged.safeParse(parseJson(line));
  if (!raw.success) return { type: 'garbage' };
  const { type, subtype } = raw.data;
  const name = subtype === undefined ? type : `${type}/${subtype}`;
  const read = readers[name] ?? readers[type];
  return read?.(raw.data) ?? { type: 'other', name };
}

const count = z.number().nonnegative().catch(0);
const text = z.string().catch('');
const tagged = z.looseObject({ type: z.string(), subtype: z.string().optional().catch(undefined) });

const readers: Record<string, (raw: unknown) => StreamEvent | undefined> = {
  'system/init': raw => init.safeParse(raw).data,
  'system/api_retry': raw => apiRetry.safeParse(raw).data,
  'system/background_tasks_changed': raw => backgroundTasks.safeParse(raw).data,
  'system/task_notification': () => ({ type: 'taskEnded' }),
  'system/status': raw => compaction.safeParse(raw).data,
  'system/permission_denied': raw => permissionDenied.safeParse(raw).data,
  control_request: raw => asked.safeParse(raw).data,
  control_cancel_request: raw => askEnded.safeParse(raw).data,
  command_lifecycle: raw => lifecycle.safeParse(raw).data,
  rate_limit_event: raw => rateLimit.safeParse(raw).data,
  assistant: raw => assistant.safeParse(raw).data,
  user: raw => user.safeParse(raw).data,
  result: raw => result.safeParse(raw).data,
};

const strings = z.array(z.string()).catch([]);

const init = z
  .object({ session_id: z.string(), model: text, tools: strings, permissionMode: text, capabilities: strings })
  .transform(raw => ({
    type: 'init' as const,
    sessionId: raw.session_id,
    model: raw.model,
    tools: raw.tools,
    permissionMode: raw.permissionMode,
    tellsLines: raw.capabilities.includes('msg_lifecycle_v1'),
  }));

const lifecycle = z
  .object({ command_uuid: z.string(), state: z.string() })
  .transform(raw => ({ type: 'line' as const, uuid: raw.command_uuid, state: raw.state }));

const apiRetry = z
  .object({ attempt: count, retry_delay_ms: count, error_status: z.number().nullable().catch(null), error: text })
  .transform(raw => ({
    type: 'apiRetry' as const,
    attempt: raw.attempt,
    retryDelayMs: raw.retry_delay_ms,
    errorStatus: raw.error_status,
    message: raw.error,
  }));

const backgroundTasks = z
  .object({ tasks: z.array(z.unknown()) })
  .transform(raw => ({ type: 'backgroundTasks' as const, open: raw.tasks.length }));

const compaction = z
  .object({ compact_result: z.string() })
  .transform(raw => ({ type: 'compaction' as const, isFailed: raw.compact_result === 'failed' }));

const permissionDenied = z
  .object({ tool_name: z.string(), tool_use_id: z.string() })
  .transform(raw => ({ type: 'denied' as const, tool: raw.tool_name, toolUseId: raw.tool_use_id }));

const asked = permissionRequest.transform(request => ({ type: 'asked' as const, ...request }));

const askEnded = z
  .object({ request_id: z.string() })
  .transform(raw => ({ type: 'askEnded' as const, requestId: raw.request_id }));

/** resetsAt is in Unix seconds: schema read in the CLI's own code, not seen on the wire. */
const rateLimit = z
  .object({ rate_limit_info: z.object({ status: z.string(), resetsAt: z.number().optional().catch(undefined) }) })
  .transform(({ rate_limit_info: info }) => ({
    type: 'rateLimit' as const,
    status: info.status,
    resetsAtMs: info.resetsAt === undefined ? null : info.resetsAt * 1000,
  }));

const usage = z
  .object({
    input_tokens: count,
    output_tokens: count,
    cache_read_input_tokens: count,
    cache_creation_input_tokens: count,
  })
  .catch({ input_tokens: 0, output_tokens: 0, cache_read_input_tokens: 0, cache_creation_input_tokens: 0 })
  .transform(raw => ({
    inputTokens: raw.input_tokens,
    outputTokens: raw.output_tokens,
    cacheReadTokens: raw.cache_read_input_tokens,
    cacheWriteTokens: raw.cache_creation_input_tokens,
  }));

const block = z.looseObject({ type: z.string() });
const textBlock = z.object({ type: z.literal('text'), text: z.string() });
const toolUseBlock = z.object({
  type: z.literal('tool_use'),
  id: z.string(),
  name: z.string(),
  input: z.unknown().optional(),
});
const toolResultBlock = z.object({
  type: z.literal('tool_result'),
  tool_use_id: z.string(),
  is_error: z.boolean().catch(false),
  content: z.unknown().optional(),
});

/**
 * The CLI writes one line for each block of a message; for a line with several, the first tool call or all text counts.
 */
const assistant = z
  .object({
    message: z.object({ id: text, model: text, usage, content: z.array(block).catch([]) }),
    parent_tool_use_id: z.string().nullable().catch(null),
  })
  .transform(({ message, parent_tool_use_id }): StreamEvent => {
    const part = {
      messageId: message.id,
      model: message.model,
      usage: message.usage,
      contentChars: message.content.reduce((sum, each) => sum + blockChars(each), 0),
      parentToolUseId: parent_tool_use_id,
    };
    const call = message.content.map(each => toolUseBlock.safeParse(each).data).find(each => each !== undefined);
    if (call) return { type: 'toolUse', id: call.id, name: call.name, input: call.input, part };
    const texts = message.content.flatMap(each => textBlock.safeParse(each).data?.text ?? []);
    return texts.length > 0 ? { type: 'text', text: texts.join('\n'), part } : { type: 'thinking', part };
  });

const blockChars = ({ text, thinking, input }: Record<string, unknown>) =>
  [text, thinking].reduce<number>((sum, each) => sum + (typeof each === 'string' ? each.length : 0), 0) +
  (input === undefined ? 0 : JSON.stringify(input).length);

const user = z.object({ message: z.object({ content: z.array(block) }) }).transform((raw): StreamEvent => {
  const found = raw.message.content.map(each => toolResultBlock.safeParse(each).data).find(each => each !== undefined);
  if (!found) return { type: 'other', name: 'user' };
  const said = flatText(found.content);
  return { type: 'toolResult', toolUseId: found.tool_use_id, isError: found.is_error, text: said };
});

/** A tool's result is a string or a list of blocks. */
const flatText = (content: unknown): string =>
  typeof content === 'string'
    ? content
    : Array.isArray(content)
      ? content.flatMap(each => textBlock.safeParse(each).data?.text ?? []).join('\n')
      : '';

/** A run may use several models; the conversation must fit into each of them. */
const smallest = (windows: readonly number[]): number | null => {
  const known = windows.filter(window => window > 0);
  return known.length > 0 ? Math.min(...known) : null;
};

const denial = z
  .object({ tool_name: text, tool_use_id: text, tool_input: z.unknown().optional() })
  .transform(raw => ({ tool: raw.tool_name, toolUseId: raw.tool_use_id, input: raw.tool_input }));

/** What each model cost since the last result line. */
const runUsage = z
  .record(z.string(), z.object({ costUSD: z.number().nonnegative() }))
  .nullable()
  .catch(null);

const sumUsd = (byModel: Readonly<Record<string, { costUSD: number }>>): number =>
  Object.values(byModel).reduce((sum, { costUSD }) => sum + costUSD, 0);

const result = z
  .object({
    is_error: z.boolean().catch(true),
    subtype: text,
    terminal_reason: z.string().nullable().catch(null),
    deferred_tool_use: z.object({ id: z.string(), name: z.string(), input: z.unknown() }).nullable().catch(null),
    num_turns: count,
    total_cost_usd: z.number().nullable().catch(null),
    result: text,
    permission_denials: z.array(denial).catch([]),
    api_error_status: z.number().nullable().catch(null),
    duration_ms: count,
    session_id: text,
    errors: strings,
    user_message_uuids: z.array(z.string()).nullable().catch(null),
    origin: z.object({ kind: z.string() }).nullable().catch(null),
    model_usage_since_last_result: runUsage.optional(),
    modelUsage: z.record(z.string(), z.object({ contextWindow: count })).catch({}),
  })
  .transform(
    (raw): ResultEvent => ({
      type: 'result',
      isError: raw.is_error,
      subtype: raw.subtype,
      terminalReason: raw.terminal_reason,
      deferred: raw.deferred_tool_use,
      numTurns: raw.num_turns,
      totalCostUsd: raw.total_cost_usd,
      runUsd: raw.model_usage_since_last_result ? sumUsd(raw.model_usage_since_last_result) : null,
      text: raw.result,
      denials: raw.permission_denials,
      apiErrorStatus: raw.api_error_status,
      durationMs: raw.duration_ms,
      sessionId: raw.session_id,
      errors: raw.errors,
      answersLines: raw.user_message_uuids,
      origin: raw.origin?.kind ?? null,
      contextWindow: smallest(Object.values(raw.modelUsage).map(each => each.contextWindow)),
    }),
  );
