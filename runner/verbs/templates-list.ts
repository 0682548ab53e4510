/** What `add --template` takes: the user's own templates (templates/ in the root) before the shipped ones of the same name. */
import { join } from 'node:path';
import { rootIfThere } from '#blackboard/root.ts';
import { isRunnerError, reasonOf } from '#blackboard/system/errors.ts';
import { homeOrNone } from '#blackboard/system/home-directory.ts';
import {
  composeAgentFile,
  listTemplates,
  readTemplate,
  type Template,
  templateDirectories,
} from '#runner/agents/agent-template.ts';
import type { Templates } from '#runner/results/setup.ts';
import { headLine } from '#runner/text/printing.ts';
import type { VerbContext } from '#runner/verbs/context.ts';
import { templatesDirectory } from '#runner/version.ts';

const ABOUT_CHARS_MAX = 200;

export interface TemplateList {
  templates: Templates;
  /** Where the user's own belong; it need not be there. */
  ownDirectory: string;
}

/** Takes an unchecked context: there need be no root yet. `cwd`: against which a template's paths are tried. */
export async function templatesList(context: VerbContext, { cwd }: { cwd: string }): Promise<TemplateList> {
  const [own, shipped] = templateDirectories(await rootIfThere(context.root), templatesDirectory) as [string, string];
  const templates: Templates = [];
  for (const name of await listTemplates(context.files, [own, shipped]))
    templates.push(await rowOf(context, [own, shipped], name, cwd));
  return { templates, ownDirectory: own };
}

async function rowOf(
  { files, env }: VerbContext,
  directories: readonly [string, string],
  name: string,
  cwd: string,
): Promise<Templates[number]> {
  const [own] = directories;
  try {
    const template = await readTemplate(files, directories, name);
    const { path } = template;
    const problem = problemOf(template, homeOrNone(env), cwd);
    return { name, path, own: path.startsWith(`${own}/`), about: aboutOf(template), problem };
  } catch (error) {
    // Ours can be read: it is one of theirs, and no reason to show none.
    if (!isRunnerError(error)) throw error;
    return { name, path: join(own, `${name}.md`), own: true, about: '', problem: error.message };
  }
}

/** The first comment line of its front matter. */
const aboutOf = ({ text }: Template): string => headLine(/^---\n#\s*(.*)\n/.exec(text)?.[1] ?? '', ABOUT_CHARS_MAX);

function problemOf(template: Template, home: string, cwd: string): string | null {
  try {
    composeAgentFile(template, {}, { home, cwd });
    return null;
  } catch (error) {
    return reasonOf(error);
  }
}
