/** All kinds of peers. A name is looked up in this order. A new kind is a file beside these and a line here. */
import { agentKind } from '#blackboard/peers/agent.ts';
import { operatorKind } from '#blackboard/peers/operator.ts';
import type { PeerKind } from '#blackboard/peers/peer-kind.ts';
import { sessionKind } from '#blackboard/peers/session.ts';

export const PEER_KINDS: readonly PeerKind[] = [operatorKind, agentKind, sessionKind];
