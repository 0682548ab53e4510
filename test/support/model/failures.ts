// What a scripted model answers when it fails: short constructors, as those in the demo's reply.ts.
import type { ErrorReply, HangReply, MessageReply } from '#runner/demo/model-server/reply.ts';

/** Error types the Messages API documents, by status; what is not listed is an `api_error`. */
const typeOfStatus: Record<number, string> = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  402: 'billing_error',
  403: 'permission_error',
  404: 'not_found_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  529: 'overloaded_error',
};

/** An API error; `type` follows from the status unless given. */
export function apiError(
  status: number,
  message = `scripted error ${status}`,
  more: Partial<Omit<ErrorReply, 'kind' | 'status' | 'message'>> = {},
): ErrorReply {
  return { kind: 'error', status, type: typeOfStatus[status] ?? 'api_error', message, ...more };
}

/** The 400 which claude 2.1.329 reports as `terminal_reason:"prompt_too_long"`. */
export function promptTooLong(tokens = 250_000, limit = 200_000): ErrorReply {
  return apiError(400, `prompt is too long: ${tokens} tokens > ${limit} maximum`);
}

/** Never answers. */
export function hang(): HangReply {
  return { kind: 'hang' };
}

/** Begins to answer and destroys the connection after `deltas` pieces of text. */
export function cut(words = 'this sentence is never finished', deltas = 1): MessageReply {
  return { kind: 'message', text: words, cutAfterDeltas: deltas, deltaChars: 5 };
}
