/** What routes return that is more than the verb's printed result. Types alone. */

import type { WorkRow } from '#runner/dashboard/work.ts';
import type { Board } from '#runner/results/board.ts';
import type { Inbox } from '#runner/results/messages.ts';
import type { Templates } from '#runner/results/setup.ts';

export interface InboxRead {
  messages: Inbox;
  /** Messages that were left out. */
  older: number;
  /** Files that are no messages. */
  unreadable: string[];
}

export interface BoardRead {
  entries: Board;
}

export interface TemplateList {
  templates: Templates;
}

/** archive.ts. */
export interface WorkList {
  rows: WorkRow[];
  isFilling: boolean;
}

export interface SearchHit {
  what: 'message' | 'entry' | 'said';
  ref: string;
  peer: string;
  at: string;
  parts: { text: string; isHit: boolean }[];
}

export interface SearchResult {
  hits: SearchHit[];
  isFilling: boolean;
}
