/** `watch:` of agent.md: files below cwd whose change is a file_changed signal, once they are stable. */
import { dirname, join, relative, sep } from 'node:path';
import { type FSWatcher, watch } from 'chokidar';
import { turnLayout } from '#blackboard/layout.ts';
import { reasonOf } from '#blackboard/system/errors.ts';
import { limits } from '#blackboard/system/limits.ts';
import { type BackgroundService, createLookLoop } from '#blackboard/system/look-loop.ts';
import { latestTurn } from '#blackboard/turns/newest-turn.ts';
import { isClosed } from '#blackboard/turns/turns.ts';
import { baseOf, createWatchMatcher } from '#runner/agents/glob.ts';
import type { TriggerOptions, TriggerSite } from '#runner/wake/trigger-ports.ts';

/** Directories in which tools write thousands of files that nobody means. */
const NEVER = new Set(['.git', 'node_modules']);

/** What is watched, and by whom. */
export interface Watching {
  cwd: string;
  watch: readonly string[];
}

/** Watches until the returned function is called. */
export function watchFiles(options: TriggerOptions, site: TriggerSite, { cwd, watch: patterns }: Watching) {
  const { complain } = options;
  const { layout } = site;
  const about = { peer: layout.name, part: 'watch' };
  const matchers = patterns.map(createWatchMatcher);
  const changes = collectChanges(options, site, cwd);
  const watcher = watch([], {
    ...{ ignoreInitial: true, followSymlinks: false },
    ignored: path => path.split(sep).some(part => NEVER.has(part)),
  });
  const paths = new Set(patterns.map(pattern => join(cwd, baseOf(pattern))));
  const told = { ...options, complain: (_: unknown, problem: string | null) => complain(about, problem) };
  const bases = followBases(told, watcher, paths, changes);
  watcher.on('all', (event, path) => {
    if (event !== 'add' && event !== 'change' && event !== 'unlink') return;
    const name = relative(cwd, path).split(sep).join('/');
    // Of a removed file only the directory can be named.
    if (matchers.some(isMeant => isMeant(name))) changes.note(event === 'unlink' ? dirname(path) : path);
  });
  watcher.on('error', error => complain(about, reasonOf(error)));
  bases.start();
  return async (): Promise<void> => {
    changes.stop();
    await bases[Symbol.asyncDispose]();
    await watcher.close();
  };
}

/**
 * Watches directories by their names. chokidar (5.0.0) watches what it found under a name: of one that comes later, or is removed and
 * made again, as builds do, it hears nothing.
 */
export function followBases(
  { files, clock, complain }: TriggerOptions,
  watcher: Pick<FSWatcher, 'add' | 'unwatch'>,
  bases: ReadonlySet<string>,
  changes: { note(path: string): void },
): BackgroundService {
  const watched = new Map<string, number | null>();
  return createLookLoop({
    clock,
    onError: error => complain({ peer: null, part: 'watch' }, reasonOf(error)),
    async look() {
      for (const base of bases) {
        const before = watched.get(base);
        const inode = (await files.facts(base))?.inode ?? null;
        if (inode === before) continue;
        watched.set(base, inode);
        watcher.unwatch(base);
        if (inode !== null) watcher.add(base);
        // What came into it before it was watched.
        if (inode !== null && before !== undefined && (await files.list(base)).length > 0) changes.note(base);
      }
      return limits.watchBaseLookMs;
    },
  });
}

/**
 * Sends the signals when nothing has changed for a while; many at once are one for the whole directory; refused ones
 * are sent again.
 */
export function collectChanges(
  { files, clock, complain }: TriggerOptions,
  { layout, intake }: TriggerSite,
  cwd: string,
) {
  const changed = new Set<string>();
  let timer: NodeJS.Timeout | undefined;
  let isOver = false;

  async function give(): Promise<void> {
    const paths = changed.size > limits.watchPathsMax ? [cwd] : [...changed];
    changed.clear();
    let againAtMs: number | null = null;
    for (const path of paths) {
      const answer = await intake.submit({ type: 'file_changed', path }, 'watch', null);
      if (answer.answer !== 'refused' || answer.retryAt === undefined) continue;
      changed.add(path);
      againAtMs = Math.max(againAtMs ?? 0, Date.parse(answer.retryAt));
    }
    if (againAtMs !== null) giveIn(Math.max(limits.watchRestMs, againAtMs - clock.nowMs()));
  }

  function giveIn(ms: number): void {
    clearTimeout(timer);
    if (!isOver) timer = setTimeout(() => void give().catch(tell), ms);
  }

  /** An agent that changes what it watches would wake itself for ever: changes during its turn count as its own. */
  async function isOwn(): Promise<boolean> {
    const last = await latestTurn(files, layout.turns);
    return last > 0 && !(await isClosed(files, turnLayout(layout.turns, last)));
  }

  async function note(path: string): Promise<void> {
    if (await isOwn()) return;
    changed.add(path);
    giveIn(limits.watchRestMs);
  }

  const tell = (error: unknown) => complain({ peer: layout.name, part: 'watch' }, reasonOf(error));
  return {
    note: (path: string) => void note(path).catch(tell),
    stop() {
      isOver = true;
      clearTimeout(timer);
    },
  };
}
