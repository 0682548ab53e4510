/** What the machine must give: events of the file system, watches and descriptors for every agent, a clock that goes, Node. */
import { type FSWatcher, readFileSync, watch } from 'node:fs';
import { agentLayout, rootLayout } from '#blackboard/layout.ts';
import { isDenied } from '#blackboard/system/denied.ts';
import { errnoOf } from '#blackboard/system/errors.ts';
import type { Files } from '#blackboard/system/files.ts';
import { openSteadyClock } from '#blackboard/system/steady-clock.ts';
import { type Check, well, wrong } from '#runner/doctor/finding.ts';
import { signalProblem, watchRefused, watchSilent } from '#runner/status/health.ts';
import { plural } from '#runner/text/terminal.ts';

/** The Node versions that this was tried with, as package.json has it: from this one on. */
export const NODE_MIN = [20, 19] as const;

export function checkNode(version: string): Check {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const isEnough = major > NODE_MIN[0] || (major === NODE_MIN[0] && minor >= NODE_MIN[1]);
  return isEnough
    ? well('node', `Node ${version} (needed: ${NODE_MIN.join('.')} or newer)`)
    : wrong(
        'node',
        `Node ${version} is too old: ${NODE_MIN.join('.')} or newer is needed`,
        'Install a newer one: https://nodejs.org, or nvm install 22',
      );
}

/** A probe file must be told, and every agent's directories must find a watch, as they do in a runner. */
export async function checkWatch(root: string, agents: readonly string[]): Promise<Check[]> {
  const home = rootLayout(root).runners;
  const refused = refusedWatches(agents.flatMap(name => watchedBy(root, name)).concat(home));
  const problem = refused === null ? await watchSilent(root) : watchRefused(refused);
  if (problem) return [wrong('watch', problem.sentence, problem.mend)];
  return [well('watch', `a probe file was told of; watches for ${plural(agents.length, 'agent')} were given`)];
}

function watchedBy(root: string, name: string): string[] {
  const { home, inbox } = agentLayout(root, name);
  return [home, inbox.inbox, inbox.new];
}

/** Opens all of them at once, as a runner would; the errno of the first that was refused. */
function refusedWatches(directories: readonly string[]): string | null {
  const open: FSWatcher[] = [];
  try {
    for (const directory of directories) {
      try {
        const watcher = watch(directory, { persistent: false });
        watcher.on('error', () => {});
        open.push(watcher);
      } catch (error) {
        const errno = errnoOf(error) ?? String(error);
        // An agent that is half made or half removed has no inbox; one that is somebody else's is named by itself.
        if (errno !== 'ENOENT' && !isDenied(error)) return errno;
      }
    }
    return null;
  } finally {
    for (const watcher of open) watcher.close();
  }
}

/** Descriptors that a runner needs beside those of its turns: Node's own, the log, sockets; at its start nearly a hundred files of ours at once. */
const BASE_FILES = 128;
/** Of each agent: its wake socket, and what a look or a turn has open. */
const FILES_PER_AGENT = 2;

export function checkDescriptors(agents: number): Check | null {
  const limit = readLimit();
  if (limit === null) return null;
  const needed = BASE_FILES + agents * FILES_PER_AGENT;
  return limit >= needed
    ? well('descriptors', `${limit} files may be open (${plural(agents, 'agent')} may need ${needed})`)
    : wrong(
        'descriptors',
        `only ${limit} files may be open, and ${plural(agents, 'agent')} may need ${needed}`,
        'Allow more before start: ulimit -n 4096',
      );
}

/** The soft limit of open files, where /proc tells it. */
function readLimit(): number | null {
  try {
    const found = /^Max open files\s+(\d+|unlimited)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1];
    if (found === undefined) return null;
    return found === 'unlimited' ? Number.MAX_SAFE_INTEGER : Number(found);
  } catch {
    return null;
  }
}

/** Before this instant nobody can have installed it: the clock was never set. */
const BUILT_MS = Date.parse('2025-06-01T00:00:00Z');

export async function checkClock(files: Files, root: string): Promise<Check> {
  const nowMs = Date.now();
  if (nowMs < BUILT_MS)
    return wrong('clock', `the clock says ${new Date(nowMs).toISOString()}`, 'Set it: sudo timedatectl set-ntp true');
  const offMs = (await openSteadyClock(files, root)).offByMs();
  if (offMs !== 0)
    return wrong(
      'clock',
      `the clock has jumped by ${Math.round(offMs / 60_000)} min while agents ran; budgets go by the time before`,
      'Set it right (sudo timedatectl set-ntp true); a jump that was meant is believed after a day',
    );
  return well('clock', `${new Date(nowMs).toISOString()}, and it has not jumped`);
}

/** Signals by a wake socket: the kernel must say who sends them. */
export async function checkSignals(): Promise<Check> {
  const unasked = await signalProblem();
  return unasked
    ? wrong('signals', unasked.sentence, unasked.mend)
    : well('signals', 'the kernel says who sends a signal');
}
