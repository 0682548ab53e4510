/**
 * `agent-runner start` for crash and fault tests: the real supervisor over a file port that may die at an effect or lie, with
 * faults that a test can order and controls that break it. One argument: its orders as JSON. Ends with SIGKILL when the test that
 * holds its stdin is gone.
 */
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { agentLayout } from '#blackboard/layout.ts';
import { listAgents } from '#blackboard/peers/agent.ts';
import { systemClock } from '#blackboard/system/clock.ts';
import { errnoOf } from '#blackboard/system/errors.ts';
import { type Files, readText } from '#blackboard/system/files.ts';
import { limits } from '#blackboard/system/limits.ts';
import { createRunnerFiles } from '#blackboard/system/runner-files.ts';
import { listTurns } from '#blackboard/turns/turns.ts';
import { claudeConfigDir } from '#hooks/claude/session-files.ts';
import { readConfig } from '#runner/agents/config.ts';
import { createRunnerEvents } from '#runner/events/emit.ts';
import { createSupervisor } from '#runner/fleet/supervisor.ts';
import { type StopPoint, stopAfter } from './crash-effects.ts';
import { isTakenUp } from './taken-up.ts';

export interface RunnerOrders {
  root: string;
  once: boolean;
  launcherPath: string;
  /** The runner kills itself there. */
  stop?: StopPoint;
  /** At SIGUSR1 it opens files until so many descriptors are left; SIGUSR2 closes them. */
  descriptorsLeft?: number;
  /**
   * Controls. rerun: puts whatever is in cur back to new when it starts, without a look at turns · submitted-only: takes
   * a body that was ever submitted for one that stands in the conversation · careless: a write that failed counts as done ·
   * deaf: never looks by itself where watches fail · one-fault: ends at the first look that failed.
   */
  control?: 'rerun' | 'submitted-only' | 'careless' | 'deaf' | 'one-fault';
}

const orders = JSON.parse(process.argv[2] ?? '') as RunnerOrders;
const { root } = orders;
process.stdin.on('end', () => process.kill(process.pid, 'SIGKILL')).resume();
process.env.CRASH_RUNNER_PID = String(process.pid);

const disk = createRunnerFiles();
const stopping = orders.stop ? stopAfter(disk, orders.stop, () => process.kill(process.pid, 'SIGKILL')) : disk;
const lies = { 'submitted-only': believingSubmitted, careless };
const files = (lies[orders.control as keyof typeof lies] ?? (honest => honest))(stopping);
if (orders.control === 'deaf')
  Object.assign(limits, { watchPollMs: 3_600_000, slowLookMs: 3_600_000, idleLookMs: 3_600_000 });
if (orders.control === 'rerun') await rerun();
const config = await readConfig(files, root);
const log = (line: string) => void process.stderr.write(`${new Date().toISOString()} ${process.pid} ${line}\n`);
const print = (line: string) => {
  log(line);
  if (orders.control === 'one-fault' && line.includes('trying again')) process.exit(1);
};
const supervisor = createSupervisor({
  root,
  files,
  config,
  names: [],
  once: orders.once,
  launcherPath: orders.launcherPath,
  env: process.env,
  events: createRunnerEvents({ root, files, clock: systemClock, print, isQuiet: true }),
});
// As commands/start.ts does: the first lets turns finish for a while, the second stops them.
let grace: NodeJS.Timeout | undefined;
process.on('SIGTERM', () => {
  if (grace) return supervisor.stopNow();
  supervisor.drain();
  grace = setTimeout(() => supervisor.stopNow(), config.stopGraceSeconds * 1000);
});
process.on('SIGUSR1', () => hoard(orders.descriptorsLeft ?? 0));
void supervisor.ready.then(() => {
  log('READY');
  supervisor.sweep();
});
const ends = await supervisor.done;
const skipped = [...ends].flatMap(([name, end]) => (end.kind === 'skipped' ? [`${name}: ${end.reason}`] : []));
if (skipped.length > 0) log(`skipped ${skipped.join('; ')}`);
process.exit(orders.once && skipped.length > 0 ? 1 : 0);

async function rerun(): Promise<void> {
  for (const name of await listAgents(disk, root)) {
    const { inbox } = agentLayout(root, name);
    for (const entry of await disk.list(inbox.cur))
      await disk.move(join(inbox.cur, entry), join(inbox.new, entry.slice(entry.indexOf('.') + 1)));
  }
}

/** Reads into every transcript the prompts of all turns in which claude had taken the prompt up. */
function believingSubmitted(real: Files): Files {
  const projects = join(claudeConfigDir(process.env), 'projects');
  return new Proxy(real, {
    get(target, name: keyof Files) {
      if (name !== 'read') return target[name];
      return async (path: string, options: { offset?: number; bytesMax?: number } = {}) => {
        const bytes = await target.read(path, options);
        if (!bytes || !path.startsWith(projects)) return bytes;
        return Buffer.concat([bytes, Buffer.from(await submittedPrompts(target))]);
      };
    },
  });
}

async function submittedPrompts(real: Files): Promise<string> {
  let text = '';
  for (const name of await listAgents(real, root))
    for (const turn of await listTurns(real, agentLayout(root, name).turns)) {
      if (!isTakenUp(turn)) continue;
      const content = await readText(real, turn.prompt, 1 << 24);
      const record = { type: 'user', isSidechain: false, promptSource: 'sdk', message: { role: 'user', content } };
      text += `${JSON.stringify(record)}\n`;
    }
  return text;
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
    remove: path => real.remove(path).catch(forgive('removed' as const)),
  };
}
