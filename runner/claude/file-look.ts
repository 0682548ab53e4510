/** Waits for a file to grow that another process writes. */
import { watch } from 'node:fs';
import { limits } from '#blackboard/system/limits.ts';

/** Tells when a file may have grown. A watch that fails is no loss: it is looked at now and then as well. */
export function createFileLook(path: string): Disposable & { changed(): Promise<void> } {
  let wake = () => {};
  let hasChanged = false;
  const change = () => {
    hasChanged = true;
    wake();
  };
  let watcher: { close(): void } | null = null;
  try {
    watcher = watch(path, { persistent: false }, change).on('error', () => {});
  } catch {
    // Not there yet, or no watches left.
  }
  return {
    changed() {
      hasChanged = false;
      return new Promise(resolve => {
        const timer = setTimeout(resolve, limits.residentLookMs);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
        if (hasChanged) wake();
      });
    },
    [Symbol.dispose]() {
      watcher?.close();
      wake();
    },
  };
}
