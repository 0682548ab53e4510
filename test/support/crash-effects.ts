/** A file port that dies at its k-th effect: for processes in memory (it throws for ever after) and for real ones (SIGKILL). */
import type { Files } from '#blackboard/system/files.ts';

/** before: the effect does not happen · after: it does, nobody learns of it · torn: half of what it writes. */
export type StopMode = 'before' | 'after' | 'torn';

export interface StopPoint {
  /** 1: the first effect. */
  at: number;
  mode: StopMode;
}

/** The process is dead. Anyone who catches it and goes on meets it again at every further call. */
export class Crash extends Error {}

export interface StoppingFiles extends Files {
  /** The effect it died at, in words; null while it lives. */
  readonly diedAt: string | null;
  /** That effect can be torn. */
  readonly isTearable: boolean;
  /** Effects so far. */
  readonly count: number;
}

const EFFECTS = new Set(['create', 'append', 'link', 'move', 'makeDirectory', 'syncFile', 'syncDirectory', 'remove']);
const TEARABLE = new Set(['create', 'append']);

/** `die` ends the process; by default it throws a Crash. */
export function stopAfter(files: Files, stop: StopPoint, die: () => void = () => {}): StoppingFiles {
  let count = 0;
  let diedAt: string | null = null;
  let isTearable = false;
  let crash: Crash | null = null;
  const end = (): never => {
    die();
    // One error for all calls: each would take a stack trace.
    crash ??= new Crash(`died at effect ${stop.at} (${stop.mode}): ${diedAt}`);
    throw crash;
  };
  return new Proxy(files, {
    get(target, name: string) {
      if (name === 'count') return count;
      if (name === 'diedAt') return diedAt;
      if (name === 'isTearable') return isTearable;
      const method = (target as unknown as Record<string, (...args: unknown[]) => Promise<unknown>>)[name];
      if (method === undefined) return undefined;
      return async (...args: unknown[]) => {
        if (diedAt !== null) end();
        if (!EFFECTS.has(name) || ++count !== stop.at) return method.apply(target, args);
        diedAt = `${name} ${args.filter(arg => typeof arg === 'string' && arg.startsWith('/')).join(' ')}`;
        isTearable = TEARABLE.has(name);
        if (stop.mode === 'after') await method.apply(target, args);
        if (stop.mode === 'torn' && isTearable)
          await method.call(target, args[0], half(args[1] as string | Uint8Array));
        return end();
      };
    },
  }) as StoppingFiles;
}

const half = (data: string | Uint8Array): string | Uint8Array => data.slice(0, Math.floor(data.length / 2));
