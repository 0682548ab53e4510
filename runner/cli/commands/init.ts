/** `agent-runner init`: makes the root and says what to do next. Repeating it mends what is missing and changes nothing else. */

import { chmod, readdir, stat } from 'node:fs/promises';
import { rootLayout } from '#blackboard/layout.ts';
import { listAgents } from '#blackboard/peers/agent.ts';
import { makeRoot, requireTrustIfThere, rootPath } from '#blackboard/root.ts';
import { createDiskFiles } from '#blackboard/system/disk-files.ts';
import { exitCode, refusedError } from '#blackboard/system/errors.ts';
import { writeOnce } from '#blackboard/system/record.ts';
import { quoted } from '#blackboard/text/shell-word.ts';
import { readConfig } from '#runner/agents/config.ts';
import type { Declaration } from '#runner/cli/declare.ts';
import type { GlobalOptions } from '#runner/cli/terminal/global-options.ts';
import { commandLines, terminalColumns } from '#runner/text/columns.ts';
import { printJson } from '#runner/text/printing.ts';
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

export async function run(global: GlobalOptions, options: { forceFilesystem?: boolean }): Promise<number> {
  const files = createDiskFiles();
  const root = rootPath(global.root, process.env);
  await requireTrustIfThere(root);
  await refuseForeignContent(root);
  const { config } = rootLayout(root);
  const forced = options.forceFilesystem === true;
  const isForced = forced || (await readConfig(files, root)).filesystem === 'forced';
  const made = await makeRoot(files, root, isForced);
  const told = [`${made === 'made' ? 'Made' : 'Found'} the root ${root}`];
  if (await shut(root)) told.push('Shut it: others could read it, now it is yours alone (mode 700)');
  if (forced && (await writeOnce(files, config, 'filesystem: forced\n')) === 'exists' && !(await saysForced(root)))
    told.push(`Write this line into ${config}, so that later commands know it: filesystem: forced`);
  const agents = await listAgents(files, root);
  if (agents.length > 0) told.push(`It has ${plural(agents.length, 'agent')}; see them with: agent-runner list`);
  if (global.json) printJson({ root, made: made === 'made', agents: agents.length });
  else process.stdout.write(`${told.join('\n')}\n\n${nextSteps(root)}`);
  return exitCode.ok;
}

/** A directory full of other things is a slip of the keyboard (`--root .`), not a root. */
async function refuseForeignContent(root: string): Promise<void> {
  const names = await readdir(root).catch((): string[] => []);
  const ours = new Set([
    'agents',
    'operator',
    'costs',
    'runners',
    'templates',
    'config.yaml',
    'service.env',
    'pause',
    'lost+found',
  ]);
  const foreign = names.find(name => !ours.has(name) && !name.startsWith('.'));
  if (names.includes('agents') || foreign === undefined) return;
  throw refusedError(
    `${root} is no root of agent-runner and not empty (there is ${JSON.stringify(foreign)})`,
    'Name an empty directory, or one that does not exist yet: agent-runner --root <directory> init',
  );
}

/** Whether the mode had to be changed. makeRoot has refused a root that others can write in. */
async function shut(root: string): Promise<boolean> {
  if (((await stat(root)).mode & 0o077) === 0) return false;
  await chmod(root, 0o700);
  return true;
}

const saysForced = async (root: string): Promise<boolean> =>
  (await readConfig(createDiskFiles(), root)).filesystem === 'forced';

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
