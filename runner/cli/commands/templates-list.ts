/** `agent-runner templates list`: lists what `add --template` takes. Your own templates come before ours. */
import type { Call, Declaration } from '#runner/cli/declare.ts';
import { terminalColumns, wrapTo } from '#runner/text/columns.ts';
import { table } from '#runner/text/terminal.ts';
import type { TemplateList } from '#runner/verbs/templates-list.ts';

export const command: Declaration = {
  words: 'templates list',
  about: 'all templates: yours, and ours',
  json: true,
  examples: ['agent-runner templates list', 'agent-runner templates list --json'],
  isDefault: true,
  allowsExcess: true,
};

export async function run(call: Call): Promise<void> {
  const { templatesList } = await import('#runner/verbs/templates-list.ts');
  const found = await templatesList(call.unchecked(), { cwd: process.cwd() });
  call.show(found.templates, () => render(found));
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
