/** `agent-runner start`: the loop, in the foreground or (--detach) the background. First SIGTERM or SIGINT: turns may finish; second: now. */

import { resolve } from 'node:path';
import { type AgentLayout, agentLayout, rootLayout } from '#blackboard/layout.ts';
import { listAgents } from '#blackboard/peers/agent.ts';
import { requireRoot, rootPath } from '#blackboard/root.ts';
import { exitCode, usageError } from '#blackboard/system/errors.ts';
import type { Files } from '#blackboard/system/files.ts';
import { limits } from '#blackboard/system/limits.ts';
import { isSelf } from '#blackboard/system/process-identity.ts';
import { createRunnerFiles } from '#blackboard/system/runner-files.ts';
import { openSteadyClock } from '#blackboard/system/steady-clock.ts';
import { createSyncFiles } from '#blackboard/system/sync-files.ts';
import { quoted } from '#blackboard/text/shell-word.ts';
import { alreadyRuns, liveRunner } from '#runner/agents/agent-lock.ts';
import { readConfig } from '#runner/agents/config.ts';
import { requireAgent } from '#runner/agents/known-agent.ts';
import { rootOwner, rootOwnerRuns, takeWholeRoot } from '#runner/agents/root-owner.ts';
import { registerRunner } from '#runner/agents/runner-registry.ts';
import { findClaude, requireVersion } from '#runner/claude/claude-process.ts';
import type { Declaration } from '#runner/cli/declare.ts';
import type { GlobalOptions } from '#runner/cli/terminal/global-options.ts';
import { createRunnerEvents } from '#runner/events/emit.ts';
import { createSupervisor, type Supervisor } from '#runner/fleet/supervisor.ts';
import { trimHeap } from '#runner/fleet/trim-heap.ts';
import { announceReady } from '#runner/service/readiness.ts';
import { openRunnerLog } from '#runner/service/runner-log.ts';
import { createSdNotify } from '#runner/service/sd-notify.ts';
import { printJson } from '#runner/text/printing.ts';
import { endBySigpipe, whenReaderLeaves } from '#runner/text/reader.ts';
import { launcherPath } from '#runner/version.ts';

export const command: Declaration = {
  words: 'start',
  heading: 'Agents at work',
  about: 'run the agents, in the foreground; 75 if they run already',
  arguments: [{ name: '[name...]', about: 'only these (default: all, and those that come)', completes: 'agent' }],
  options: [
    { flags: '--once', about: 'work until the inboxes are empty, then exit; 1 if something was skipped' },
    { flags: '--detach', about: 'in the background; returns when it watches' },
    {
      flags: '--log <file>',
      about: 'write what it says into this file (with --detach: logs/runner.log in the root)',
      completes: 'file',
    },
    { flags: '--quiet', about: 'say nothing of turns, only of troubles' },
  ],
  json: 'with --detach: print JSON',
  examples: ['agent-runner start --detach', 'agent-runner start reviewer tester --once'],
  exits: {
    1: '--once: something was skipped',
    66: 'no such agent',
    69: '--detach: it did not come up',
    75: 'the agents run already',
    78: 'agent.md, config.yaml or the environment is wrong, or there is no claude that works',
  },
};

export interface StartOptions {
  once?: boolean;
  detach?: boolean;
  /** A file instead of stderr. */
  log?: string;
  /** No line for each turn. */
  quiet?: boolean;
}

