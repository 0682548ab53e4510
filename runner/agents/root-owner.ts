/**
 * One runner per root that runs all agents: a second one would find every agent taken, and look as if it worked.
 * Correctness does not depend on this (each agent has its lock, each turn its election).
 */

import { rootLayout } from '#blackboard/layout.ts';
import { temporaryError } from '#blackboard/system/errors.ts';
import type { Files } from '#blackboard/system/files.ts';
import { isElsewhere, isSelf, type ProcessIdentity, selfIdentity } from '#blackboard/system/process-identity.ts';
import { isRunnerAlive } from '#blackboard/system/process-mark.ts';
import { readRecord, writeRecord } from '#blackboard/system/record.ts';
import { takenOverLater, whoRuns } from '#runner/text/who-runs.ts';

interface WholeRootRecord {
  identity: ProcessIdentity;
  /** ISO 8601. */
  startedAt: string;
}

/**
 * Takes the root for a registered runner; the returned function releases it. Throws a temporary error (75) with the
 * owner's pid if another live runner has it. A dead owner's file is taken over.
 */
export async function takeWholeRoot(files: Files, root: string, nowMs: number): Promise<() => Promise<void>> {
  const path = rootLayout(root).wholeRoot;
  const mine: WholeRootRecord = { identity: selfIdentity(), startedAt: new Date(nowMs).toISOString() };
  while ((await writeRecord(files, path, mine)) === 'exists') {
    const owner = await rootOwner(files, root);
    if (owner)
      throw temporaryError(
        `the agents of ${root} already run: ${whoRuns(owner)}`,
        isElsewhere(owner.identity)
          ? `It takes up new agents by itself; to restart it, stop it there first. ${takenOverLater}`
          : 'It takes up new agents by itself; to restart it, stop it first: agent-runner stop',
      );
    await files.remove(path);
  }
  return async () => {
    const record = await readRecord<WholeRootRecord>(files, path).catch(() => null);
    if (record && isSelf(record.identity)) await files.remove(path);
  };
}

/** For a caller that would run some agents beside it: the owner runs those too, unless somebody has stopped them. */
export const rootOwnerRuns = (owner: WholeRootRecord, names: readonly string[]) =>
  temporaryError(
    `a runner of all agents is up: ${whoRuns(owner)}`,
    `It takes ${names.join(', ')}, too; one that is stopped goes on with: agent-runner resume ${names[0]}`,
  );

/** The live runner that takes all agents of this root, or null. */
export async function rootOwner(files: Files, root: string): Promise<WholeRootRecord | null> {
  const record = await readRecord<WholeRootRecord>(files, rootLayout(root).wholeRoot).catch(() => null);
  return record && (await isRunnerAlive(root, record.identity)) ? record : null;
}
