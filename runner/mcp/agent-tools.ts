/**
 * The MCP server of an agent's claude, inside its runner: no process of its own. A call speaks as the turn in which it comes. With the
 * runner it is gone: claude then tells the model that the call was interrupted, and goes on (CLI 2.1.332).
 */
import type { TurnLayout } from '#blackboard/layout.ts';
import type { Files } from '#blackboard/system/files.ts';
import { asTurn } from '#runner/agents/caller.ts';
import type { ToolServer, ToolServerOf } from '#runner/claude/port.ts';
import type { Transport } from '#runner/mcp/server.ts';

/** A JSON-RPC message, as it comes. */
type Message = Parameters<NonNullable<Transport['onmessage']>>[0];

export function agentTools(options: {
  root: string;
  files: Files;
  env: Readonly<Record<string, string | undefined>>;
  /** The server's modules. */
  load?: typeof loadServer;
}): ToolServerOf {
  return agent => createAgentTools(options, agent);
}

async function loadServer() {
  const [{ toolServer }, { loadTools }] = await Promise.all([
    import('#runner/mcp/server.ts'),
    import('#runner/mcp/calls.ts'),
  ]);
  await loadTools();
  return toolServer;
}

function createAgentTools(
  { root, files, env, load = loadServer }: Parameters<typeof agentTools>[0],
  { layout, cwd }: Parameters<ToolServerOf>[0],
): ToolServer {
  const over = new AbortController();
  const waiting = new Map<unknown, (reply: object) => void>();
  const wire: Transport = {
    start: async () => {},
    close: async () => {},
    async send(message) {
      if (!('id' in message)) return;
      waiting.get(message.id)?.(message);
      waiting.delete(message.id);
    },
  };
  // While claude starts: with its first message, an update of the package may have removed them.
  let loading: ReturnType<typeof loadServer> | null = load();
  loading.catch(() => {
    loading = null;
  });
  let turn: TurnLayout;
  let opened: Promise<void> | null = null;
  async function open(): Promise<void> {
    const toolServer = await (loading ?? load());
    const context = async () => ({ root, files, env: asTurn(files, root, env, { peer: layout.name, turn }) });
    await toolServer({ context, cwd: (await cwd()) ?? layout.home }, over.signal).connect(wire);
  }
  return {
    async reply(message, ofTurn) {
      turn = ofTurn;
      // What fails now, as where no descriptor is left, may work with the next message.
      opened ??= open().catch(error => {
        opened = null;
        throw error;
      });
      await opened;
      const { id } = message;
      const reply = id === undefined ? null : new Promise<object>(resolve => waiting.set(id, resolve));
      wire.onmessage?.(message as Message);
      return reply;
    },
    endCalls() {
      for (const requestId of waiting.keys())
        wire.onmessage?.({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId } } as Message);
      waiting.clear();
    },
    [Symbol.dispose]: () => over.abort(),
  };
}
