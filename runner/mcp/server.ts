/**
 * The MCP server of one claude: its tools act in the name of the agent or session that this claude is. Answers both eras of
 * the protocol (@modelcontextprotocol/server 2). What the tools do, calls.ts knows.
 */
import type { Readable, Writable } from 'node:stream';
import { Server } from '@modelcontextprotocol/server';
import { StdioServerTransport, serveStdio } from '@modelcontextprotocol/server/stdio';
import { firstAbort } from '#blackboard/system/abort-any.ts';
import { type Answer, callTool, INSTRUCTIONS, listedTools, type Surroundings } from '#runner/mcp/calls.ts';
import { packageVersion } from '#runner/version.ts';

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
  const handle = serveStdio(
    () => {
      const server = new Server(
        { name: 'agent-runner', version: packageVersion() },
        { capabilities: { tools: {} }, instructions: INSTRUCTIONS },
      );
      server.setRequestHandler('tools/list', () => ({ tools: listedTools() }));
      server.setRequestHandler('tools/call', async ({ params: { name, arguments: given = {} } }, { mcpReq }) => {
        const call = callTool(surroundings, { name, given }, [mcpReq.signal, over.signal]);
        calls.add(call);
        return { ...(await call.finally(() => calls.delete(call))) };
      });
      return server;
    },
    { transport: new Wire(input, output) },
  );
  await firstAbort(closed.signal, signal);
  over.abort();
  await Promise.all(calls);
  await handle.close();
  input.destroy();
}
