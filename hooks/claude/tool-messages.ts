/**
 * What claude and an MCP server inside the program that runs it say to each other: JSON-RPC inside control requests on stdout, the
 * answers on stdin (CLI 2.1.332). Pure.
 */
import { z } from 'zod';
import { parseJson } from '#blackboard/text/json.ts';

/** The server's name in tools and rules: `mcp__agent-runner__send_message`. */
export const OUR_SERVER = 'agent-runner';

/** Sent before the first prompt: claude then waits for the tools of this server before its first request. */
export const offersTools = { subtype: 'initialize', sdkMcpServers: [OUR_SERVER] };

/** A message for the server. */
export interface ToolMessage {
  /** Of the control request; it wants an answer, also where the message is a notification. */
  requestId: string;
  /** JSON-RPC 2.0. */
  message: Record<string, unknown>;
}

const toolMessage = z
  .object({
    type: z.literal('control_request'),
    request_id: z.string(),
    request: z.object({
      subtype: z.literal('mcp_message'),
      server_name: z.literal(OUR_SERVER),
      message: z.record(z.string(), z.unknown()),
    }),
  })
  .transform(({ request_id, request }): ToolMessage => ({ requestId: request_id, message: request.message }));

/** The message on this line of its output; null: there is none for us. */
export const toolMessageOn = (line: string): ToolMessage | null =>
  line.includes('"mcp_message"') ? (toolMessage.safeParse(parseJson(line)).data ?? null) : null;

/** `reply`: null to a notification, which wants an answer without a word. */
export const toolReply = (reply: object | null): object => ({
  mcp_response: reply ?? { jsonrpc: '2.0', id: 0, result: {} },
});
