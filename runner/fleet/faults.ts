/** What keeps agents from being looked after, said once when it begins and once when it is over, however many it hits. */
import { existsSync } from 'node:fs';
import type { EventBody } from '#blackboard/events/event.ts';
import { rootLayout } from '#blackboard/layout.ts';
import { errnoOf, reasonOf } from '#blackboard/system/errors.ts';
import { obstacle } from '#blackboard/system/obstacle.ts';
import { faultSentence } from '#runner/status/fault-sentence.ts';

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
  /** Others are the root, and services under their names: they have no events of their own. */
  isAgent(who: string): boolean;
  /** The event is of one agent, or (null) of all it hits. */
  emit(agent: string | null, event: EventBody): void;
  note(who: string, problem: string | null): void;
  /** A fault of the whole root begins, or is over: once each, however many it hits. */
  tell?(fault: SharedFault, isOver: boolean): void;
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
    emit(fault.agent, { type: 'agent.recovered', problem: fault.problem });
    if (fault.shared) options.tell?.(fault.shared, true);
  }

  return {
    raise(who, error) {
      const shared = sharedFault(root, error);
      const agent = shared || !options.isAgent(who) ? null : who;
      const problem = shared?.sentence ?? (agent === null ? `${who}: ${reasonOf(error)}` : reasonOf(error));
      const key = `${agent ?? ''}: ${problem}`.replace(RANDOM, '…');
      if (faultOf.get(who) === key) return;
      leave(who);
      const fault = hit.get(key) ?? { agent, problem, who: new Set<string>(), shared };
      if (fault.who.size === 0) {
        emit(agent, { type: 'agent.faulted', problem });
        if (shared) options.tell?.(shared, false);
      }
      hit.set(key, fault);
      fault.who.add(who);
      faultOf.set(who, key);
      note(who, shared?.sentence ?? reasonOf(error));
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
  shared: SharedFault | null;
}

/** A fault that is the machine's and not one agent's. */
export interface SharedFault {
  errno: string;
  sentence: string;
}

const mayWrite = (root: string): boolean =>
  [root, rootLayout(root).agents].every(directory => obstacle(directory, 'write') === null);

/** null for any other. */
function sharedFault(root: string, error: unknown): SharedFault | null {
  const errno = errnoOf(error);
  if (errno === undefined) return null;
  if ((errno === 'ENOENT' || errno === 'ENOTDIR') && existsSync(rootLayout(root).agents)) return null;
  // One file or directory of somebody else's says nothing of the root.
  if ((errno === 'EACCES' || errno === 'EPERM') && mayWrite(root)) return null;
  const sentence = faultSentence(root, errno);
  return sentence === null ? null : { errno, sentence };
}
