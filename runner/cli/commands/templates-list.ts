/**
 * `agent-runner templates list`: what `add --template` takes, yours (templates/ in the root) before the shipped ones
 * of the same name.
 */

import { join } from 'node:path';
import { rootIfThere, rootPath } from '#blackboard/root.ts';
import { createDiskFiles } from '#blackboard/system/disk-files.ts';
import { exitCode, isRunnerError, reasonOf } from '#blackboard/system/errors.ts';
import type { Files } from '#blackboard/system/files.ts';
import { homeOrNone } from '#blackboard/system/home-directory.ts';
import {
  composeAgentFile,
  listTemplates,
  readTemplate,
  type Template,
  templateDirectories,
} from '#runner/agents/agent-template.ts';
import type { Declaration } from '#runner/cli/declare.ts';
import type { GlobalOptions } from '#runner/cli/terminal/global-options.ts';
import { terminalColumns, wrapTo } from '#runner/text/columns.ts';
import { headLine, printJson } from '#runner/text/printing.ts';
import { table } from '#runner/text/terminal.ts';
import { templatesDirectory } from '#runner/version.ts';

export const command: Declaration = {
  words: 'templates list',
  about: 'all of them',
  json: true,
  examples: ['agent-runner templates list', 'agent-runner templates list --json'],
  isDefault: true,
  allowsExcess: true,
};

const ABOUT_CHARS_MAX = 200;

export async function run(global: GlobalOptions): Promise<number> {
  const files = createDiskFiles();
  const root = await rootIfThere(rootPath(global.root, process.env));
  const directories = templateDirectories(root, templatesDirectory);
  const rows: Row[] = [];
  for (const name of await listTemplates(files, directories)) rows.push(await rowOf(files, directories, name));
  if (global.json) printJson(rows);
  else
    process.stdout.write(
      `${table(
        [{ head: 'TEMPLATE' }, { head: 'FROM' }, { head: 'ABOUT', shrinks: true }],
        rows.map(({ name, own, about, problem }) => [
          name,
          own ? 'yours' : 'agent-runner',
          problem ? `broken: ${problem}` : about,
        ]),
        terminalColumns(),
      )}${wrapTo(`\nTake one with: agent-runner add <name> --template <template>; yours go into ${directories[0]}/<template>.md\n`, terminalColumns())}`,
    );
  return exitCode.ok;
}

interface Row {
  name: string;
  path: string;
  own: boolean;
  about: string;
  problem: string | null;
}

async function rowOf(files: Files, directories: readonly string[], name: string): Promise<Row> {
  try {
    const template = await readTemplate(files, directories, name);
    const own = template.path.startsWith(`${directories[0]}/`);
    return { name, path: template.path, own, about: aboutOf(template), problem: problemOf(template) };
  } catch (error) {
    // Ours can be read: it is one of theirs, and no reason to show none.
    if (!isRunnerError(error)) throw error;
    return { name, path: join(directories[0]!, `${name}.md`), own: true, about: '', problem: error.message };
  }
}

/** The first comment line of its front matter. */
const aboutOf = ({ text }: Template): string => headLine(/^---\n#\s*(.*)\n/.exec(text)?.[1] ?? '', ABOUT_CHARS_MAX);

function problemOf(template: Template): string | null {
  try {
    composeAgentFile(template, {}, { home: homeOrNone(process.env), cwd: process.cwd() });
    return null;
  } catch (error) {
    return reasonOf(error);
  }
}
