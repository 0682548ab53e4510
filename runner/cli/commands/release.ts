/** `agent-runner release`: gives a claim back. */
import { thingText } from '#blackboard/claims/claim.ts';
import { printableLine } from '#blackboard/text/printable.ts';
import { THING_OPTIONS } from '#runner/cli/commands/claim.ts';
import type { Call, Declaration } from '#runner/cli/declare.ts';
import { here } from '#runner/cli/terminal/typed.ts';
import type { ThingInput } from '#runner/verbs/claimed-thing.ts';

export const command: Declaration = {
  words: 'release',
  heading: 'The board, and your own sessions',
  about: 'give a claim back (a person: anybody’s)',
  arguments: [{ name: '<what>', about: 'as it was claimed', completes: 'file' }],
  options: THING_OPTIONS,
  json: true,
  examples: ["agent-runner release 'src/parser/**'", 'agent-runner release deploy'],
  exits: { 1: 'nobody has claimed it', 64: 'a wrong option', 66: 'no such entry', 77: 'it is somebody else’s' },
};

export async function run(call: Call, what: string, options: Omit<ThingInput, 'what' | 'cwd'>): Promise<void> {
  const { release } = await import('#runner/verbs/release.ts');
  const result = await release(await call.context(), { ...options, what, cwd: here() });
  const { what: thing, by, isOwn } = result.released;
  const whose = isOwn ? '' : `, which ${printableLine(by)} had`;
  call.show(result, () => `released ${printableLine(thingText(thing))}${whose}\n`);
}
