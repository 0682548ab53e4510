/**
 * A disk in memory whose power goes at its k-th effect, no matter who made it, and comes back with what had reached the platter.
 * It can also lie, for one call site: an fsync that is not made, a link or a rename that is reported and not made.
 */
import type { Files } from '#blackboard/system/files.ts';
import { type Choose, createMemoryFiles, type MemoryFiles } from './memory-files.ts';

/** An effect by who asks for it and where: `syncDirectory claim inbox/cur`. */
export type Site = string;

export interface PowerDisk extends MemoryFiles {
  /** All until now is old, and on disk. The power goes at that effect from here: what it creates or appends is there unsynced, any other effect has not happened. */
  cutAt(effect: number): void;
  readonly isOff: boolean;
  /** The effect that was under way, in words. */
  readonly offAt: string;
  /** Effects so far, those of one process and of all others. */
  readonly count: number;
  /** Is told of every effect from now on. */
  listen(note: ((site: Site) => void) | null): void;
  /** The power is back; nothing has survived but what `choose` leaves (memory-files.ts). */
  reboot(choose: Choose): void;
}

export interface PowerDiskOptions {
  nowMs: () => number;
  /** The site whose effect is not made durable (syncDirectory, create, append) or not made at all (link, move). */
  broken?: Site | undefined;
}

/** Calls of one life, until it counts as one that never ends. */
const CALLS_MAX = 100_000;

/** The power went. Every further call of those who do not know it yet throws it, too. */
export class PowerLoss extends Error {}

const EFFECTS = ['create', 'append', 'link', 'move', 'makeDirectory', 'syncFile', 'syncDirectory', 'remove'] as const;
type Verb = (typeof EFFECTS)[number];

export function createPowerDisk({ nowMs, broken }: PowerDiskOptions): PowerDisk {
  const memory = createMemoryFiles(nowMs);
  const [brokenVerb] = broken?.split(' ') ?? [];
  let cut = Number.POSITIVE_INFINITY;
  let count = 0;
  let offAt: string | null = null;
  let loss = new PowerLoss();
  let note: ((site: Site) => void) | null = null;
  let calls = 0;

  const call = (): void => {
    if (offAt !== null) throw loss;
    if (++calls > CALLS_MAX) throw new Error(`no end after ${CALLS_MAX} calls`);
  };
  const lie = (verb: Verb, args: unknown[]): Promise<unknown> => {
    switch (verb) {
      case 'create':
        return memory.createUnsynced(args[0] as string, args[1] as string);
      case 'append':
        return memory.append(args[0] as string, args[1] as string);
      default:
        return Promise.resolve(verb === 'link' ? 'linked' : 'moved');
    }
  };

  const effect =
    (verb: Verb) =>
    async (...args: unknown[]): Promise<unknown> => {
      call();
      const place = args[verb === 'link' || verb === 'move' ? 1 : 0] as string;
      const site = note || verb === brokenVerb ? siteOf(isWrite(verb, args) ? 'write' : verb, place) : '';
      note?.(site);
      if (++count === cut) {
        offAt = `${verb} ${args.filter(arg => typeof arg === 'string' && arg.startsWith('/')).join(' ')}`;
        if (verb === 'create' || verb === 'append') await lie(verb, args);
        // The one error for all calls: each would take a stack trace, and most meet it again and again.
        loss = new PowerLoss(offAt);
        throw loss;
      }
      if (broken !== undefined && site === broken) return lie(verb, args);
      return (memory[verb] as (...all: unknown[]) => Promise<unknown>)(...args);
    };

  const reading =
    <A extends unknown[], R>(method: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      call();
      return method(...args);
    };

  return {
    ...memory,
    ...(Object.fromEntries(EFFECTS.map(verb => [verb, effect(verb)])) as unknown as Pick<Files, Verb>),
    list: reading(memory.list),
    facts: reading(memory.facts),
    read: reading(memory.read),
    cutAt(at) {
      memory.settleAll();
      cut = count + at;
    },
    get isOff() {
      return offAt !== null;
    },
    get offAt() {
      return offAt ?? '';
    },
    get count() {
      return count;
    },
    listen(listener) {
      note = listener;
    },
    reboot(choose) {
      note = null;
      memory.losePower(choose);
      offAt = null;
      cut = Number.POSITIVE_INFINITY;
    },
  };
}

/** An append that promises nothing. */
const isWrite = (verb: Verb, args: readonly unknown[]): boolean =>
  verb === 'append' && !(args[2] as { sync?: boolean } | undefined)?.sync;

/** By the innermost function of the product on the stack, and the kind of place. */
function siteOf(verb: Verb | 'write', path: string): Site {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 12;
  const stack = new Error().stack ?? '';
  Error.stackTraceLimit = limit;
  const caller = stack.split('\n').find(line => /^\s+at /.test(line) && !line.includes('power-disk.ts'));
  const found =
    /at (?:async )?(?:Object\.|Promise\.\w+ )?([\w.<>$ ]*?) ?\(?(?:file:\/\/)?[^ ()]*\/(?:blackboard|hooks|runner)\//.exec(
      caller ?? '',
    );
  return `${verb} ${found ? found[1] || 'anonymous' : 'test'} ${kindOf(path)}`;
}

const UUID = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;

/** `/root/agents/alpha/inbox/done/2026-01-01/<name>` → `inbox/done/<day>/<name>`; whose it is makes no difference. */
const kindOf = (path: string): string =>
  path
    .replace(/^\/root\/?/, '')
    .replace(/^(agents\/[^/]+|operator)(\/|$)/, (_all, _who, end) => (end === '/' ? '' : 'home'))
    .replace(/\/\d{4}-\d\d-\d\d/, '/<day>')
    .replace(/^turns\/\d+/, 'turns/<n>')
    .replace(/^costs\/.*/, 'costs/<day>')
    .replace(/\.tmp-[0-9a-f]+$/, '.tmp')
    .replace(/\/(swept-)?[0-9a-f]{32}$/, '/<nonce>')
    .replace(/\/(\d+\.)?\d{13}-[0-9a-f-]{36}[^/.]*/, '/<name>')
    .replace(UUID, '<id>')
    .replace(/sealed\.[0-9a-f]+/, 'sealed');
