/** `agent-runner signals off|on`: with signals off, no peer takes one, and none starts a turn. */
import type { Call, Declaration } from '#runner/cli/declare.ts';

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

export async function run(call: Call, to: string): Promise<void> {
  const { signals } = await import('#runner/verbs/signals.ts');
  const switched = await signals(await call.context(), { to });
  call.show(switched, () => `${SENTENCES[switched.signals]}\n`);
}
