/**
 * `agent-runner edit <name>`: agent.md in $VISUAL, else $EDITOR, else vi. The editor has a copy; agent.md is replaced
 * by it, in one rename, when it is valid, and stays as it was until then; a link stays a link.
 */

import { chmod, readFile, realpath, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { execa, parseCommandString } from 'execa';
import type { AgentLayout } from '#blackboard/layout.ts';
import { requireRoot, rootPath } from '#blackboard/root.ts';
import { createDiskFiles } from '#blackboard/system/disk-files.ts';
import {
  cannotCreateError,
  configurationError,
  errnoOf,
  exitCode,
  noSuchError,
  notRunningError,
  RunnerError,
  temporaryError,
} from '#blackboard/system/errors.ts';
import { type Files, readText } from '#blackboard/system/files.ts';
import { homeOrNone } from '#blackboard/system/home-directory.ts';
import { newNonce } from '#blackboard/system/ids.ts';
import { limits } from '#blackboard/system/limits.ts';
import { LOST_LINK_HINT, lostLink } from '#blackboard/system/lost-link.ts';
import { quoted } from '#blackboard/text/shell-word.ts';
import { parseAgentFile } from '#runner/agents/agent-file.ts';
import { requireAgent } from '#runner/agents/known-agent.ts';
import type { Declaration } from '#runner/cli/declare.ts';
import type { GlobalOptions } from '#runner/cli/terminal/global-options.ts';

export const command: Declaration = {
  words: 'edit',
  heading: 'Agents at work',
  about: 'change an agent.md in $VISUAL or $EDITOR; what was there stays until the new one is valid',
  arguments: [{ name: '<name>', completes: 'agent' }],
  examples: ['agent-runner edit reviewer', 'EDITOR="code --wait" agent-runner edit reviewer'],
  exits: {
    66: 'no such agent',
    69: 'the editor failed',
    75: 'somebody else changed it meanwhile',
    78: 'what was saved is not valid (the copy is kept)',
  },
};

export async function run(global: GlobalOptions, name: string): Promise<number> {
  const files = createDiskFiles();
  const root = await requireRoot(rootPath(global.root, process.env));
  const layout = await requireAgent(files, root, name);
  const before = await readText(files, layout.definition, limits.recordBytesMax);
  if (before === null) {
    const lost = await lostLink(files, layout.definition);
    throw lost ? configurationError(lost, LOST_LINK_HINT) : noSuchError(`${layout.definition} is gone`);
  }
  // A name of ours that no runner takes for agent.md, and the ending that editors colour.
  const draft = join(layout.home, `draft-${process.pid}.md`);
  await files.remove(draft);
  await files.create(draft, before);
  for (;;) {
    await openEditor(name, draft, async () => {
      if ((await readText(files, draft, limits.recordBytesMax)) !== before) return false;
      await files.remove(draft);
      return true;
    });
    const after = await readText(files, draft, limits.recordBytesMax);
    if (after === null || after === before) {
      await files.remove(draft);
      process.stdout.write(`${layout.definition} stays as it was: nothing was changed\n`);
      return exitCode.ok;
    }
    const problem = problemOf(after, layout);
    if (problem === null) {
      await replace(files, layout, draft, before);
      process.stdout.write(`Changed ${layout.definition}; it takes effect at the next turn\n`);
      return exitCode.ok;
    }
    process.stderr.write(`agent-runner: ${problem.message}\n`);
    if (!(await wantsAgain()))
      throw configurationError(
        `${layout.definition} stays as it was, because what was saved is not valid`,
        `Your text is kept in ${quoted(draft)}; start again with: agent-runner edit ${name}`,
      );
  }
}

/** Words as execa splits them, never a shell: `code --wait`, `/opt/my\ editor/bin/e`. */
async function openEditor(name: string, path: string, forgetUnchanged: () => Promise<boolean>): Promise<void> {
  const command = process.env.VISUAL || process.env.EDITOR || 'vi';
  const [program, ...args] = parseCommandString(command);
  const ended = await execa(program ?? 'vi', [...args, path], { stdio: 'inherit', reject: false });
  if (!ended.failed) return;
  const how = ended.code === 'ENOENT' ? 'was not found' : `ended with ${ended.exitCode ?? ended.signal ?? ended.code}`;
  throw notRunningError(
    `the editor ${JSON.stringify(command)} ${how}; nothing was changed`,
    `Name another: EDITOR=nano agent-runner edit ${name}${(await forgetUnchanged()) ? '' : `; what it saved is in ${quoted(path)}`}`,
  );
}

/** As the runner will read it: messages name agent.md, though it is the copy that was read. */
function problemOf(text: string, layout: AgentLayout): RunnerError | null {
  try {
    parseAgentFile(text, layout.definition, homeOrNone(process.env), layout.home);
    return null;
  } catch (error) {
    if (error instanceof RunnerError) return error;
    throw error;
  }
}

/** One rename; what somebody else wrote meanwhile is not lost. */
async function replace(files: Files, layout: AgentLayout, draft: string, before: string): Promise<void> {
  if ((await readText(files, layout.definition, limits.recordBytesMax)) !== before)
    throw temporaryError(
      `${layout.definition} was changed by somebody else meanwhile; it stays as it is`,
      `Compare: diff ${quoted(layout.definition)} ${quoted(draft)}`,
    );
  if ((await files.facts(layout.definition))?.kind === 'link') return writeThrough(files, layout.definition, draft);
  if ((await files.move(draft, layout.definition)) === 'gone')
    throw temporaryError(`${draft} was gone before it became ${layout.definition}, which stays as it is`);
  await files.syncDirectory(layout.home);
}

/** A link stays a link: the file that it leads to is replaced where it is, with its mode. */
async function writeThrough(files: Files, link: string, draft: string): Promise<void> {
  try {
    const target = await realpath(link);
    const aside = `${target}.tmp-${newNonce().slice(0, 12)}`;
    const { mode } = await stat(target);
    await writeFile(aside, await readFile(draft), { flag: 'wx', mode: 0o600, flush: true });
    await chmod(aside, mode & 0o777);
    await rename(aside, target);
  } catch (error) {
    throw cannotCreateError(
      `the file that ${link} leads to cannot be replaced: ${errnoOf(error) ?? error}`,
      `Your text is kept in ${quoted(draft)}.`,
    );
  }
  await files.remove(draft);
}

/** Asks on a terminal; nobody can answer elsewhere. */
async function wantsAgain(): Promise<boolean> {
  if (!process.stdin.isTTY || !process.stderr.isTTY) return false;
  // The terminal's own line editing will do: no escapes.
  const terminal = createInterface({ input: process.stdin, output: process.stderr, terminal: false });
  try {
    const said = await terminal.question('Edit again? [Y/n] ');
    return !/^\s*n/i.test(said);
  } finally {
    terminal.close();
  }
}
