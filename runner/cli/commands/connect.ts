/** `agent-runner connect`: makes a session a peer. */
import type { Call, Declaration } from '#runner/cli/declare.ts';

export const command: Declaration = {
  words: 'connect',
  heading: 'The board, and your own sessions',
  about:
    'make a session a peer that is none (default: the one this is called from); a name that is taken gets a number',
  arguments: [{ name: '[name]', about: 'default: made from its directory and branch' }],
  options: [
    { flags: '--session <id>', about: 'which one, by its id or an end of it (agent-runner auto-start status)' },
  ],
  json: true,
  examples: ['agent-runner connect', 'agent-runner connect builder'],
  exits: { 64: 'no name, or connected under another one', 66: 'no session' },
};

export async function run(call: Call, name: string | undefined, { session }: { session?: string }): Promise<void> {
  const { connect } = await import('#runner/verbs/connect.ts');
  const done = await connect(await call.context(), { name: name ?? null, session: session ?? null });
  const numbered = done.wanted !== null && done.wanted !== done.name ? ` ("${done.wanted}" is taken)` : '';
  call.show(done, () => `${done.already ? 'connected already' : 'connected'} as ${done.name}${numbered}\n`);
}
