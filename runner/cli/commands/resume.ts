/** `agent-runner resume [name]`: takes back a park, a pause and a stop. */
import { printableLine } from '#blackboard/text/printable.ts';
import type { Call, Declaration } from '#runner/cli/declare.ts';
import { usd } from '#runner/cli/terminal/typed.ts';
import type { Resume } from '#runner/results/agents.ts';

export const command: Declaration = {
  words: 'resume',
  heading: 'Agents at work',
  about: 'un-park an agent (default: all), and take back a stop or a pause',
  arguments: [{ name: '[name]', completes: 'agent' }],
  options: [{ flags: '--raise <usd>', about: 'allow so much more today (without a name: for all agents together)' }],
  json: true,
  examples: ['agent-runner resume reviewer', 'agent-runner resume reviewer --raise 5'],
  exits: { 66: 'no such agent' },
};

export async function run(call: Call, name: string | undefined, options: { raise?: string }): Promise<void> {
  const { resume } = await import('#runner/verbs/resume.ts');
  const raiseUsd = options.raise === undefined ? null : usd('--raise', options.raise);
  const done = await resume(await call.context(), { name: name ?? null, raiseUsd });
  call.show(done, () => render(done, name ?? null));
}

function render({ took, raisedUsd, parksAgain, waits, pausedBy }: Resume, name: string | null): string {
  const said = took.flatMap(each => [
    `Took back ${tookText(each)}`,
    ...(each.what === 'park' ? parksAgain.filter(park => park.name === each.name).map(parksAgainText) : []),
    ...(each.what === 'stop' ? waits.filter(wait => wait.name === each.name).map(waitText) : []),
  ]);
  if (raisedUsd !== null)
    said.unshift(
      `Raised ${name === null ? "today's budget of all agents" : `${name}'s budget of today`} by $${raisedUsd}`,
    );
  if (pausedBy) said.push(`still paused: ${pausedBy} pauses all agents; take it back with: agent-runner resume`);
  if (said.length > 0) return `${said.join('\n')}\n`;
  return `Nothing to resume: ${name ? `${name} is not` : 'no agent is'} parked, paused or stopped\n`;
}

function tookText({ name, what, reason }: Resume['took'][number]): string {
  if (name === null) return 'the pause of all agents';
  if (what === 'park') return `${name}: parked${reason === null ? '' : `: ${printableLine(reason)}`}`;
  return `${name}: ${what === 'pause' ? 'paused' : 'stopped'}`;
}

const parksAgainText = ({ name, code }: Resume['parksAgain'][number]): string =>
  code === 'budget'
    ? `${name}: will be parked again unless you allow more today: agent-runner resume ${name} --raise <usd>`
    : `${name}: will be parked again unless you allow all agents more today: agent-runner resume --raise <usd>`;

const waitText = ({ name, why }: Resume['waits'][number]): string => `${name}: ${why}`;
