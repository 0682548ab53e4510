/** The final word on a message: one record for each, by its id, which anybody can look up. */
import { join } from 'node:path';
import type { Denial } from '../denials.ts';
import type { Files } from '../files.ts';
import type { Inbox } from '../layout.ts';
import { readRecord, writeRecord } from '../record.ts';

export interface Outcome {
  id: string;
  /** replied: answered, the reply delivered unless `undelivered` says why not · done: nothing was asked · dead: given up. */
  outcome: 'replied' | 'done' | 'dead';
  at: string;
  /** The turn that decided; absent where no turn did (cancelled while waiting, expired). */
  turn?: number;
  /** Id of the reply, where there is one. */
  reply?: string;
  /** Why the reply could not be delivered. */
  undelivered?: string;
  /** Why it is dead. */
  reason?: string;
  /** Tool calls that the turn which decided was refused. */
  denials?: Denial[];
  costUsd?: number;
}

/** Records the outcome; the first one stands. */
export async function writeOutcome(files: Files, inbox: Inbox, outcome: Outcome): Promise<void> {
  await writeRecord(files, join(inbox.outcomes, outcome.id), outcome);
}

export const readOutcome = (files: Files, inbox: Inbox, id: string): Promise<Outcome | null> =>
  readRecord<Outcome>(files, join(inbox.outcomes, id));
