/** The command agent-runner. Runs what the command line names; alone on a terminal it shows what is going on. */
import { CommanderError } from 'commander';
import { accessError } from '#blackboard/system/access-words.ts';
import { errnoOf, exitCode, isRunnerError, isTemporary, noSuchError, reasonOf } from '#blackboard/system/errors.ts';
import { callOf, type GlobalOptions } from '#runner/cli/call.ts';
import { createProgram } from '#runner/cli/program.ts';
import { loadCommands } from '#runner/cli/registry.ts';
import { guardTerminal } from '#runner/cli/terminal/guard.ts';
import { helpWanted } from '#runner/cli/terminal/help-of.ts';
import { terminalColumns, wrapTo } from '#runner/text/columns.ts';
import { whenFirstUsed } from '#runner/text/output.ts';
import { cannotPrint } from '#runner/text/reader.ts';
import { commandOf, markTexts } from '#runner/text/typed-text.ts';

async function main(typed: readonly string[]): Promise<void> {
  const argv = markTexts(typed);
  const program = createProgram(await loadCommands(commandOf(argv) ?? null));
  const { operands, unknown } = program.parseOptions([...argv]);
  const global = program.opts<GlobalOptions & { version?: boolean }>();
  const asked = helpWanted(program, [...operands, ...unknown]);
  const isBare = operands.length === 0 && unknown.length === 0;
  if (global.version) await (await import('#runner/cli/commands/version.ts')).run(callOf(global));
  else if (isBare && process.stdout.isTTY) await (await import('#runner/cli/commands/overview.ts')).run(callOf(global));
  else if (isBare) program.outputHelp();
  else if (asked) asked.outputHelp();
  else await program.parseAsync(argv, { from: 'user' });
}

/** The error of any command that needs the working directory, in these words (Node names the call uv_cwd). */
const isDirectoryGone = (error: unknown): boolean =>
  errnoOf(error) === 'ENOENT' && (error as NodeJS.ErrnoException).syscall === 'uv_cwd';

/** Words for faults that are not ours: a file in place of a directory, or missing permissions. */
function inWords(thrown: unknown): unknown {
  if (isRunnerError(thrown)) return thrown;
  if (isDirectoryGone(thrown))
    return noSuchError('the directory you are in was removed', 'Go to one that is there, and call this again: cd');
  return accessError(thrown) ?? thrown;
}

/** commander's own errors are usage errors, except help. */
function exitOf(thrown: unknown): number {
  const error = inWords(thrown);
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCode.ok : exitCode.usage;
  if (!isRunnerError(error)) {
    process.stderr.write(`agent-runner: ${reasonOf(error)}\n`);
    if (isTemporary(error)) return exitCode.temporary;
    if (process.env.AGENT_RUNNER_DEBUG) process.stderr.write(`${error instanceof Error ? error.stack : ''}\n`);
    return exitCode.bug;
  }
  // The hint is not wrapped: it contains a command to copy.
  const sentence = wrapTo(`agent-runner: ${error.message}`, terminalColumns(process.stderr));
  process.stderr.write(`${sentence}\n${error.hint ? `  ${error.hint}\n` : ''}`);
  return error.exit;
}

// New files are private, whatever the umask was. Other modes are set explicitly.
process.umask(0o077);
whenFirstUsed((stream, name) => {
  guardTerminal(stream);
  stream.on('error', error => cannotPrint(name, error));
});
main(process.argv.slice(2)).catch(error => {
  process.exitCode = exitOf(error);
});
