/** What goes wrong in a runner, told once: as events, in the record of each agent that it hits, and to the operator. */
import { noteText } from '#blackboard/events/note-text.ts';
import { agentLayout, agentPlaces, rootLayout } from '#blackboard/layout.ts';
import { sendNote } from '#blackboard/peers/notes.ts';
import { OPERATOR } from '#blackboard/peers/operator.ts';
import type { Clock } from '#blackboard/system/clock.ts';
import { isDenied } from '#blackboard/system/denied.ts';
import { errnoOf, reasonOf } from '#blackboard/system/errors.ts';
import type { Files } from '#blackboard/system/files.ts';
import { deniedProblem } from '#runner/agents/definition-text.ts';
import { type About, type Complain, createComplaints } from '#runner/events/complaints.ts';
import type { Emit, RunnerEvents } from '#runner/events/emit.ts';
import { createFaultNotes } from '#runner/fleet/fault-notes.ts';
import { createFaultRecord } from '#runner/fleet/fault-record.ts';
import { createFaults, type Faults } from '#runner/fleet/faults.ts';

export interface Trouble {
  complain: Complain;
  faults: Faults;
  /** Watches fail, or (null) work again: it is in the record of each agent that runs. */
  watching(problem: string | null, agents: Iterable<string>): void;
  /** Its runner is there, and nothing ails it but what ails all. */
  started(name: string): void;
  /** It could not be started. Whether that is a fault, and not somebody's wish or mistake. */
  notStarted(name: string, error: unknown): Promise<boolean>;
}

export function createTrouble(options: {
  root: string;
  files: Files;
  clock: Clock;
  events: RunnerEvents;
  /** Others are the root, services under their names, and sessions: they have no file of events of their own. */
  isAgent(who: string): boolean;
}): Trouble {
  const { root, files, clock, events, isAgent } = options;
  const toldDenied = new Set<string>();
  const record = createFaultRecord({ files, root, clock });
  let watchTrouble: string | null = null;

  const emitOf = ({ peer, name }: Pick<About, 'peer' | 'name'>): Emit => {
    if (peer === null) return events.emit;
    const { events: path } = isAgent(peer) ? agentLayout(root, peer) : rootLayout(root);
    return events.of({ peer, events: path }, undefined, name);
  };
  const noteFault = (name: string, problem: string | null): void => {
    if (isAgent(name)) void record(name, problem ?? watchTrouble, problem !== null);
  };
  const complain = createComplaints((about, event) => void emitOf(about)(event));
  const faults = createFaults({
    ...{ root, clock, isAgent },
    emit: (peer, event) => void emitOf({ peer })(event),
    note: noteFault,
    tell: createFaultNotes({ files, root, clock }),
  });

  /** An agent whose directory is somebody else's: its owner is told once; the others have nothing to do with it. */
  async function tellDenied(name: string, error: unknown): Promise<void> {
    if (toldDenied.has(name)) return;
    const { home } = agentPlaces(root, name);
    const problem = deniedProblem('its directory', errnoOf(error), home);
    await sendNote({ root, files, clock, layout: { name } }, OPERATOR, {
      key: ['denied-agent', name, home],
      body: noteText(name, { type: 'agent.faulted', problem, mend: null }, clock.nowMs()),
    }).then(
      () => toldDenied.add(name),
      () => {},
    );
  }

  return {
    complain,
    faults,
    watching(problem, agents) {
      watchTrouble = problem && `${problem}; looking every second instead`;
      complain({ peer: null, part: 'watching' }, watchTrouble);
      for (const name of agents) noteFault(name, null);
    },
    started(name) {
      complain({ peer: name, part: null }, null);
      faults.clear(name);
      if (watchTrouble !== null) noteFault(name, null);
    },
    async notStarted(name, error) {
      const isFault = errnoOf(error) !== undefined;
      if (isFault) faults.raise(name, error);
      else complain({ peer: name, part: null }, reasonOf(error));
      if (isDenied(error)) await tellDenied(name, error);
      return isFault;
    },
  };
}
