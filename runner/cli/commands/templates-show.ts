/** `agent-runner templates show <name>`: a template as it stands, to read or to begin one's own with. */
import { exitCode } from '#blackboard/system/errors.ts';
import type { Declaration } from '#runner/cli/declare.ts';
import type { GlobalOptions } from '#runner/cli/terminal/global-options.ts';
import { printJson, printText } from '#runner/text/printing.ts';
import { uncheckedContext } from '#runner/verbs/context.ts';

export const command: Declaration = {
  words: 'templates show',
  about: 'print a template, as it would become an agent.md',
  arguments: [{ name: '<template>', completes: 'template' }],
  json: true,
  examples: [
    'agent-runner templates show reviewer',
    'agent-runner templates show tester > ~/.agent-runner/templates/mine.md',
  ],
  exits: { 66: 'no such template' },
};

export async function run(global: GlobalOptions, name: string): Promise<number> {
  const { templatesShow } = await import('#runner/verbs/templates-show.ts');
  const template = await templatesShow(uncheckedContext(global.root, process.env), { name });
  if (global.json) printJson(template);
  else printText(template.text);
  return exitCode.ok;
}
