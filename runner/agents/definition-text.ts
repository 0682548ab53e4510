/** The text of agent.md, which may be a link into somebody's dotfiles, or why it cannot be read. */
import { basename } from 'node:path';
import { isDenied } from '#blackboard/system/denied.ts';
import { errnoOf } from '#blackboard/system/errors.ts';
import { type Files, readText } from '#blackboard/system/files.ts';
import { limits } from '#blackboard/system/limits.ts';
import { lostLink } from '#blackboard/system/lost-link.ts';
import { quoted } from '#blackboard/text/shell-word.ts';

interface Place {
  home: string;
  definition: string;
}

/**
 * null: there is none. A file that cannot be read is a problem of this agent, with its fix; other agents are not
 * affected.
 */
export async function readDefinitionText(
  files: Files,
  place: Place,
): Promise<string | { kind: 'broken'; problem: string } | null> {
  try {
    const text = await readText(files, place.definition, limits.recordBytesMax);
    const problem = text === null ? await lostLink(files, place.definition) : null;
    return problem === null ? text : { kind: 'broken', problem };
  } catch (error) {
    const noFile = NO_FILE[errnoOf(error) ?? ''];
    if (noFile !== undefined) return { kind: 'broken', problem: `${place.definition} ${noFile}` };
    if (!isDenied(error)) throw error;
    return { kind: 'broken', problem: deniedProblem(basename(place.definition), errnoOf(error), place.home) };
  }
}

const NO_FILE: Readonly<Record<string, string>> = {
  EISDIR: 'is a directory, or a link to one: expected a file',
  ELOOP: 'is a link that leads to itself',
};

/** In words, with the command that fixes it. */
export const deniedProblem = (what: string, errno: string | undefined, home: string): string =>
  `${deniedWords(what, errno)}: ${deniedMend(home)}`;

export const deniedWords = (what: string, errno: string | undefined, to: 'read' | 'written' = 'read'): string =>
  `${what} cannot be ${to} (permission denied, ${errno})`;

export const deniedMend = (home: string): string =>
  `sudo chown -R "$(id -un)" ${quoted(home)} && chmod -R u+rwX ${quoted(home)}`;
