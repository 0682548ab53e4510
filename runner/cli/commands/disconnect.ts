/** `agent-runner disconnect`: makes a session no peer any more. */
import type { Call, Declaration } from '#runner/cli/declare.ts';
import { plural } from '#runner/text/terminal.ts';

export const command: Declaration = {
  words: 'disconnect',
  heading: 'The board, and your own sessions',
  about: 'take a session out (default: the one this is called from): it gets no messages, and hears the board alone',
  arguments: [{ name: '[session]', completes: 'peer' }],
  json: true,
  examples: ['agent-runner disconnect', 'agent-runner disconnect app-main'],
  exits: { 66: 'no such session' },
};

export async function run(call: Call, session: string | undefined): Promise<void> {
  const { disconnect } = await import('#runner/verbs/disconnect.ts');
  const done = await disconnect(await call.context(), { session: session ?? null });
  const waits = done.unread === 0 ? '' : `; ${plural(done.unread, 'message')} unread until it connects again`;
  call.show(done, () => `${done.was} is disconnected${waits}\n`);
}
