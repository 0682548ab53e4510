/**
 * `agent-runner start` for fault tests: the real supervisor, with faults that a test can order and controls that break it.
 * One argument: its orders as JSON. Ends with SIGKILL when the test that holds its stdin is gone.
 */
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { agentLayout } from '#blackboard/layout.ts';
import { listAgents } from '#blackboard/peers/agent.ts';
import { systemClock } from '#blackboard/system/clock.ts';
import { errnoOf } from '#blackboard/system/errors.ts';
import type { Files } from '#blackboard/system/files.ts';
import { limits } from '#blackboard/system/limits.ts';
import { createRunnerFiles } from '#blackboard/system/runner-files.ts';
import { readConfig } from '#runner/agents/config.ts';
import { createRunnerEvents } from '#runner/events/emit.ts';
import { createSupervisor } from '#runner/fleet/supervisor.ts';

export interface FaultOrders {
  root: string;
  once: boolean;
  launcherPath: string;
  /** Opens files until so many descriptors are left; SIGUSR2 closes them. */
  descriptorsLeft?: number;
  /**
   * careless: a write that failed counts as done · deaf: never looks by itself where watches fail · one-fault: ends at
   * the first look that failed · rerun: puts whatever is in cur back to new when it starts, without a look at turns.
   */
  control?: 'careless' | 'deaf' | 'one-fault' | 'rerun';
}

const orders = JSON.parse(process.argv[2] ?? '') as FaultOrders;
process.stdin.on('end', () => process.kill(process.pid, 'SIGKILL')).resume();
const log = (line: string) => process.stderr.write(`${line}\n`);

if (orders.control === 'deaf')
  Object.assign(limits, { watchPollMs: 3_600_000, slowLookMs: 3_600_000, idleLookMs: 3_600_000 });
const disk = createRunnerFiles();
if (orders.control === 'rerun') await rerun();
const files = orders.control === 'careless' ? careless(disk) : disk;
const print = (line: string) => {
  log(line);
  if (orders.control === 'one-fault' && line.includes('trying again')) process.exit(1);
};
const supervisor = createSupervisor({
  root: orders.root,
  files,
  config: await readConfig(files, orders.root),
  names: [],
  once: orders.once,
  launcherPath: orders.launcherPath,
  env: process.env,
  events: createRunnerEvents({ root: orders.root, files, clock: systemClock, print, isQuiet: true }),
});
process.on('SIGTERM', () => supervisor.stopNow());
process.on('SIGUSR1', () => hoard(orders.descriptorsLeft ?? 0));
void supervisor.ready.then(() => log('READY'));
const ends = await supervisor.done;
const skipped = [...ends].flatMap(([name, end]) => (end.kind === 'skipped' ? [`${name}: ${end.reason}`] : []));
if (skipped.length > 0) log(`skipped ${skipped.join('; ')}`);
process.exit(orders.once && skipped.length > 0 ? 1 : 0);

async function rerun(): Promise<void> {
  for (const name of await listAgents(disk, orders.root)) {
    const { inbox } = agentLayout(orders.root, name);
    for (const entry of await disk.list(inbox.cur))
      await disk.move(join(inbox.cur, entry), join(inbox.new, entry.slice(entry.indexOf('.') + 1)));
  }
}

/** All descriptors but a few; says so. SIGUSR2 gives them back. */
function hoard(left: number): void {
  const taken: number[] = [];
  try {
    for (;;) taken.push(openSync('/dev/null', 'r'));
  } catch {
    for (const descriptor of taken.splice(0, left)) closeSync(descriptor);
  }
  log(`HOARDING ${taken.length}`);
  process.once('SIGUSR2', () => {
    for (const descriptor of taken) closeSync(descriptor);
  });
}

/** What a program does that does not look at the results of its writes. */
function careless(real: Files): Files {
  const lost = ['ENOSPC', 'EIO', 'EROFS'];
  const forgive =
    <T>(value: T) =>
    (error: unknown): T => {
      if (lost.includes(errnoOf(error) ?? '')) return value;
      throw error;
    };
  return {
    ...real,
    create: (path, data) => real.create(path, data).catch(forgive('created' as const)),
    link: async (from, to) => {
      const linked = await real.link(from, to).catch(forgive('linked' as const));
      return linked === 'gone' ? 'linked' : linked;
    },
    move: async (from, to) => {
      const moved = await real.move(from, to).catch(forgive('moved' as const));
      return moved === 'gone' && from.includes('/inbox/tmp/') ? 'moved' : moved;
    },
    makeDirectory: path => real.makeDirectory(path).catch(forgive('made' as const)),
    syncFile: path => real.syncFile(path).catch(forgive(undefined)),
    syncDirectory: path => real.syncDirectory(path).catch(forgive(undefined)),
    remove: path => real.remove(path).catch(forgive(undefined)),
  };
}
