/** What keeps agents from being looked after, said once when it begins and once when it is over, however many it hits. */
import { existsSync } from 'node:fs';
import type { BodyOf, EventBody } from '#blackboard/events/event.ts';
import { rootLayout } from '#blackboard/layout.ts';
import type { Clock } from '#blackboard/system/clock.ts';
import { errnoOf, reasonOf } from '#blackboard/system/errors.ts';
import { obstacle } from '#blackboard/system/obstacle.ts';
import { faultMend, faultSentence } from '#runner/status/fault-sentence.ts';

export interface Faults {
  /** `who` could not be looked after. Its earlier fault, if it was another, is over. */
  raise(who: string, error: unknown): void;
  /** `who` was looked after. */
  clear(who: string): void;
}

/**
 * `note` is told what ails one of them now (null: nothing), as often as it changes. A fault of the whole root (a full
 * disk, no descriptors) is one line of the log for all whom it hits.
 */
export function createFaults(options: {
  root: string;
  clock: Pick<Clock, 'nowMs'>;
  /** Others are the root, and services under their names: they have no events of their own. */
  isAgent(who: string): boolean;
  /** The event is of one agent, or (null) of all it hits. */
  emit(agent: string | null, event: EventBody): void;
  note(who: string, problem: string | null): void;
  /** A fault of the whole root begins, or is over: once each, however many it hits. */
  tell?(errno: string, event: FaultEvent): void;
}): Faults {
  const { root, emit, note } = options;
  const faultOf = new Map<string, string>();
  const hit = new Map<string, Fault>();

  function leave(who: string): void {
    const key = faultOf.get(who);
    const fault = key === undefined ? undefined : hit.get(key);
    if (!fault || key === undefined) return;
    faultOf.delete(who);
    fault.who.delete(who);
    if (fault.who.size > 0) return;
    hit.delete(key);
    const event = { type: 'agent.recovered', problem: fault.problem, sinceAt: fault.sinceAt } as const;
    emit(fault.agent, event);
    if (fault.errno !== null) options.tell?.(fault.errno, event);
  }

  return {
    raise(who, error) {
      const shared = sharedFault(root, error);
      const agent = shared || !options.isAgent(who) ? null : who;
      const problem = shared?.sentence ?? (agent === null ? `${who}: ${reasonOf(error)}` : reasonOf(error));
      const key = `${agent ?? ''}: ${problem}`.replace(RANDOM, '…');
      if (faultOf.get(who) === key) return;
      leave(who);
      const sinceAt = new Date(options.clock.nowMs()).toISOString();
      const errno = shared?.errno ?? null;
      const fault = hit.get(key) ?? { agent, problem, who: new Set<string>(), errno, sinceAt };
      if (fault.who.size === 0) {
        const event = { type: 'agent.faulted', problem, mend: errno && faultMend(root, errno) } as const;
        emit(agent, event);
        if (errno !== null) options.tell?.(errno, event);
      }
      hit.set(key, fault);
      fault.who.add(who);
      faultOf.set(who, key);
      note(who, problem);
    },
    clear(who) {
      if (!faultOf.has(who)) return;
      leave(who);
      note(who, null);
    },
  };
}

/** Names of our files hold random hex, new at every attempt: the same fault all the same. */
const RANDOM = /[0-9a-f]{8,}/g;

/** What ails whom. */
interface Fault {
  agent: string | null;
  problem: string;
  who: Set<string>;
  /** null: it is not the machine's, but one agent's. */
  errno: string | null;
  sinceAt: string;
}

export type FaultEvent = BodyOf<'agent.faulted' | 'agent.recovered'>;

const mayWrite = (root: string): boolean =>
  [root, rootLayout(root).agents].every(directory => obstacle(directory, 'write') === null);

/** A fault that is the machine's and not one agent's; null for any other. */
function sharedFault(root: string, error: unknown): { errno: string; sentence: string } | null {
  const errno = errnoOf(error);
  if (errno === undefined) return null;
  if ((errno === 'ENOENT' || errno === 'ENOTDIR') && existsSync(rootLayout(root).agents)) return null;
  // One file or directory of somebody else's says nothing of the root.
  if ((errno === 'EACCES' || errno === 'EPERM') && mayWrite(root)) return null;
  const sentence = faultSentence(root, errno);
  return sentence === null ? null : { errno, sentence };
}
