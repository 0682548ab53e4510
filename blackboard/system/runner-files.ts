/**
 * The file port of a runner. Reading (names, facts, short files), changing a name and writing a short note that need
 * not be durable are done synchronously, on its own thread, which costs a tenth of a round trip to the thread pool.
 * What waits for the disk goes through the pool.
 */
import { createDiskFiles } from '#blackboard/system/disk-files.ts';
import type { Files } from '#blackboard/system/files.ts';
import { limits } from '#blackboard/system/limits.ts';
import { createSyncFiles } from '#blackboard/system/sync-files.ts';

/** One instance per process, so that directory fsyncs are shared. */
export function createRunnerFiles(): Files {
  const disk = createDiskFiles();
  const atOnce = createSyncFiles();
  let looks = 0;
  /** Thousands of reads in a row would delay timers, Unix signals and sockets. */
  const breathe = (): Promise<void> | undefined =>
    ++looks % limits.looksAtOnce === 0 ? new Promise(resolve => setImmediate(resolve)) : undefined;
  return {
    ...disk,
    link: atOnce.link,
    move: atOnce.move,
    makeDirectory: atOnce.makeDirectory,
    remove: atOnce.remove,
    append: (path, data, options = {}) => (options.sync ? disk : atOnce).append(path, data, options),
    async list(path) {
      await breathe();
      return atOnce.list(path);
    },
    async facts(path) {
      await breathe();
      return atOnce.facts(path);
    },
    async read(path, options = {}) {
      await breathe();
      const found = await atOnce.facts(path);
      if (!found) return null;
      const isShort = found.kind === 'file' && found.sizeBytes - (options.offset ?? 0) <= limits.readAtOnceBytes;
      return isShort ? atOnce.read(path, options) : disk.read(path, options);
    },
  };
}
