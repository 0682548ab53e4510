/** `agent-runner add <name>`: an agent from a template, and what to do next. */

import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { requireRoot, rootPath } from '#blackboard/root.ts';
import { createDiskFiles } from '#blackboard/system/disk-files.ts';
import { exitCode } from '#blackboard/system/errors.ts';
import { homeOrNone } from '#blackboard/system/home-directory.ts';
import { quoted } from '#blackboard/text/shell-word.ts';
import { addAgent } from '#runner/agents/add-agent.ts';
import type { AgentDefinition } from '#runner/agents/agent-file.ts';
import type { AgentOptions } from '#runner/agents/agent-template.ts';
import type { Declaration } from '#runner/cli/declare.ts';
import type { GlobalOptions } from '#runner/cli/terminal/global-options.ts';
import { commandLines, terminalColumns, wrapTo } from '#runner/text/columns.ts';
import { printJson } from '#runner/text/printing.ts';
import { paintFor } from '#runner/text/terminal.ts';
import { templatesDirectory } from '#runner/version.ts';

export const command: Declaration = {
  words: 'add',
  heading: 'To begin',
  about: 'add an agent from a template',
  arguments: [{ name: '<name>', about: 'a-z, 0-9 and "-", at most 40' }],
  options: [
    { flags: '--cwd <directory>', about: 'where it works (default: here)', completes: 'directory' },
    {
      flags: '--template <name>',
      about: 'worker, reviewer, tester, planner, watcher or one of yours (default: as the name, else worker)',
      completes: 'template',
    },
    { flags: '--model <model>', about: 'sonnet, opus, haiku … (default: as claude has it)' },
    {
      flags: '--effort <level>',
      about: 'low, medium, high, xhigh or max',
      completes: ['low', 'medium', 'high', 'xhigh', 'max'],
    },
    {
      flags: '--permission-mode <mode>',
      about: 'manual, plan, acceptEdits, dontAsk, auto or bypassPermissions',
      completes: ['manual', 'plan', 'acceptEdits', 'dontAsk', 'auto', 'bypassPermissions'],
    },
    { flags: '--allowed-tools <tools...>', about: 'tools it may use without asking, e.g. "Bash(npm test)" Edit' },
    { flags: '--disallowed-tools <tools...>', about: 'tools it may never use' },
    { flags: '--add-dir <directories...>', about: 'more directories it may read', completes: 'directory' },
    { flags: '--per-turn-usd <usd>', about: 'budget of one turn' },
    { flags: '--per-day-usd <usd>', about: 'budget of one day' },
  ],
  json: true,
  examples: [
    'agent-runner add reviewer --cwd ~/src/app',
    'agent-runner add nightly --template tester --permission-mode dontAsk --per-day-usd 3',
  ],
  exits: {
    65: 'the working directory is not there',
    73: 'the name is taken',
    77: 'its cwd or a directory of it contains the root',
    78: 'what the template or an option says is wrong',
  },
};

export async function run(
  global: GlobalOptions,
  name: string,
  options: AgentOptions & { template?: string },
): Promise<number> {
  const files = createDiskFiles();
  const root = await requireRoot(rootPath(global.root, process.env));
  const { layout, definition, template } = await addAgent(files, {
    root,
    name,
    ...(options.template === undefined ? {} : { template: options.template }),
    options,
    here: { home: homeOrNone(process.env), cwd: process.cwd() },
    shipped: templatesDirectory,
  });
  if (definition.permissionMode === 'bypassPermissions')
    process.stderr.write(
      `${paintFor(process.stderr, process.env).red(
        `${name} runs with bypassPermissions: it may do whatever you may do on this machine, and is asked nothing.`,
      )}\n`,
    );
  if (readsProject(definition))
    process.stderr.write(
      `${name} reads the settings of the project it works in: under claude -p nobody is asked whether that directory is trusted, and its .claude/settings.json may run commands as you (hooks), set variables and allow more tools.\n  Leave them out: settingSources: [user] in ${layout.definition}\n`,
    );
  if (global.json) {
    const { home, inbox } = layout;
    printJson({ name, template: template.name, cwd: definition.cwd, path: home, inbox: inbox.inbox });
    return exitCode.ok;
  }
  const inbox = quoted(layout.inbox.inbox);
  const columns = terminalColumns();
  const made =
    `Added ${name} (template ${template.name}), at work in ${definition.cwd}\n` +
    `What it may do stands in ${layout.definition}\n` +
    `${readsProject(definition) ? '' : await leftOut(definition.cwd)}\n`;
  const next = commandLines(
    [
      ['agent-runner start', 'unless it runs: it takes up new ones'],
      [`cp task.md ${inbox}/`, 'any file is work'],
      [`tail -f ${quoted(layout.transcript)}`],
    ],
    columns,
  );
  process.stdout.write(`${wrapTo(made, columns)}Next:\n${next}`);
  return exitCode.ok;
}

const readsProject = ({ settingSources }: AgentDefinition): boolean =>
  settingSources === undefined || settingSources.includes('project') || settingSources.includes('local');

/** What a person would expect to be read, and is not; '' where there is no such thing. */
async function leftOut(cwd: string): Promise<string> {
  for (const name of ['CLAUDE.md', '.claude'])
    if (await stat(join(cwd, name)).catch(() => null))
      return `Its project's own settings and CLAUDE.md are not read (settingSources there; docs/permissions.md)\n`;
  return '';
}
