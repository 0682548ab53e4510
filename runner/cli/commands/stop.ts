/**
 * `agent-runner stop [name…]`: ends all runners of the root, or stops single agents until `resume`. Waits for the end.
 */
import type { Call, Declaration } from '#runner/cli/declare.ts';
import { printJson, printLines } from '#runner/text/printing.ts';
import { plural } from '#runner/text/terminal.ts';
import { showWaiting } from '#runner/text/waiting.ts';
import { pidText } from '#runner/text/who-runs.ts';
import type { StopStep } from '#runner/verbs/stop.ts';

export const command: Declaration = {
  words: 'stop',
  heading: 'Agents at work',
  about: 'stop agents after their turn (default: the runner, and so all of them)',
  arguments: [{ name: '[name...]', completes: 'agent' }],
  options: [{ flags: '--now', about: 'do not wait for the turns that run' }],
  json: true,
  examples: ['agent-runner stop', 'agent-runner stop reviewer --now'],
  exits: { 66: 'no such agent', 69: 'no runner is up', 75: 'it has not ended yet' },
};

export async function run(call: Call, names: string[], options: { now?: boolean }): Promise<void> {
  const { stop } = await import('#runner/verbs/stop.ts');
  const now = options.now === true;
  const context = await call.context();
  using waiting = showWaiting('waiting for the turns that run', { json: call.json });
  // With --json what happens is told once it has, as data.
  const progress = (step: StopStep) => waiting.above(() => printLines(`${stepText(step, now)}\n`));
  const stopped = await stop(context, { names, now, ...(call.json ? {} : { progress }) });
  if (call.json) printJson(stopped);
}

function stepText(step: StopStep, now: boolean): string {
  switch (step.step) {
    case 'asked':
      return `Asked pid ${step.pid} (${step.agents.join(', ') || 'no agents'}) to stop${now ? ' now' : ' after the turns that run'}`;
    case 'not-reached':
      return `Not reached by a signal from here: ${step.runners.map(pidText).join(', ')}; stop it there`;
    case 'runners-ended':
      return `Stopped ${plural(step.count, 'runner')}; what waits in the inboxes waits for the next start`;
    case 'turn-stopped':
      return `${step.name}: stopped turn ${step.turn}; its messages wait`;
    case 'agent-ending':
      return `${step.name}: ${pidText(step.runner)} ends its loop after the turn that runs`;
    case 'agent-ended':
      return `${step.name}: ${step.wasRunning ? 'stopped' : 'was not running, and stays so'}; to go on: ${step.next}`;
  }
}
