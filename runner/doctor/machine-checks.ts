/** Checks the machine: file events, watches and descriptors for every agent, the clock, Node. */
import { readFileSync } from 'node:fs';
import { agentLayout, rootLayout } from '#blackboard/layout.ts';
import type { Files } from '#blackboard/system/files.ts';
import { openSteadyClock } from '#blackboard/system/steady-clock.ts';
import { type Check, well, wrong } from '#runner/doctor/finding.ts';
import { signalProblem, watchRefused, watchSilent } from '#runner/status/health.ts';
import { refusedWatch } from '#runner/status/watch-trial.ts';
import { plural } from '#runner/text/terminal.ts';

/** The oldest supported Node, as in package.json. */
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

/** A probe file must cause an event, and every agent's directories must get a watch, as in a runner. */
export async function checkWatch(root: string, agents: readonly string[]): Promise<Check[]> {
  const home = rootLayout(root).runners;
  const refused = refusedWatch([...agents.flatMap(name => watchedBy(root, name)), home]);
  const problem = refused === null ? await watchSilent(root) : watchRefused(refused);
  if (problem) return [wrong('watch', problem.sentence, problem.mend)];
  return [well('watch', `a probe file was told of; watches for ${plural(agents.length, 'agent')} were given`)];
}

function watchedBy(root: string, name: string): string[] {
  const { home, inbox } = agentLayout(root, name);
  return [home, inbox.inbox, inbox.new];
}

/** Descriptors of a runner without agents: Node's own, the log, sockets, and nearly a hundred files at its start. */
const BASE_FILES = 128;
/** For each agent: its wake socket, and the files of a look or a turn. */
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

/** Nobody can have installed it before this instant: then the clock was never set. */
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

/** The kernel must say who sends a signal to a wake socket. */
export async function checkSignals(): Promise<Check> {
  const unasked = await signalProblem();
  return unasked
    ? wrong('signals', unasked.sentence, unasked.mend)
    : well('signals', 'the kernel says who sends a signal');
}
