/** `agent-runner templates show <name>`: a template as it stands, to read or to begin one's own with. Exit codes: 0 · 66 no such template. */

import { rootIfThere, rootPath } from '#blackboard/root.ts';
import { createDiskFiles } from '#blackboard/system/disk-files.ts';
import { exitCode } from '#blackboard/system/errors.ts';
import { readTemplate, templateDirectories } from '#runner/agents/agent-template.ts';
import type { GlobalOptions } from '#runner/cli/terminal/global-options.ts';
import { printJson, printText } from '#runner/text/printing.ts';
import { templatesDirectory } from '#runner/version.ts';

export async function run(global: GlobalOptions, name: string): Promise<number> {
  const root = await rootIfThere(rootPath(global.root, process.env));
  const template = await readTemplate(createDiskFiles(), templateDirectories(root, templatesDirectory), name);
  if (global.json) printJson(template);
  else printText(template.text);
  return exitCode.ok;
}