export async function run(global: GlobalOptions, names: string[], options: StartOptions): Promise<number> {
  const files = createRunnerFiles();
  const root = await requireRoot(rootPath(global.root, process.env));
  if (options.detach) return detach(root, names, options, global.json === true);
  const config = await readConfig(files, root);
  const claude = await findClaude(config.claude, process.env);
  await takeNames(files, root, names);
  const isVersionKnown = await requireVersion(claude, process.env);
  const once = options.once === true;
  // First: a process that cannot see this one knows from its file in runners/ that it is alive.
  const unregister = await registerRunner(files, root);
  const giveBack =
    names.length === 0 && !once
      ? await takeWholeRoot(files, root, Date.now()).catch(async error => {
          await unregister();
          throw error;
        })
      : async () => {};
  const clock = await openSteadyClock(files, root);
  await clock.save();
  // Keeps no process alive: the supervisor does, as long as there is something to do.
  const saving = setInterval(() => void clock.save().catch(() => {}), limits.clockSaveMs).unref();
  const print = await openRunnerLog(options.log);
  const events = createRunnerEvents({ root, files, clock, print, isQuiet: options.quiet === true });
  const { log } = events;
  if (!isVersionKnown)
    log(`agent-runner: ${claude} --version does not tell a version; if turns fail: agent-runner doctor`);
  const service = createSdNotify(process.env, log);
  const looking = createSyncFiles();
  const env = process.env;
  const supervisor = createSupervisor({ clock, root, files, looking, config, names, once, launcherPath, env, events });
  const forget = onSignals(supervisor, config.stopGraceSeconds * 1000, line => {
    service?.stopping();
    log(line);
  });
  // Running turns may finish. A service says nothing more, because the process that keeps its log may be restarted.
  const reader = whenReaderLeaves(() => service || supervisor.drain());
  await supervisor.ready;
  const refusal = once ? null : await takenMeanwhile(root, names);
  if (refusal) supervisor.drain();
  else {
    if (!once) trimHeap();
    if (!once) log(`agent-runner: watching ${root} (pid ${process.pid})`);
    // Where that cannot be told, the supervisor has said why.
    if ((await listAgents(files, root).catch(() => null))?.length === 0)
      log('agent-runner: there is no agent yet; add one with: agent-runner add <name> --cwd <directory>');
    await announceReady(service);
  }
  const ends = await supervisor.done;
  forget();
  clearInterval(saving);
  service?.close();
  await unregister();
  await giveBack();
  if (reader.hasLeft() && !service) endBySigpipe();
  if (refusal) throw refusal;
  const skipped = [...ends].filter(([, end]) => end.kind === 'skipped');
  for (const [name, end] of skipped) if (end.kind === 'skipped') log(`agent-runner: skipped ${name}: ${end.reason}`);
  return once && skipped.length > 0 ? exitCode.no : exitCode.ok;
}

/** Throws (75) where another runner has them, or would take them. A stop of theirs is taken back. */
async function takeNames(files: Files, root: string, names: readonly string[]): Promise<void> {
  const layouts: AgentLayout[] = [];
  for (const name of names) layouts.push(await requireAgent(files, root, name));
  for (const layout of layouts) {
    const owner = await liveRunner(layout);
    if (owner) throw alreadyRuns(layout, owner);
  }
  const whole = names.length > 0 ? await rootOwner(files, root) : null;
  if (whole) throw rootOwnerRuns(whole, names);
  for (const { stop } of layouts) await files.remove(stop);
}

/** All of them, by a runner that began in the same moment: then there is nothing to do here. */
async function takenMeanwhile(root: string, names: readonly string[]): Promise<Error | null> {
  const owners = await Promise.all(names.map(name => liveRunner(agentLayout(root, name))));
  const [owner] = owners;
  const isTaken = owner && owners.every(each => each && !isSelf(each.identity));
  return isTaken ? alreadyRuns(agentLayout(root, names[0]!), owner) : null;
}

/** In the background; returns when it watches, or with what it said and its exit code. --json: {pid, root, log}. */
async function detach(root: string, names: string[], options: StartOptions, json: boolean): Promise<number> {
  if (options.once)
    throw usageError('--once ends by itself, and --detach is for what goes on', 'Leave one of them out.');
  const log = resolve(options.log ?? rootLayout(root).runnerLog);
  const { startDetached } = await import('#runner/service/detach.ts');
  const started = await startDetached(
    ['--root', root, 'start', ...(options.quiet ? ['--quiet'] : []), ...names],
    log,
    json,
  );
  if (started.kind === 'ended') {
    process.stderr.write(started.said);
    return started.exit;
  }
  if (json) {
    printJson({ pid: started.pid, root, log });
    return exitCode.ok;
  }
  process.stdout.write(
    `Runs in the background as pid ${started.pid}, watching ${root}\n` +
      `  what it says:  tail -f ${quoted(log)}\n` +
      `  stop it:       agent-runner stop\n`,
  );
  return exitCode.ok;
}

function onSignals(supervisor: Supervisor, graceMs: number, say: (line: string) => void): () => void {
  let timer: NodeJS.Timeout | undefined;
  const onSignal = (signal: NodeJS.Signals) => {
    if (timer) {
      say(`agent-runner: ${signal} again: stopping the turns that run`);
      supervisor.stopNow();
      return;
    }
    say(`agent-runner: ${signal}: no new turns; running ones have ${graceMs / 1000} s (once more: stop now)`);
    supervisor.drain();
    timer = setTimeout(() => supervisor.stopNow(), graceMs);
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
  return () => {
    clearTimeout(timer);
    process.off('SIGTERM', onSignal);
    process.off('SIGINT', onSignal);
  };
}
