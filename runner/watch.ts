/** Hints from the operating system: something may have changed in one of these directories. Never more than a hint. */
import { basename, dirname } from 'node:path';
import { watch } from 'chokidar';

export interface Watch extends AsyncDisposable {
  add(directory: string): void;
  forget(directory: string): void;
  /** Resolves when the directories added so far are watched. */
  ready: Promise<void>;
}

/**
 * Calls `onHint` with the directory in which something happened and, where the system told, the name in it. chokidar's `raw` event is enough, and cheap: files are
 * ignored, so that it neither stats nor watches each of them (inbox/new can hold thousands).
 */
export function watchDirectories(
  directories: readonly string[],
  onHint: (directory: string, name: string) => void,
  onError: (error: unknown) => void,
): Watch {
  const wanted = new Set(directories);
  const watcher = watch([...directories], {
    ignoreInitial: true,
    depth: 0,
    persistent: true,
    ignored: path => !wanted.has(path),
  });
  watcher.on('raw', (_event, path, details) => {
    const watched = (details as { watchedPath?: string }).watchedPath ?? dirname(path);
    onHint(watched, basename(path ?? ''));
  });
  watcher.on('error', onError);
  const ready = new Promise<void>(resolve => {
    if (directories.length === 0) resolve();
    else watcher.once('ready', resolve);
  });
  return {
    ready,
    add(directory) {
      if (wanted.has(directory)) return;
      wanted.add(directory);
      watcher.add(directory);
    },
    forget(directory) {
      wanted.delete(directory);
      watcher.unwatch(directory);
    },
    async [Symbol.asyncDispose]() {
      await watcher.close();
    },
  };
}
