/** `agent-runner tail <name>`: the end of an agent's transcript, and what comes. Ends with Ctrl-C, or with its reader. */
import { systemClock } from '../../blackboard/clock.ts';
import { createDiskFiles } from '../../blackboard/disk-files.ts';
import { exitCode, usageError } from '../../blackboard/errors.ts';
import { printable } from '../../blackboard/printable.ts';
import { requireRoot, rootPath } from '../../blackboard/root.ts';
import { requireAgent } from '../agent/known-agent.ts';
import { followLog, lastLines } from '../terminal/follow-log.ts';
import type { GlobalOptions } from '../terminal/global-options.ts';
import { endWhenReaderLeaves } from '../terminal/reader.ts';

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
