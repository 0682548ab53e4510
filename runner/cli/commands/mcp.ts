/** `agent-runner mcp`: the tools for a claude, as an MCP server on stdin and stdout. claude starts it. */
import type { Call, Declaration } from '#runner/cli/declare.ts';
import { protocolStdout } from '#runner/cli/terminal/protocol-stdout.ts';
import { here } from '#runner/cli/terminal/typed.ts';
import { verbContext } from '#runner/verbs/context.ts';

export const command: Declaration = {
  words: 'mcp',
  heading: 'The board, and your own sessions',
  about: 'an MCP server for claude, which starts it: tools to write to peers and read the board',
  examples: ['agent-runner mcp', 'agent-runner --root ~/.agent-runner mcp'],
};

export async function run({ root, env }: Call): Promise<void> {
  const { isPluginsInTurn } = await import('#runner/mcp/plugins-own.ts');
  if (isPluginsInTurn(env)) return;
  // Somebody tries it by hand.
  if (process.stdin.isTTY)
    process.stderr.write(
      'agent-runner: it waits for an MCP client on stdin; claude starts it by itself: agent-runner plugin install (Ctrl-D ends this)\n',
    );
  const output = protocolStdout();
  const over = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => over.abort());
  const { serveMcp } = await import('#runner/mcp/stdio.ts');
  await serveMcp({
    // Another object for each call: who calls is proven again. It is never the operator (runner/agents/caller.ts).
    context: () => verbContext(root, { ...env, AGENT_RUNNER_MCP: '1' }),
    cwd: here(),
    input: process.stdin,
    output,
    signal: over.signal,
  });
}
