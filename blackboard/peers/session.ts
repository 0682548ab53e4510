/** Sessions as peers: each is an interactive Claude Code, found by its present name, an earlier one, or its id. */
import { sessionLayout } from '#blackboard/layout.ts';
import type { PeerKind } from '#blackboard/peers/peer-kind.ts';
import { isSessionId, listSessionNames, sessionNamed } from '#blackboard/peers/session-names.ts';
import { readPeerName } from '#blackboard/peers/sessions.ts';

export const sessionKind: PeerKind = {
  word: 'session',
  isId: isSessionId,
  async find(files, root, name) {
    const id = await sessionNamed(files, root, name);
    if (id === null) return null;
    const present = (await readPeerName(files, root, id)) ?? name;
    return { kind: sessionKind, name: present, id, inbox: sessionLayout(root, id).inbox, wake: id };
  },
  names: async (files, root) => (await listSessionNames(files, root)).map(({ name }) => name),
  inboxes: async (files, root) =>
    (await listSessionNames(files, root)).map(({ name, id }) => ({ peer: name, inbox: sessionLayout(root, id).inbox })),
};
