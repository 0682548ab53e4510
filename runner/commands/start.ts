/** `agent-runner start`: the loop, in the foreground. First SIGTERM or SIGINT: turns may finish; second: now. */
import { createDiskFiles } from '../../blackboard/disk-files.ts';
import { exitCode } from '../../blackboard/errors.ts';
import { agentLayout } from '../../blackboard/layout.ts';
import { limits } from '../../blackboard/limits.ts';
import { requirePeer } from '../../blackboard/peers.ts';
import { requireRoot, rootPath } from '../../blackboard/root.ts';
import { alreadyRuns, liveRunner } from '../agent-lock.ts';
import { findClaude } from '../claude-process.ts';
import { readConfig } from '../config.ts';
import { giveBackMemory } from '../give-back-memory.ts';
import type { GlobalOptions } from '../global-options.ts';
import { registerRunner } from '../runner-registry.ts';
import { openSteadyClock } from '../steady-clock.ts';
import { createSupervisor, type Supervisor } from '../supervisor.ts';
import { launcherPath } from '../version.ts';

export async function run(global: GlobalOptions, names: string[], options: { once?: boolean }): Promise<number> {
  const files = createDiskFiles();
  const root = await requireRoot(rootPath(global.root, process.env));
  const config = await readConfig(files, root);
  await findClaude(config.claude, process.env);
  for (const name of names) {
    await requirePeer(files, root, name);
    const layout = agentLayout(root, name);
    const owner = await liveRunner(layout);
    if (owner) throw alreadyRuns(layout, owner);
    await files.remove(layout.stop);
  }
  const unregister = await registerRunner(files, root);
  const clock = await openSteadyClock(files, root);
  await clock.save();
  const saving = setInterval(() => void clock.save().catch(() => {}), limits.clockSaveMs);
  const supervisor = createSupervisor({
    clock,
    root,
    files,
    config,
    names,
    once: options.once === true,
    launcherPath,
    env: process.env,
    log: line => process.stderr.write(`${line}\n`),
  });
  const forget = onSignals(supervisor, config.stopGraceSeconds * 1000);
  await supervisor.ready;
  if (!options.once) giveBackMemory();
  if (!options.once) process.stderr.write(`agent-runner: watching ${root} (pid ${process.pid})\n`);
  const ends = await supervisor.done;
  forget();
  clearInterval(saving);
  await unregister();
  const skipped = [...ends].filter(([, end]) => end.kind === 'skipped');
  for (const [name, end] of skipped)
    if (end.kind === 'skipped') process.stderr.write(`agent-runner: skipped ${name}: ${end.reason}\n`);
  return options.once && skipped.length > 0 ? exitCode.no : exitCode.ok;
}

function onSignals(supervisor: Supervisor, graceMs: number): () => void {
  let timer: NodeJS.Timeout | undefined;
  const onSignal = (signal: NodeJS.Signals) => {
    if (timer) {
      process.stderr.write(`agent-runner: ${signal} again: stopping the turns that run\n`);
      supervisor.stopNow();
      return;
    }
    process.stderr.write(
      `agent-runner: ${signal}: no new turns; running ones have ${graceMs / 1000} s (once more: stop now)\n`,
    );
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
