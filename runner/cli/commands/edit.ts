/** `agent-runner edit <name>`: opens a copy of agent.md in an editor. A valid copy replaces agent.md in one rename. */
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { execa, parseCommandString } from 'execa';
import { configurationError, exitCode, isRunnerError, notRunningError } from '#blackboard/system/errors.ts';
import { readText } from '#blackboard/system/files.ts';
import { limits } from '#blackboard/system/limits.ts';
import { quoted } from '#blackboard/text/shell-word.ts';
import type { Call, Declaration } from '#runner/cli/declare.ts';

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

export async function run(call: Call, name: string): Promise<number> {
  const { definitionText, edit } = await import('#runner/verbs/edit.ts');
  const context = await call.context();
  const { files } = context;
  const { path, text: before } = await definitionText(context, { name });
  // No runner reads this name, and editors highlight this ending.
  const draft = join(dirname(path), `draft-${process.pid}.md`);
  await files.remove(draft);
  await files.create(draft, before);
  const saved = () => readText(files, draft, limits.recordBytesMax);
  for (;;) {
    await openEditor(name, draft, async () => {
      if ((await saved()) !== before) return false;
      await files.remove(draft);
      return true;
    });
    const text = (await saved()) ?? before;
    try {
      const { changed } = await edit(context, { name, before, text, keptIn: draft });
      await files.remove(draft);
      process.stdout.write(
        changed
          ? `Changed ${path}; it takes effect at the next turn\n`
          : `${path} stays as it was: nothing was changed\n`,
      );
      return exitCode.ok;
    } catch (error) {
      if (!isRunnerError(error) || error.exit !== exitCode.configuration) throw error;
      call.warn(`${error.message}`);
    }
    if (!(await wantsAgain()))
      throw configurationError(
        `${path} stays as it was, because what was saved is not valid`,
        `Your text is kept in ${quoted(draft)}; start again with: agent-runner edit ${name}`,
      );
  }
}

/** execa splits the words (`code --wait`, `/opt/my\ editor/bin/e`); no shell runs. */
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

/** Asks only on a terminal. */
async function wantsAgain(): Promise<boolean> {
  if (!process.stdin.isTTY || !process.stderr.isTTY) return false;
  // The terminal's own line editing is enough: no escapes.
  const terminal = createInterface({ input: process.stdin, output: process.stderr, terminal: false });
  try {
    const said = await terminal.question('Edit again? [Y/n] ');
    return !/^\s*n/i.test(said);
  } finally {
    terminal.close();
  }
}
