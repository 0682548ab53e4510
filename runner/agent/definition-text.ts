/** The text of agent.md, or why it cannot be had. */
import { isDenied } from '../../blackboard/denied.ts';
import { errnoOf } from '../../blackboard/errors.ts';
import { type Files, readText } from '../../blackboard/files.ts';
import { limits } from '../../blackboard/limits.ts';
import { quoted } from '../../blackboard/shell-word.ts';

interface Place {
  home: string;
  definition: string;
}

/** null: there is none. What may not be read is the agent's own fault, with what mends it: other agents have nothing to do with it. */
export async function readDefinitionText(
  files: Files,
  place: Place,
): Promise<string | { kind: 'broken'; problem: string } | null> {
  try {
    return await readText(files, place.definition, limits.recordBytesMax);
  } catch (error) {
    if (!isDenied(error)) throw error;
    return { kind: 'broken', problem: deniedProblem('agent.md', errnoOf(error), place.home) };
  }
}

/** In words, with the command that mends it. */
export const deniedProblem = (what: string, errno: string | undefined, home: string): string =>
  `${what} cannot be read (permission denied, ${errno}): sudo chown -R "$(id -un)" ${quoted(home)} && chmod -R u+rwX ${quoted(home)}`;
