/**
 * `agent-runner logs [name]`: the end of what the runner said in the background, and with --follow what comes; of one
 * agent, its lines. A runner in the foreground says it on its own terminal.
 */

import { resolve } from 'node:path';
import { rootLayout } from '#blackboard/layout.ts';
import { requireRoot, rootPath } from '#blackboard/root.ts';
import { systemClock } from '#blackboard/system/clock.ts';
import { createDiskFiles } from '#blackboard/system/disk-files.ts';
import { exitCode, noSuchError, usageError } from '#blackboard/system/errors.ts';
import type { Files } from '#blackboard/system/files.ts';
import { printable } from '#blackboard/text/printable.ts';
import { requireAgent } from '#runner/agents/known-agent.ts';
import { liveRunnersOf } from '#runner/agents/runner-registry.ts';
import type { Declaration } from '#runner/cli/declare.ts';
import type { GlobalOptions } from '#runner/cli/terminal/global-options.ts';
import { followLog, lastLines } from '#runner/text/follow-log.ts';
import { endWhenReaderLeaves } from '#runner/text/reader.ts';

export const command: Declaration = {
  words: 'logs',
  heading: 'What they do',
  about: 'what the runner said (start --detach, service); of one agent, if it is named',
  arguments: [{ name: '[name]', completes: 'agent' }],
  options: [
    { flags: '-n, --lines <count>', about: 'lines to begin with', fallback: '50' },
    { flags: '--follow', about: 'go on printing what comes' },
    { flags: '--log <file>', about: 'another log than that of start --detach', completes: 'file' },
  ],
  examples: ['agent-runner logs --follow', 'agent-runner logs reviewer -n 200'],
  exits: { 64: 'wrong option', 66: 'no such agent or log' },
};

export interface LogsOptions {
  lines: string;
  follow?: boolean;
  log?: string;
}

export async function run(global: GlobalOptions, name: string | undefined, options: LogsOptions): Promise<number> {
  if (!/^\d{1,9}$/.test(options.lines))
    throw usageError(`-n ${JSON.stringify(options.lines)}: expected a number of lines, for example -n 50`);
  const files = createDiskFiles();
  const root = await requireRoot(rootPath(global.root, process.env));
  if (name !== undefined) await requireAgent(files, root, name);
  const path = options.log === undefined ? rootLayout(root).runnerLog : resolve(options.log);
  if ((await files.facts(path)) === null) throw await noLog(files, root, path, options.log !== undefined);
  const over = new AbortController();
  process.once('SIGINT', () => over.abort());
  const print = (line: string) => {
    if (over.signal.aborted || (name !== undefined && !isAbout(line, name))) return;
    // The guard of a terminal lets our own escapes pass; in a log there are none of ours.
    process.stdout.write(printable(`${line}\n`));
  };
  const count = Number(options.lines);
  const backlog: string[] = [];
  // Of one agent's lines the last ones may lie anywhere in the file.
  const { fromByte } = await lastLines(path, name === undefined ? count : Number.MAX_SAFE_INTEGER);
  let isLive = false;
  const lines = lineSplitter(line => {
    if (isLive) print(line);
    else if (name === undefined || isAbout(line, name)) {
      backlog.push(line);
      if (backlog.length > count) backlog.shift();
    }
  });
  const once = AbortSignal.abort();
  const size = await follow(path, fromByte, lines, once);
  for (const line of backlog) print(line);
  isLive = true;
  if (options.follow) await endWhenReaderLeaves();
  if (options.follow) await follow(path, size, lines, over.signal);
  return exitCode.ok;
}

/** Where the runner's words go instead. */
async function noLog(files: Files, root: string, path: string, isNamed: boolean): Promise<Error> {
  if (isNamed) return noSuchError(`there is no log ${path}`, 'That of start --detach is shown without --log.');
  const { installedText } = await import('#runner/service/service-file.ts');
  const { homeOf, serviceName } = await import('#runner/service/service-order.ts');
  const { serviceManager } = await import('#runner/service/this-machine.ts');
  const home = homeOf(process.env);
  const order = { name: await serviceName(root, home), home };
  const manager = serviceManager(process.env);
  if ((await installedText(manager.file(order)).catch(() => null)) !== null)
    return noSuchError(
      `there is no log ${path}: the service writes to ${manager.name === 'systemd' ? 'the journal' : 'its own log'}`,
      manager.name === 'systemd'
        ? `See it with: journalctl --user -u ${order.name} -f`
        : 'See where with: agent-runner service status',
    );
  const [runner] = await liveRunnersOf(files, root);
  if (runner)
    return noSuchError(
      `there is no log ${path}: the runner (pid ${runner.pid}) runs in the foreground and says everything on its own terminal`,
      'For a log, stop it, then: agent-runner start --detach',
    );
  return noSuchError(
    `there is no log ${path}: no runner has run in the background, and none runs now`,
    'Start one with: agent-runner start --detach',
  );
}

/** Gives what is there from a byte on, and what comes until `signal` aborts; where it stands then. */
async function follow(path: string, fromByte: number, take: (bytes: Uint8Array) => void, signal: AbortSignal) {
  let offset = fromByte;
  const show = (bytes: Uint8Array) => {
    offset += bytes.length;
    take(bytes);
  };
  await followLog(path, fromByte, show, { clock: systemClock, signal });
  return offset;
}

/** `<time> <name>: …` and `<time> agent-runner: … <name>…` */
const isAbout = (line: string, name: string): boolean => new RegExp(`(^|[^a-z0-9-])${name}([^a-z0-9-]|$)`).test(line);

function lineSplitter(take: (line: string) => void): (bytes: Uint8Array) => void {
  const decoder = new TextDecoder();
  let rest = '';
  return bytes => {
    const lines = (rest + decoder.decode(bytes, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) take(line);
  };
}
