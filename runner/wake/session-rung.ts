/** Which way would wake a session now, and why none before it: for `status`, `doctor` and `plugin status`. Only looks. */
import { sessionLayout, wakeLayout } from '#blackboard/layout.ts';
import type { SessionFacts, SessionPeer } from '#blackboard/peers/sessions.ts';
import type { Files } from '#blackboard/system/files.ts';
import { ageText } from '#blackboard/text/age.ts';
import { holdsPeerMessages } from '#hooks/claude/session-hold.ts';
import { inboxSocket, registryOf } from '#hooks/claude/session-inbox.ts';
import { lastBeatMs, modLives } from '#hooks/session/mod.ts';
import { compareVersions } from '#runner/claude/claude-version.ts';

/** prompt: nothing wakes it, its next prompt tells. Keys (docs/wake.md) are left out: whether they work shows when they are tried. */
export interface SessionRung {
  rung: 'mod' | 'socket' | 'file' | 'prompt';
  why: string;
}

/** The first claude that runs mods. */
const MODS_FROM = '2.1.287';

/** null: the session is over. */
export async function sessionRung(
  files: Files,
  root: string,
  { peer, state }: Pick<SessionFacts, 'peer' | 'state'>,
  nowMs: number,
): Promise<SessionRung | null> {
  if (state === 'ended' || state === 'dead') return null;
  const layout = sessionLayout(root, peer.id);
  if (!(await files.facts(wakeLayout(root, peer.id).token)))
    return { rung: 'prompt', why: 'nobody serves it: agent-runner start' };
  if (await files.facts(layout.mod.stopped))
    return { rung: 'prompt', why: 'its user stopped it, and has sent no prompt since' };
  if (await modLives(files, layout, peer.process, nowMs)) return { rung: 'mod', why: 'its mod says that it lives' };
  const why = await noMod(files, root, peer, nowMs);
  if (await holdsPeerMessages(files, peer))
    return { rung: 'prompt', why: `${why}, and it holds what others send (bypassPermissions)` };
  if ((await inboxSocket(peer).catch(() => null)) !== null) return { rung: 'socket', why };
  return (await files.facts(layout.nudge))
    ? { rung: 'file', why: `${why}, and claude has no inbox for it` }
    : { rung: 'prompt', why: `${why}, claude has no inbox for it, and nothing is watched` };
}

async function noMod(files: Files, root: string, peer: SessionPeer, nowMs: number): Promise<string> {
  const beatMs = await lastBeatMs(files, sessionLayout(root, peer.id));
  if (beatMs !== null) return `its mod has said nothing for ${ageText(Math.max(0, nowMs - beatMs))}`;
  const { version } = (await registryOf(peer).catch(() => null)) ?? {};
  return typeof version === 'string' && compareVersions(version, MODS_FROM) < 0
    ? `claude ${version} has no mods (${MODS_FROM} and newer)`
    : 'no mod of ours has started in it (no plugin, or mods are refused)';
}
