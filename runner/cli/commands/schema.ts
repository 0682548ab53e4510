/** `agent-runner schema [command]`: the JSON Schema of what a command prints with --json; without a name, those that have one. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { nearestName } from '#blackboard/messages/peer-name.ts';
import { exitCode, noSuchError } from '#blackboard/system/errors.ts';
import type { Declaration } from '#runner/cli/declare.ts';
import type { GlobalOptions } from '#runner/cli/terminal/global-options.ts';
import { schemasDirectory } from '#runner/version.ts';

export const command: Declaration = {
  words: 'schema',
  heading: 'To begin',
  about: 'the JSON Schema of what a command prints with --json (default: name the commands that have one)',
  arguments: [{ name: '[command...]', about: 'its words: list, dead show' }],
  examples: ['agent-runner schema list', 'agent-runner schema dead show'],
  exits: { 66: 'no such command, or it prints no JSON' },
};

export async function run(_global: GlobalOptions, words: readonly string[]): Promise<number> {
  const known = (await readdir(schemasDirectory)).map(file => file.replace(/\.json$/, '')).sort();
  const name = words.join('-');
  if (name === '') process.stdout.write(`${known.map(each => each.replace('-', ' ')).join('\n')}\n`);
  else if (known.includes(name)) process.stdout.write(await readFile(join(schemasDirectory, `${name}.json`), 'utf8'));
  else throw noSchema(words.join(' '), known);
  return exitCode.ok;
}

function noSchema(typed: string, known: readonly string[]): Error {
  const nearest = nearestName(typed.replaceAll(' ', '-'), known);
  return noSuchError(
    `there is no schema of ${JSON.stringify(typed.slice(0, 60))}`,
    nearest ? `Did you mean: agent-runner schema ${nearest.replace('-', ' ')}` : 'See all with: agent-runner schema',
  );
}
