/** `agent-runner templates show <name>`: prints a template. */
import type { Call, Declaration } from '#runner/cli/declare.ts';
import { printJson, printText } from '#runner/text/printing.ts';

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

export async function run(call: Call, name: string): Promise<void> {
  const { templatesShow } = await import('#runner/verbs/templates-show.ts');
  const template = await templatesShow(call.unchecked(), { name });
  if (call.json) printJson(template);
  else printText(template.text);
}
