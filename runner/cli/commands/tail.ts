/** `agent-runner tail <name>`: the end of an agent's transcript, and what comes. Ends with Ctrl-C, or with its reader. */

import { requireRoot, rootPath } from '#blackboard/root.ts';
import { systemClock } from '#blackboard/system/clock.ts';
import { createDiskFiles } from '#blackboard/system/disk-files.ts';
import { exitCode, usageError } from '#blackboard/system/errors.ts';
import { printable } from '#blackboard/text/printable.ts';
import { requireAgent } from '#runner/agents/known-agent.ts';
import type { Declaration } from '#runner/cli/declare.ts';
import type { GlobalOptions } from '#runner/cli/terminal/global-options.ts';
import { followLog, lastLines } from '#runner/text/follow-log.ts';
import { endWhenReaderLeaves } from '#runner/text/reader.ts';

export const command: Declaration = {
  words: 'tail',
  heading: 'What they do',
  about: 'follow the transcript of an agent',
  arguments: [{ name: '<name>', completes: 'agent' }],
  options: [{ flags: '-n, --lines <count>', about: 'lines to begin with', fallback: '20' }],
  examples: ['agent-runner tail reviewer', 'agent-runner tail reviewer -n 200'],
  exits: { 66: 'no such agent' },
};

export async function run(global: GlobalOptions, name: string, options: { lines: string }): Promise<number> {
  if (!/^\d{1,9}$/.test(options.lines))
    throw usageError(`-n ${JSON.stringify(options.lines)}: expected a number of lines, for example -n 50`);
  const root = await requireRoot(rootPath(global.root, process.env));
  const { transcript } = await requireAgent(createDiskFiles(), root, name);
  const { fromByte, sizeBytes } = await lastLines(transcript, Number(options.lines));
  if (sizeBytes === 0) process.stderr.write(`agent-runner: ${transcript} is empty so far; waiting\n`);
  const decoder = new TextDecoder();
  // The guard of a terminal lets our own escapes pass; in a log there are none of ours.
  const show = (bytes: Uint8Array) =>
    void process.stdout.write(process.stdout.isTTY ? printable(decoder.decode(bytes, { stream: true })) : bytes);
  await endWhenReaderLeaves();
  await followLog(transcript, fromByte, show, { clock: systemClock, signal: new AbortController().signal });
  return exitCode.ok;
}
