// Tells the CLI's side requests from turns of the conversation, and answers them harmlessly, so that they never use up a
// scripted reply. What claude 2.1.329 really sends (measured, `-p` and in a terminal):
//   HEAD /api/hello            once at start, unless CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC=1
//   POST /v1/messages, title   terminal only, before each prompt until it has a name, not when nonessential traffic is off:
//                              `tools` empty, `output_config.format` of type json_schema with one property `title`
//   POST /v1/messages, compact `/compact` or a full context: all tools, newest user text begins with the line below
//   POST /v1/messages/count_tokens   `/context`; then a quota probe with max_tokens 1 and no system (older versions)
// `-p` with nonessential traffic off sends turns only, whatever the model; `--tools ""` gives a turn with `tools` empty.
import type { ModelBody } from '#runner/demo/model-server/model-request.ts';
import { parseModelRequest } from '#runner/demo/model-server/model-request.ts';
import type { MessageReply } from '#runner/demo/model-server/reply.ts';
import { text } from '#runner/demo/model-server/reply.ts';

/** Which side request this is; `not-messages` is any other path or method. */
export type SideRequest = 'not-messages' | 'count-tokens' | 'structured' | 'probe' | 'compact';

const compactBegin = 'CRITICAL: Respond with TEXT ONLY. Do NOT call any tools.';

/** The kind of side request, or null if it belongs to the conversation and a script shall answer it. */
export function sideRequestOf(method: string, path: string, body: ModelBody): SideRequest | null {
  if (method === 'POST' && path === '/v1/messages/count_tokens') return 'count-tokens';
  if (method !== 'POST' || path !== '/v1/messages') return 'not-messages';
  if (schemaOf(body) !== null) return 'structured';
  if (body.max_tokens === 1) return 'probe';
  // Only a request with tools can be the CLI's own summary; a person may well type that sentence elsewhere.
  if ((body.tools?.length ?? 0) > 0 && parseModelRequest(body, {}, 0).prompt.startsWith(compactBegin)) return 'compact';
  return null;
}

/** What a side request for a message is answered with. */
export function sideReply(kind: 'structured' | 'probe' | 'compact', body: ModelBody): MessageReply {
  if (kind === 'structured') return text(JSON.stringify(exampleOf(schemaOf(body))));
  if (kind === 'compact') return text('<analysis>none</analysis>\n<summary>Summary by the model server.</summary>');
  return text('ok');
}

type Schema = { type?: string; properties?: Record<string, Schema>; enum?: unknown[] };

function schemaOf(body: ModelBody): Schema | null {
  const config = body.output_config as { format?: { schema?: Schema } } | undefined;
  return config?.format?.schema ?? null;
}

/** The smallest value that fits the few schemas the CLI uses. */
function exampleOf(schema: Schema | null): unknown {
  if (schema?.enum !== undefined) return schema.enum[0];
  switch (schema?.type) {
    case 'object':
      return Object.fromEntries(Object.entries(schema.properties ?? {}).map(([name, of]) => [name, exampleOf(of)]));
    case 'array':
      return [];
    case 'boolean':
      return false;
    case 'number':
    case 'integer':
      return 0;
    default:
      return 'Model server';
  }
}
