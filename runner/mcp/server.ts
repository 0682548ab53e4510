/**
 * The MCP server of one claude: its tools act in the name of the agent or session that this claude is
 * (@modelcontextprotocol/server 2). What the tools do, calls.ts knows.
 */
import { Server, type Transport } from '@modelcontextprotocol/server';
import { type Answer, callTool, INSTRUCTIONS, listedTools, type Surroundings } from '#runner/mcp/calls.ts';
import { packageVersion } from '#runner/version.ts';

export type { Transport };

/** Its calls end when `over` aborts. `calls`: those that are under way. */
export function toolServer(
  surroundings: Surroundings,
  over: AbortSignal,
  calls: Set<Promise<Answer>> = new Set(),
): Server {
  const server = new Server(
    { name: 'agent-runner', version: packageVersion() },
    { capabilities: { tools: {} }, instructions: INSTRUCTIONS },
  );
  server.setRequestHandler('tools/list', () => ({ tools: listedTools() }));
  server.setRequestHandler('tools/call', async ({ params: { name, arguments: given = {} } }, { mcpReq }) => {
    const call = callTool(surroundings, { name, given }, [mcpReq.signal, over]);
    calls.add(call);
    return { ...(await call.finally(() => calls.delete(call))) };
  });
  return server;
}
