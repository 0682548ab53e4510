/**
 * Hints from the operating system: something may have changed in one of these directories. Never more than a hint. Where
 * watches are refused or silent it says so and looks itself, once a second, until they work again.
 */
import { type FSWatcher, lstatSync, watch } from 'node:fs';
import { type Clock, systemClock } from '#blackboard/system/clock.ts';
import { errnoOf, reasonOf } from '#blackboard/system/errors.ts';
import { limits } from '#blackboard/system/limits.ts';
import { createLookLoop } from '#blackboard/system/look-loop.ts';
import { refusalSentence, silenceOf } from '#runner/status/watch-trial.ts';

export interface Watch extends AsyncDisposable {
  add(directory: string): void;
  forget(directory: string): void;
  /** Why watches fail now; null: they work. */
  readonly trouble: string | null;
  /** Resolves when the directories added so far are watched, or are polled because they cannot be. */
  ready: Promise<void>;
}

export interface WatchOptions {
  /** Watched from the start, and looked at every second: with them goes everything else (an unmount tells nobody). */
  directories: readonly string[];
  /** A directory of the same file system, where changes nobody cares about can be tried. */
  trialHome: string;
  /** The directory in which something happened and the name in it; '' where only the directory is known. */
  onHint(directory: string, name: string): void;
  /** Why watches fail, each time this changes; null: they work again. */
  onTrouble(problem: string | null): void;
  clock?: Clock;
}

/** What is known of one directory. */
interface Watched {
  /** null: it is not there, or its watch was refused. */
  watcher: FSWatcher | null;
  /** Which directory it is; '' if there is none. By it is seen that another one lies there now (a mount, a rename). */
  identity: string;
  /** Changes with every change of the directory's names: what a poll goes by. */
  state: string;
  /** The last look found it changed. */
  wasNew: boolean;
  /** It may not be read. */
  isDenied: boolean;
}

/**
 * Node's own fs.watch, one for each directory, because it says at once which one was refused. (chokidar 5.0.0 says `ready`
 * with half of them deaf, or never, loses a directory that is moved away and back, and at each event lists the directory and
 * stats all that is in it: 200 ms of processor with 20,000 messages in new.)
 */
