/**
 * `agent-runner templates list`: what `add --template` takes, yours (templates/ in the root) before the shipped ones
 * of the same name.
 */
import { exitCode } from '#blackboard/system/errors.ts';
import type { Declaration } from '#runner/cli/declare.ts';
import type { GlobalOptions } from '#runner/cli/terminal/global-options.ts';
import { terminalColumns, wrapTo } from '#runner/text/columns.ts';
import { printJson } from '#runner/text/printing.ts';
import { table } from '#runner/text/terminal.ts';
import { uncheckedContext } from '#runner/verbs/context.ts';
import type { TemplateList } from '#runner/verbs/templates-list.ts';

export const command: Declaration = {
  words: 'templates list',
  about: 'all templates: yours, and ours',
  json: true,
  examples: ['agent-runner templates list', 'agent-runner templates list --json'],
  isDefault: true,
  allowsExcess: true,
};

export async function run(global: GlobalOptions): Promise<number> {
  const { templatesList } = await import('#runner/verbs/templates-list.ts');
  const found = await templatesList(uncheckedContext(global.root, process.env), { cwd: process.cwd() });
  if (global.json) printJson(found.templates);
  else process.stdout.write(render(found));
  return exitCode.ok;
}

function render({ templates, ownDirectory }: TemplateList): string {
  const rows = templates.map(({ name, own, about, problem }) => [
    name,
    own ? 'yours' : 'agent-runner',
    problem ? `broken: ${problem}` : about,
  ]);
  const next = `\nTake one with: agent-runner add <name> --template <template>; yours go into ${ownDirectory}/<template>.md\n`;
  return `${table([{ head: 'TEMPLATE' }, { head: 'FROM' }, { head: 'ABOUT', shrinks: true }], rows, terminalColumns())}${wrapTo(next, terminalColumns())}`;
}
