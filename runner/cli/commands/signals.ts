/** `agent-runner signals off|on`: the switch. Off: no signal is taken and none starts a turn, of any peer, at once. */
import { exitCode } from '#blackboard/system/errors.ts';
import type { Declaration } from '#runner/cli/declare.ts';
import type { GlobalOptions } from '#runner/cli/terminal/global-options.ts';
import { printJson } from '#runner/text/printing.ts';
import { verbContext } from '#runner/verbs/context.ts';

export const command: Declaration = {
  words: 'signals',
  heading: 'Signals',
  about: 'switch all signals off, at once, or on again',
  arguments: [{ name: '<off|on>', completes: ['on', 'off'] }],
  json: true,
  examples: ['agent-runner signals off', 'agent-runner signals on'],
};

const SENTENCES = {
  on: 'Signals are on; those that had been taken before give their turns now',
  off: 'Signals are off: none is taken, and none starts a turn. Turns that run go on (agent-runner stop --now ends them)',
} as const;

export async function run(global: GlobalOptions, to: string): Promise<number> {
  const { signals } = await import('#runner/verbs/signals.ts');
  const switched = await signals(await verbContext(global.root, process.env), { to });
  if (global.json) printJson(switched);
  else process.stdout.write(`${SENTENCES[switched.signals]}\n`);
  return exitCode.ok;
}
