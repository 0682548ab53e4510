/** A kind of peer that the product does not have: panes, each a directory below panes/ with an inbox. For the test that a new kind is one file. */
import { join } from 'node:path';
import { inboxLayout } from '#blackboard/layout.ts';
import type { PeerKind } from '#blackboard/peers/peer-kind.ts';
import type { Files } from '#blackboard/system/files.ts';

const panes = (root: string) => join(root, 'panes');
const inboxOf = (root: string, name: string) => inboxLayout(join(panes(root), name), root);
const listed = async (files: Files, root: string) => (await files.list(panes(root))).sort();
const ID = /^%\d+$/;

/** A pane's id is its name with a `%` before it. */
export const paneKind: PeerKind = {
  word: 'pane',
  isId: text => ID.test(text),
  async find(files, root, typed) {
    const name = typed.replace(/^%/, '');
    if (!(await listed(files, root)).includes(name)) return null;
    return { kind: paneKind, name, id: `%${name}`, inbox: inboxOf(root, name), wake: null };
  },
  names: listed,
  inboxes: async (files, root) => (await listed(files, root)).map(peer => ({ peer, inbox: inboxOf(root, peer) })),
};
