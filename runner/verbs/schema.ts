/** The JSON Schemas of what commands print with --json. They are made by the build, and lie beside it. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { nearestName } from '#blackboard/messages/peer-name.ts';
import { noSuchError } from '#blackboard/system/errors.ts';
import { schemasDirectory } from '#runner/version.ts';

/** The commands that have one, by their words. */
export async function schemas(): Promise<string[]> {
  const files = await readdir(schemasDirectory);
  return files.map(file => file.replace(/\.json$/, '').replace('.', ' ')).sort();
}

/** Its JSON text. `words`: `dead show`, `dead-show`. Throws 66 where there is none, with the nearest that there is. */
export async function schema({ words }: { words: string }): Promise<string> {
  const known = await schemas();
  const spaced = (text: string) => text.replaceAll('-', ' ');
  const name = spaced(words);
  const found = known.find(each => spaced(each) === name);
  if (found) return readFile(join(schemasDirectory, `${found.replace(' ', '.')}.json`), 'utf8');
  const nearest = nearestName(name, known);
  throw noSuchError(
    `there is no schema of ${JSON.stringify(words.slice(0, 60))}`,
    nearest ? `Did you mean: agent-runner schema ${nearest}` : 'See all with: agent-runner schema',
  );
}
