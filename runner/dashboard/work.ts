/** A piece of work: the message that began it, with all that it caused. Pure. */

/** A message of one trace, as the archive has it. Times: Unix milliseconds. */
export interface TreeMessage {
  id: string;
  peer: string;
  sender: string;
  kind: string;
  at: number;
  hops: number;
  gist: string;
  state: string;
  changed: number;
}

/** asking: a person is waited for · failed: what began it is dead · finished: nothing of it waits or runs. */
export type WorkState = 'asking' | 'working' | 'waiting' | 'failed' | 'finished';

export interface WorkRow {
  trace: string;
  id: string;
  to: string;
  from: string;
  gist: string;
  at: string;
  state: WorkState;
  /** When it last changed, as far as was seen. */
  changedAt: string;
  messages: number;
  dead: number;
  /** Peers that have to do something before it goes on. */
  waitsFor: string[];
  /** Of its chain, in the last days. */
  costUsd: number;
}

const OPEN: ReadonlySet<string> = new Set(['new', 'later', 'cur']);
/** Kinds that want something done. What only informs keeps no work open. */
const WANTING: ReadonlySet<string> = new Set(['request', 'question']);

/** `tree`: by time, at least one. `asked`: ids of messages about which a person is asked. */
export function workOf(
  trace: string,
  tree: readonly TreeMessage[],
  costUsd: number,
  asked: ReadonlySet<string | null>,
): WorkRow {
  const root = tree.find(({ id }) => id === trace) ?? tree[0]!;
  const open = tree.filter(({ state, kind }) => OPEN.has(state) && WANTING.has(kind));
  const isOpen = (state: string) => open.some(each => each.state === state);
  const asks = open.filter(({ id, peer }) => asked.has(id) || peer === 'operator');
  const state: WorkState =
    asks.length > 0
      ? 'asking'
      : isOpen('cur')
        ? 'working'
        : open.length > 0
          ? 'waiting'
          : root.state === 'dead'
            ? 'failed'
            : 'finished';
  const waitsFor = (asks.length > 0 ? asks.map(() => 'operator') : open.map(({ peer }) => peer)).filter(
    (peer, at, all) => all.indexOf(peer) === at,
  );
  return {
    ...{ trace, state, waitsFor, costUsd, id: root.id, to: root.peer, from: root.sender, gist: root.gist },
    at: new Date(root.at).toISOString(),
    changedAt: new Date(Math.max(...tree.map(({ changed }) => changed))).toISOString(),
    messages: tree.length,
    dead: tree.filter(({ state: place }) => place === 'dead').length,
  };
}
