/** What a kind of peer defines: everything on this floor that differs between agents, sessions and the operator. Types only. */
import type { Inbox } from '#blackboard/layout.ts';
import type { Files } from '#blackboard/system/files.ts';

export interface PeerKind {
  /** One word: `agent`. Rooms above keep their own tables under this word (state, wake). */
  word: string;
  /** A person. Reading a message is enough, waiting here makes no circle, and what this peer sends starts a new chain. */
  isPerson?: true;
  /** A message that asks for a reply starts a turn here. Absent: it waits until somebody reads it. */
  takesTurns?: true;
  /** Whether a text is an id of this kind: `find` takes it and ignores what its peer is called now. Absent: only names. */
  isId?(text: string): boolean;
  /** The peer that has this name or id now, or null. */
  find(files: Files, root: string, name: string): Promise<Peer | null>;
  /** The names that a person may type: an unknown name is compared with them. */
  names(files: Files, root: string): Promise<string[]>;
  /** Every inbox of this kind. Includes those of peers that are gone, because messages outlive them. */
  inboxes(files: Files, root: string): Promise<PeerInbox[]>;
}

/** An existing peer. */
export interface Peer {
  kind: PeerKind;
  /** Its name now. */
  name: string;
  /** What stays the same when it is renamed: a session's id, an agent's life. undefined: it has only its name. */
  id: string | undefined;
  inbox: Inbox;
  /** The name of its directory in wake/, where it takes signals; null: it takes none. */
  wake: string | null;
}

export interface PeerInbox {
  peer: string;
  inbox: Inbox;
}
