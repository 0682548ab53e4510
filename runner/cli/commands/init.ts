/** `agent-runner init`: makes the root, and says what to do next. Calling it again adds only what is missing. */
import { rootLayout } from '#blackboard/layout.ts';
import { quoted } from '#blackboard/text/shell-word.ts';
import type { Call, Declaration } from '#runner/cli/declare.ts';
import type { Init } from '#runner/results/setup.ts';
import { commandLines, terminalColumns } from '#runner/text/columns.ts';
import { plural } from '#runner/text/terminal.ts';

export const command: Declaration = {
  words: 'init',
  heading: 'To begin',
  about: 'make the root (0700) and say what to do next',
  options: [{ flags: '--force-filesystem', about: 'although it lacks hard links or lies on a network' }],
  json: true,
  examples: ['agent-runner init', 'agent-runner --root /srv/agents init'],
  exits: { 77: 'the directory cannot be trusted, or its file system lacks hard links' },
};

export async function run(call: Call, options: { forceFilesystem?: boolean }): Promise<void> {
  const { init } = await import('#runner/verbs/init.ts');
  const done = await init({
    root: call.root,
    env: call.env,
    forceFilesystem: options.forceFilesystem === true,
  });
  call.show(done, () => `${render(done)}\n\n${nextSteps(done.root)}`);
}

function render({ root, made, agents, shut, configLine }: Init): string {
  const told = [`${made ? 'Made' : 'Found'} the root ${root}`];
  if (shut) told.push('Shut it: others could read it, now it is yours alone (mode 700)');
  if (configLine)
    told.push(`Write this line into ${rootLayout(root).config}, so that later commands know it: ${configLine}`);
  if (agents > 0) told.push(`It has ${plural(agents, 'agent')}; see them with: agent-runner list`);
  return told.join('\n');
}

const nextSteps = (root: string): string =>
  `Next:\n${commandLines(
    [
      ['agent-runner add reviewer --cwd ~/src/app', 'an agent, from a template'],
      ['agent-runner start', 'run it, here; Ctrl-C ends it'],
      [`cp task.md ${quoted(`${root}/agents/reviewer/inbox/`)}`, 'any file is work'],
      [`tail -f ${quoted(`${root}/agents/reviewer/transcript.log`)}`],
      ['agent-runner inbox', 'the answer is there'],
    ],
    terminalColumns(),
  )}`;
