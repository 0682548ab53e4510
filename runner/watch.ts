/**
 * Hints from the operating system: something may have changed in one of these directories. Never more than a hint. Where
 * watches are refused or silent it says so and looks itself, once a second, until they work again.
 */
import { lstatSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { type FSWatcher, watch } from 'chokidar';
import { type Clock, systemClock } from '../blackboard/clock.ts';
import { errnoOf, reasonOf } from '../blackboard/errors.ts';
import { limits } from '../blackboard/limits.ts';
import { refusalSentence, refusedWatch, silenceOf } from './watch-trial.ts';

export interface Watch extends AsyncDisposable {
  add(directory: string): void;
  forget(directory: string): void;
  /** Why watches fail now; null: they work. */
  readonly trouble: string | null;
  /** Resolves when the directories added so far are watched, or are polled because they cannot be. */
  ready: Promise<void>;
}

export interface WatchOptions {
  /** Watched from the start. */
  directories: readonly string[];
  /** A directory of the same file system, where changes nobody cares about can be tried. */
  trialHome: string;
  /** The directory in which something happened and the name in it; '' where only the directory is known. */
  onHint(directory: string, name: string): void;
  /** Why watches fail, each time this changes; null: they work again. */
  onTrouble(problem: string | null): void;
  clock?: Clock;
}

/**
 * chokidar's `raw` event is enough, and cheap: files are ignored, so that it neither stats nor watches each of them
 * (inbox/new can hold thousands). It says `ready` even when the kernel refused half of its watches, and can miss it for ever
 * when descriptors run out (chokidar 5.0.0), so each directory is tried once more by {@link refusedWatch}.
 */
export function watchDirectories(options: WatchOptions): Watch {
  const { onHint } = options;
  const clock = options.clock ?? systemClock;
  const wanted = new Set(options.directories);
  const closing = new AbortController();
  /** What is known of each of them; by it a poll sees changes, and a watch that its directory was replaced. */
  const seen = new Map<string, Sight>();
  /** Directories that were added and not tried yet. */
  let untried = new Set<string>();
  /** Directories that vanished: chokidar no longer watches them, not even when they come back as they were. */
  const lost = new Set<string>();
  let trouble: string | null = null;
  let woken = new AbortController();
  let source = open();

  function open(): FSWatcher {
    const watcher = watch([...wanted], {
      ignoreInitial: true,
      depth: 0,
      persistent: true,
      ignored: path => !wanted.has(path),
    });
    watcher.on('raw', (_event, path, details) => {
      const watched = (details as { watchedPath?: string }).watchedPath ?? dirname(path);
      onHint(watched, basename(path ?? ''));
    });
    watcher.on('unlinkDir', path => {
      if (watcher !== source || !wanted.has(path)) return;
      lost.add(path);
      woken.abort();
    });
    watcher.on('error', error => watcher === source && fail(sentenceOf(error)));
    return watcher;
  }

  function fail(problem: string): void {
    if (trouble === problem || closing.signal.aborted) return;
    trouble = problem;
    options.onTrouble(problem);
    woken.abort();
  }

  /** The first directory that cannot be watched now, in words. One that is not there is nobody's fault. */
  async function refusal(directories: Iterable<string>): Promise<string | null> {
    let tried = 0;
    for (const directory of directories) {
      const errno = refusedWatch(directory);
      if (errno !== null && errno !== 'ENOENT' && errno !== 'ENOTDIR') return refusalSentence(errno);
      if (++tried % limits.pollAtOnce === 0) await new Promise(resolve => setImmediate(resolve));
    }
    return null;
  }

  /** Starts all watches anew. What changed in between is for the looks that follow. */
  async function rewatch(): Promise<void> {
    const problem = (await refusal(wanted)) ?? (await silenceOf(options.trialHome));
    if (problem !== null) return fail(problem);
    await source.close();
    if (closing.signal.aborted) return;
    lost.clear();
    const before = trouble;
    trouble = null;
    source = open();
    await readiness(source, clock);
    const after = trouble ?? (await refusal(wanted));
    trouble = before;
    if (after !== null) return fail(after);
    if (before !== null) {
      trouble = null;
      options.onTrouble(null);
    }
    for (const directory of wanted) onHint(directory, '');
  }

  /** Hints at what changed since the last call. true: a directory came back, or lies elsewhere (a mount, a rename). */
  async function look(): Promise<boolean> {
    let isReplaced = false;
    let looked = 0;
    for (const path of [...wanted]) {
      if (++looked % limits.pollAtOnce === 0) await new Promise(resolve => setImmediate(resolve));
      if (!wanted.has(path)) continue;
      const before = seen.get(path);
      const now = sightOf(path, before);
      seen.set(path, now);
      if (!before) continue;
      // Once more after a change: a second one within the same tick of the file system's clock leaves no trace.
      if (now.isNew || before.isNew) onHint(path, '');
      if (now.identity === '') lost.add(path);
      else if (before.identity !== now.identity || lost.has(path)) isReplaced = true;
    }
    return isReplaced;
  }

  async function tend(): Promise<void> {
    let retryAtMs = 0;
    while (!closing.signal.aborted) {
      woken = new AbortController();
      const waitMs = trouble !== null || untried.size > 0 || lost.size > 0 ? limits.watchPollMs : limits.slowLookMs;
      await clock.sleep(waitMs, AbortSignal.any([woken.signal, closing.signal]));
      if (closing.signal.aborted) return;
      const trying = untried;
      untried = new Set();
      const isReplaced = await look();
      if (trouble === null) {
        const problem = await refusal(trying);
        // chokidar subscribes some time after add(): what changed before that was seen by nobody.
        for (const directory of trying) if (wanted.has(directory)) onHint(directory, '');
        if (problem !== null) fail(problem);
        else if (isReplaced) await rewatch();
      } else if (clock.monotonicMs() >= retryAtMs) {
        await rewatch();
        retryAtMs = clock.monotonicMs() + limits.watchRetryMs;
      }
    }
  }

  async function begin(): Promise<void> {
    await look();
    await readiness(source, clock);
    const problem = trouble ?? (await refusal(wanted)) ?? (await silenceOf(options.trialHome));
    if (problem !== null) fail(problem);
  }

  const ready = begin().catch(error => fail(reasonOf(error)));
  const tended = ready.then(keepTending);

  /** Whatever goes wrong in here is a reason to poll, never an end. */
  async function keepTending(): Promise<void> {
    while (!closing.signal.aborted) await tend().catch(error => fail(sentenceOf(error)));
  }

  return {
    ready,
    get trouble() {
      return trouble;
    },
    add(directory) {
      if (wanted.has(directory)) return;
      wanted.add(directory);
      seen.set(directory, sightOf(directory, undefined));
      source.add(directory);
      if (untried.size === 0) woken.abort();
      untried.add(directory);
    },
    forget(directory) {
      wanted.delete(directory);
      untried.delete(directory);
      lost.delete(directory);
      seen.delete(directory);
      source.unwatch(directory);
    },
    async [Symbol.asyncDispose]() {
      closing.abort();
      await tended;
      await source.close();
    },
  };
}

interface Sight {
  /** Changes with every change of the directory's names. */
  state: string;
  /** Which directory it is; '' if there is none. */
  identity: string;
  /** It differs from the sight before. */
  isNew: boolean;
}

/** Synchronous, because that is a fifth of the work: thousands of names are looked at, a few at a time. */
function sightOf(path: string, before: Sight | undefined): Sight {
  const facts = quietFacts(path);
  const identity = facts ? `${facts.dev}:${facts.ino}` : '';
  const state = facts ? `${identity} ${facts.mtimeMs} ${facts.ctimeMs}` : '';
  return { state, identity, isNew: before !== undefined && before.state !== state };
}

function quietFacts(path: string) {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch {
    // Not to be seen (EACCES, EIO, a mount that went away): the same as not there, until it is.
    return undefined;
  }
}

/** Resolves when the watcher is ready; also when it failed on the way (it then may never be). */
const readiness = (watcher: FSWatcher, clock: Clock): Promise<void> => {
  const settled = new AbortController();
  watcher.once('ready', () => settled.abort());
  watcher.once('error', () => settled.abort());
  return clock.sleep(limits.watchReadyMs, settled.signal);
};

const sentenceOf = (error: unknown): string => {
  const errno = errnoOf(error);
  return errno === undefined ? reasonOf(error) : refusalSentence(errno);
};
