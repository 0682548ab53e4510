/** What a session, or an agent in its turn, is told before it changes a file that somebody else has claimed. */
import { resolve } from 'node:path';
import { coversFile, isOver, saysRefuse } from '#blackboard/claims/claim.ts';
import { sweepClaims } from '#blackboard/claims/claiming.ts';
import { isGone, isOwn, nameNow, ownerOf } from '#blackboard/claims/owners.ts';
import { readClaims } from '#blackboard/claims/states.ts';
import { rootLayout } from '#blackboard/layout.ts';
import { readText } from '#blackboard/system/files.ts';
import { limits } from '#blackboard/system/limits.ts';
import { realPathOf } from '#blackboard/system/real-path.ts';
import { quotedName } from '#blackboard/text/printable.ts';
import type { HookContext } from '#hooks/session/hook-context.ts';

export interface ClaimedPath {
  text: string;
  /** As config.yaml says: the change is refused, else it is only told. */
  isRefused: boolean;
}

/** null: the file is nobody else's. Shows nothing that a peer wrote but its name. `agent`: whose turn it is. */
export async function claimedPath(hook: HookContext, agent: string | null): Promise<ClaimedPath | null> {
  const { files, root, event, clock, rootOption } = hook;
  if (!event.toolPath) return null;
  const path = realPathOf(resolve(event.cwd, event.toolPath));
  const self =
    agent === null ? { kind: 'session' as const, id: event.sessionId } : await ownerOf(files, root, 'agent', agent);
  const nowMs = clock.nowMs();
  const { claims } = await readClaims(files, root);
  const forget = () => hook.afterwards.push(() => sweepClaims(files, root, nowMs));
  // What is over keeps every edit on the slow path, until somebody forgets it; so does what a dead owner has.
  if (claims.some(each => isOver(each, nowMs))) forget();
  for (const claim of claims) {
    if (isOver(claim, nowMs) || !coversFile(claim.thing, path) || (await isOwn(files, root, claim, self))) continue;
    if (await isGone(files, root, claim.owner, nowMs)) {
      forget();
      continue;
    }
    const by = await nameNow(files, root, claim);
    const config = (await readText(files, rootLayout(root).config, limits.recordBytesMax)) ?? '';
    const isRefused = saysRefuse(config);
    const command = `agent-runner${rootOption}`;
    const text = [
      `[agent-runner] ${quotedName(event.toolPath, limits.claimCharsMax)} is claimed by ${quotedName(by, 100)} since ${claim.since} until ${claim.until}: somebody else works on it.`,
      isRefused ? 'So it was not changed.' : 'Do not go on changing it before you have agreed with them.',
      `Who has what: ${command} claims · write to them: ${command} send ${by} "…" · claim what you work on: ${command} claim <path>`,
    ].join('\n');
    return { text, isRefused };
  }
  return null;
}
