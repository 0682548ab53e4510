/** Says of each session what would wake it, and why nothing better. Nothing is wrong with any: its next prompt tells in any case. */
import { listSessions } from '#blackboard/peers/sessions.ts';
import type { Files } from '#blackboard/system/files.ts';
import { limits } from '#blackboard/system/limits.ts';
import { registryStatus } from '#hooks/claude/session-status.ts';
import { type Check, well } from '#runner/doctor/finding.ts';
import { sessionRung } from '#runner/wake/session-rung.ts';

/** `refusesMods`: the administrator does; null: not known. */
export async function checkWake(
  files: Files,
  root: string,
  refusesMods: boolean | null,
  nowMs: number,
): Promise<Check[]> {
  const said: Check[] = [];
  for (const facts of await listSessions(files, root, nowMs, registryStatus, limits.endedSessionShownMs)) {
    const found = await sessionRung(files, root, facts, nowMs);
    if (found) said.push(well('wake', `${facts.peer.name} is woken by ${found.rung}: ${found.why}`));
  }
  const policy =
    "the administrator's settings of this machine refuse mods (allowManagedModsOnly): sessions are woken in other ways";
  return refusesMods === true ? [well('wake', policy), ...said] : said;
}