export function watchDirectories(options: WatchOptions): Watch {
  const { onHint } = options;
  const clock = options.clock ?? systemClock;
  const known = new Map<string, Watched>();
  let isClosed = false;
  let trouble: string | null = null;
  let silence: string | null = null;
  /** Something was found not to be watched: a look at all of it is due. */
  let isAsked = true;
  /** Events of this turn of the event loop. */
  let events = 0;

  function onEvent(directory: string, name: string | null): void {
    // The kernel's queue (16,384 events for all directories together) may have run over, and nobody would say so.
    if (++events === limits.eventsAtOnce) setImmediate(() => hintAll());
    if (events === 1)
      setImmediate(() => {
        events = 0;
      });
    onHint(directory, name ?? '');
  }

  const hintAll = (): void => {
    for (const directory of known.keys()) onHint(directory, '');
  };

  /** Watches what lies there now; why not, or null. What is not there is nobody's fault. */
  function subscribe(directory: string, entry: Watched): string | null {
    entry.watcher?.close();
    entry.watcher = null;
    entry.isDenied = false;
    if (entry.identity === '') return null;
    try {
      const watcher = watch(directory, (_event, name) => onEvent(directory, name));
      watcher.on('error', () => {
        watcher.close();
        if (entry.watcher !== watcher) return;
        entry.watcher = null;
        ask();
      });
      entry.watcher = watcher;
      return null;
    } catch (error) {
      const errno = errnoOf(error) ?? String(error);
      // What may not be watched because it is somebody else's says nothing of watches: it is looked at with the rest.
      entry.isDenied = errno === 'EACCES' || errno === 'EPERM';
      return errno === 'ENOENT' || errno === 'ENOTDIR' || entry.isDenied ? null : refusalSentence(errno);
    }
  }

  /** Looks at each directory, hints at those that have changed, watches those that are not watched. The first refusal, or null. */
  async function look(): Promise<string | null> {
    let refused: string | null = null;
    let looked = 0;
    for (const [directory, entry] of [...known]) {
      if (++looked % limits.pollAtOnce === 0) await new Promise(resolve => setImmediate(resolve));
      if (known.get(directory) !== entry || isClosed) continue;
      const now = sightOf(directory);
      const isNew = now.state !== entry.state;
      const isOther = now.identity !== entry.identity;
      // Once more after a change: a second one within the same tick of the file system's clock leaves no trace.
      const isTelling = isNew || entry.wasNew;
      Object.assign(entry, now, { wasNew: isNew });
      // Subscribed before the hint: what changes after the look that it asks for is told.
      if (isOther || entry.watcher === null) refused = subscribe(directory, entry) ?? refused;
      if (isTelling) onHint(directory, '');
    }
    return refused;
  }

  function tell(problem: string | null): void {
    if (trouble === problem || isClosed) return;
    trouble = problem;
    options.onTrouble(problem);
    if (problem === null) hintAll();
  }

  let tryAtMs = Number.NEGATIVE_INFINITY;
  let lookAtMs = Number.NEGATIVE_INFINITY;
  async function tend(): Promise<number> {
    if (clock.monotonicMs() >= tryAtMs) {
      silence = await silenceOf(options.trialHome);
      tryAtMs = clock.monotonicMs() + (silence === null ? limits.slowLookMs : limits.watchRetryMs);
    }
    if (isWhole() && silence === null && clock.monotonicMs() < lookAtMs) return limits.watchPollMs;
    isAsked = false;
    tell((await look()) ?? silence);
    markReady();
    lookAtMs = clock.monotonicMs() + limits.idleLookMs;
    return limits.watchPollMs;
  }

  const loop = createLookLoop({ clock, look: tend, onError: error => tell(reasonOf(error)) });
  const ask = (): void => {
    isAsked = true;
    loop.hint();
  };

  /** Everything is watched, as far as is known, and the first directories lie where they lay. */
  const isWhole = (): boolean =>
    trouble === null &&
    !isAsked &&
    options.directories.every(directory => known.get(directory)?.identity === sightOf(directory).identity) &&
    [...known].every(
      ([directory, { watcher, identity, isDenied }]) => watcher !== null || isDenied || isMissing(directory, identity),
    );

  /** It was not there, and still is not: nothing to watch, and no reason to look at all the others. */
  const isMissing = (directory: string, identity: string): boolean =>
    identity === '' && sightOf(directory).identity === '';

  function add(directory: string): void {
    if (known.has(directory)) return;
    const entry: Watched = { watcher: null, ...sightOf(directory), wasNew: false, isDenied: false };
    known.set(directory, entry);
    const refused = subscribe(directory, entry);
    if (refused !== null) tell(refused);
    if (entry.watcher === null && !entry.isDenied) ask();
  }

  let markReady = () => {};
  const ready = new Promise<void>(resolve => {
    markReady = resolve;
  });
  for (const directory of options.directories) add(directory);
  loop.start();

  return {
    ready,
    get trouble() {
      return trouble;
    },
    add,
    forget(directory) {
      known.get(directory)?.watcher?.close();
      known.delete(directory);
    },
    async [Symbol.asyncDispose]() {
      isClosed = true;
      await loop[Symbol.asyncDispose]();
      markReady();
      for (const { watcher } of known.values()) watcher?.close();
      known.clear();
    },
  };
}

/** Synchronous, because that is a fifth of the work: thousands of directories are looked at, a few at a time. */
function sightOf(directory: string): Pick<Watched, 'identity' | 'state'> {
  try {
    const facts = lstatSync(directory);
    const identity = `${facts.dev}:${facts.ino}`;
    return { identity, state: `${identity} ${facts.mtimeMs} ${facts.ctimeMs}` };
  } catch {
    // Not there, or not to be seen (EACCES, EIO, a mount that went away): the same, until it is.
    return { identity: '', state: '' };
  }
}
