/** `agent-runner pause [name]`: starts no new turns until `resume`. */
import type { Call, Declaration } from '#runner/cli/declare.ts';
import type { Pause } from '#runner/results/agents.ts';

export const command: Declaration = {
  words: 'pause',
  heading: 'Agents at work',
  about: 'no new turns (default: of any agent), until resume; turns that run go on',
  arguments: [{ name: '[name]', completes: 'agent' }],
  json: true,
  examples: ['agent-runner pause reviewer', 'agent-runner pause'],
  exits: { 66: 'no such agent' },
};

export async function run(call: Call, name: string | undefined): Promise<void> {
  const { pause } = await import('#runner/verbs/pause.ts');
  const paused = await pause(await call.context(), { name: name ?? null });
  call.show(paused, render);
}

function render({ name, already }: Pause): string {
  const who = name ?? 'every agent';
  const done = already ? `${who} was paused already` : `Paused ${who}: no new turns; one that runs goes on to its end`;
  return `${done}\nTake it back with: agent-runner resume${name === null ? '' : ` ${name}`}\n`;
}
