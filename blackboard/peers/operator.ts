/** The operator as a peer: the person whose root this is. */
import { inboxLayout, rootLayout } from '#blackboard/layout.ts';
import type { PeerKind } from '#blackboard/peers/peer-kind.ts';

export const OPERATOR = 'operator';

const inboxOf = (root: string) => inboxLayout(rootLayout(root).operator);

export const operatorKind: PeerKind = {
  word: 'operator',
  isPerson: true,
  find: async (_files, root, name) =>
    name === OPERATOR ? { kind: operatorKind, name, id: undefined, inbox: inboxOf(root), wake: null } : null,
  names: async () => [OPERATOR],
  inboxes: async (_files, root) => [{ peer: OPERATOR, inbox: inboxOf(root) }],
};
