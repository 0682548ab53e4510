/** `agent-runner templates show <name>`: a template as it stands, to read or to begin one's own with. Exit codes: 0 · 66 no such template. */
import { createDiskFiles } from '../../blackboard/disk-files.ts';
import { exitCode } from '../../blackboard/errors.ts';
import { rootIfThere, rootPath } from '../../blackboard/root.ts';
import { readTemplate, templateDirectories } from '../agent/agent-template.ts';
import type { GlobalOptions } from '../terminal/global-options.ts';
import { printJson, printText } from '../terminal/printing.ts';
import { templatesDirectory } from '../version.ts';

export async function run(global: GlobalOptions, name: string): Promise<number> {
  const root = await rootIfThere(rootPath(global.root, process.env));
  const template = await readTemplate(createDiskFiles(), templateDirectories(root, templatesDirectory), name);
  if (global.json) printJson(template);
  else printText(template.text);
  return exitCode.ok;
}
