// What a script may answer to one model request: plain data, and short constructors for it. Knows nothing of HTTP.
import type { ModelRequest } from '#runner/demo/model-server/model-request.ts';

/** A tool call of the model. `id` is made up by the server when it is left out. */
export type ToolCall = { name: string; input: Record<string, unknown>; id?: string };

/** Token counts as the Messages API reports them; what is left out counts 0 (input 10, output 5 by default). */
export type Usage = {
  input_tokens: number;
  output_tokens: number;
  cache_creation_input_tokens: number;
  cache_read_input_tokens: number;
};

/** When the bytes of a reply leave. All three may be combined with any kind of reply. */
export type Timing = {
  /** Wait before the first byte, status line included, in milliseconds. */
  delayMs?: number;
  /** Wait between two server-sent events, in milliseconds. Only streamed messages have any. */
  chunkDelayMs?: number;
};

/** A well-formed answer: text, then tool calls. `stop_reason` is `tool_use` if there is a tool, else `end_turn`. */
export type MessageReply = Timing & {
  kind: 'message';
  text?: string;
  tools?: ToolCall[];
  usage?: Partial<Usage>;
  model?: string;
  stopReason?: string;
  /** Destroy the connection after this many content deltas, in the middle of the message. */
  cutAfterDeltas?: number;
  /** Characters in one text delta; 20 when left out. */
  deltaChars?: number;
};

/** An API error: `{"type":"error","error":{"type","message"}}` with this status and these extra headers. */
export type ErrorReply = Timing & {
  kind: 'error';
  status: number;
  type: string;
  message: string;
  headers?: Record<string, string>;
};

/** Never answers; ends when the client gives up or the server is closed. */
export type HangReply = { kind: 'hang' };

/** Destroys the connection without a byte (after `delayMs`). */
export type DropReply = Timing & { kind: 'drop' };

export type Reply = MessageReply | ErrorReply | HangReply | DropReply;

/** Decides the answer to a request of the main conversation. Side requests (see `side-request.ts`) never reach it. */
export type Script = (request: ModelRequest) => Reply | Promise<Reply>;

/** An answer in words. */
export function text(words: string, more: Omit<MessageReply, 'kind' | 'text'> = {}): MessageReply {
  return { kind: 'message', text: words, ...more };
}

/** An answer that calls one tool. */
export function tool(
  name: string,
  input: Record<string, unknown>,
  more: Omit<MessageReply, 'kind' | 'tools'> = {},
): MessageReply {
  return { kind: 'message', tools: [{ name, input }], ...more };
}
