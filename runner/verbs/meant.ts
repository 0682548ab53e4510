/** The whole name of the peer that a person means by the beginning of it. On the path of `send`: loads nothing heavy. */
import { meantPeer } from '#blackboard/peers/peers.ts';
import type { VerbContext } from '#runner/verbs/context.ts';

export interface MeantOrder {
  typed: string;
  /** Only those that take turns may be meant by a beginning. */
  onlyAgents: boolean;
}

/** As it was typed if nobody is meant: the verb that is called with it knows what to say. Throws 64 where it fits several. */
export async function meant({ files, root }: VerbContext, { typed, onlyAgents }: MeantOrder): Promise<string> {
  const peer = await meantPeer(files, root, typed, kind => !onlyAgents || kind.takesTurns === true);
  return peer?.name.startsWith(typed) ? peer.name : typed;
}
