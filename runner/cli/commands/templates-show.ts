/** `agent-runner templates show <name>`: a template as it stands, to read or to begin one's own with. */

import { rootIfThere, rootPath } from '#blackboard/root.ts';
import { createDiskFiles } from '#blackboard/system/disk-files.ts';
import { exitCode } from '#blackboard/system/errors.ts';
import { readTemplate, templateDirectories } from '#runner/agents/agent-template.ts';
import type { Declaration } from '#runner/cli/declare.ts';
import type { GlobalOptions } from '#runner/cli/terminal/global-options.ts';
import { printJson, printText } from '#runner/text/printing.ts';
import { templatesDirectory } from '#runner/version.ts';

export const command: Declaration = {
  words: 'templates show',
  about: 'print one, as it would become an agent.md',
  arguments: [{ name: '<template>', completes: 'template' }],
  json: true,
  examples: [
    'agent-runner templates show reviewer',
    'agent-runner templates show tester > ~/.agent-runner/templates/mine.md',
  ],
  exits: { 66: 'no such template' },
};

export async function run(global: GlobalOptions, name: string): Promise<number> {
  const root = await rootIfThere(rootPath(global.root, process.env));
  const template = await readTemplate(createDiskFiles(), templateDirectories(root, templatesDirectory), name);
  if (global.json) printJson(template);
  else printText(template.text);
  return exitCode.ok;
}
