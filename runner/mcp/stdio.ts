/** The MCP server as a process of its own, on stdin and stdout. Answers both eras of the protocol. */
import type { Readable, Writable } from 'node:stream';
import { StdioServerTransport, serveStdio } from '@modelcontextprotocol/server/stdio';
import { firstAbort } from '#blackboard/system/abort-any.ts';
import type { Answer, Surroundings } from '#runner/mcp/calls.ts';
import { toolServer } from '#runner/mcp/server.ts';

export interface McpServing extends Surroundings {
  input: Readable;
  /** Takes the protocol and nothing else. */
  output: Writable;
  signal: AbortSignal;
}

/** Resolves when the input has ended or `signal` aborts, and no call is under way any more. */
export async function serveMcp({ input, output, signal, ...surroundings }: McpServing): Promise<void> {
  const over = new AbortController();
  const calls = new Set<Promise<Answer>>();
  const closed = new AbortController();
  /** It closes by itself at the end of the input, when the output fails, and when a line is too long for it. */
  class Wire extends StdioServerTransport {
    override async close(): Promise<void> {
      await super.close();
      closed.abort();
    }
  }
  const handle = serveStdio(() => toolServer(surroundings, over.signal, calls), {
    transport: new Wire(input, output),
  });
  await firstAbort(closed.signal, signal);
  over.abort();
  await Promise.all(calls);
  await handle.close();
  input.destroy();
}
