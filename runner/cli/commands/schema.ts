/**
 * `agent-runner schema [command]`: prints the JSON Schema of a command's --json output, or the commands that have one.
 */
import type { Call, Declaration } from '#runner/cli/declare.ts';

export const command: Declaration = {
  words: 'schema',
  heading: 'To begin',
  about: 'print the JSON Schema of what a command prints with --json (default: the commands that have one)',
  arguments: [{ name: '[command...]', about: 'its words: list, dead show' }],
  examples: ['agent-runner schema list', 'agent-runner schema dead show'],
  exits: { 66: 'no such command, or it prints no JSON' },
};

export async function run(_call: Call, words: readonly string[]): Promise<void> {
  const { schema, schemas } = await import('#runner/verbs/schema.ts');
  const text = words.length === 0 ? `${(await schemas()).join('\n')}\n` : await schema({ words: words.join(' ') });
  process.stdout.write(text);
}
