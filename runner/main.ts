#!/usr/bin/env node
/** The command agent-runner: runs what the command line names; alone on a terminal it shows what is going on. */
import { CommanderError } from 'commander';
import { exitCode, isRunnerError, isTemporary, reasonOf } from '../blackboard/errors.ts';
import { program } from './cli.ts';
import type { GlobalOptions } from './terminal/global-options.ts';
import { guardTerminal } from './terminal/guard.ts';
import { helpWanted } from './terminal/help-of.ts';
import { endWithReader } from './terminal/reader.ts';
import { markTexts } from './terminal/typed-text.ts';

async function main(typed: readonly string[]): Promise<void> {
  const argv = markTexts(typed);
  const { operands, unknown } = program.parseOptions([...argv]);
  const global = program.opts<GlobalOptions & { version?: boolean }>();
  const asked = helpWanted(program, [...operands, ...unknown]);
  const isBare = operands.length === 0 && unknown.length === 0;
  if (global.version) process.exitCode = await (await import('./commands/version.ts')).run(global.root, process.env);
  else if (isBare && process.stdout.isTTY)
    process.exitCode = await (await import('./commands/overview.ts')).run(global);
  else if (isBare) program.outputHelp();
  else if (asked) asked.outputHelp();
  else await program.parseAsync(argv, { from: 'user' });
}

/** commander's own errors are usage errors; help is none. */
function exitOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCode.ok : exitCode.usage;
  if (!isRunnerError(error)) {
    process.stderr.write(`agent-runner: ${reasonOf(error)}\n`);
    if (isTemporary(error)) return exitCode.temporary;
    if (process.env.AGENT_RUNNER_DEBUG) process.stderr.write(`${error instanceof Error ? error.stack : ''}\n`);
    return exitCode.bug;
  }
  process.stderr.write(`agent-runner: ${error.message}\n${error.hint ? `  ${error.hint}\n` : ''}`);
  return error.exit;
}

// What is made is ours alone, whatever umask we were given; where another mode is wanted it is set.
process.umask(0o077);
guardTerminal();
endWithReader();
main(process.argv.slice(2)).catch(error => {
  process.exitCode = exitOf(error);
});
