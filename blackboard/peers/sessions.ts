/**
 * Sessions as peers: what is known of each, who it is, whether its process is alive. Knows nothing of how Claude Code
 * tells us.
 */
import { basename, join } from 'node:path';
import { recordEvents } from '#blackboard/events/record-events.ts';
import { countDead } from '#blackboard/inbox/count-dead.ts';
import { makeInbox } from '#blackboard/inbox/deliver.ts';
import { listDrops, listTakenDrops, sortDrops } from '#blackboard/inbox/drops.ts';
import { untaken } from '#blackboard/inbox/untaken.ts';
import { rootLayout, type SessionLayout, sessionLayout } from '#blackboard/layout.ts';
import { parseClaimedName, parseMessageName } from '#blackboard/messages/message-name.ts';
import { nameOf, whyNotAName } from '#blackboard/messages/peer-name.ts';
import { isAgent } from '#blackboard/peers/agent.ts';
import {
  claimSessionName,
  freeSessionName,
  holderOf,
  isNamed,
  isSessionId,
  moveSessionNames,
} from '#blackboard/peers/session-names.ts';
import { systemClock } from '#blackboard/system/clock.ts';
import { unlessDenied } from '#blackboard/system/denied.ts';
import { noSuchError, usageError } from '#blackboard/system/errors.ts';
import { type Files, readText } from '#blackboard/system/files.ts';
import { limits } from '#blackboard/system/limits.ts';
import type { LeftDrop } from '#blackboard/system/one-entry.ts';
import { isAlive, isAliveSync, isElsewhere, type ProcessIdentity } from '#blackboard/system/process-identity.ts';
import { placeText, processName } from '#blackboard/system/process-place.ts';
import { readRecord, replaceFile } from '#blackboard/system/record.ts';
import { NOTHING_REMEMBERED, type Remembered } from '#blackboard/system/remembered.ts';
import { ageText } from '#blackboard/text/age.ts';

/** peer.json: who a session is. Written by its own hooks only. */
export interface SessionPeer {
  id: string;
  name: string;
  cwd: string;
  branch: string | null;
  /** The process that has it open, as it was when the session started or was resumed. */
  process: ProcessIdentity | null;
  /** Its place in tmux: the server's socket and the pane. */
  tmux: { socket: string; pane: string } | null;
  /** Claude's own directory and the session's transcript. */
  configDir: string | null;
  transcript: string | null;
  /** ISO 8601. */
  startedAt: string;
}

export const readSession = (files: Files, root: string, id: string): Promise<SessionPeer | null> =>
  isSessionId(id) ? readRecord<SessionPeer>(files, sessionLayout(root, id).peer) : Promise.resolve(null);

/** The name of the session with this id, or null. */
export const readPeerName = async (files: Files, root: string, id: string): Promise<string | null> =>
  (await readSession(files, root, id.toLowerCase()).catch(() => null))?.name ?? null;

/**
 * Registers a session, or registers it again with a new process (resume). It keeps its name if nobody took it
 * meanwhile. On disk: inbox → name → peer.json → pids/<pid>; a crash in between leaves a name without a session, which
 * the next call recognises as its own.
 */
export async function registerSession(
  files: Files,
  root: string,
  facts: Omit<SessionPeer, 'name'>,
  wanted: string | null = null,
): Promise<SessionPeer> {
  const layout = sessionLayout(root, facts.id);
  const paths = rootLayout(root);
  for (const directory of [paths.sessions, paths.sessionNames, paths.sessionPids, layout.home])
    await files.makeDirectory(directory);
  await makeInbox(files, layout.inbox);
  for (const directory of [layout.shown, layout.unproven, layout.signals, layout.woken])
    await files.makeDirectory(directory);
  await files.create(layout.nudge, 'none\n');
  const known = await readSession(files, root, facts.id).catch(() => null);
  if (known?.process && !(await isAlive(known.process))) await tellEnd(files, root, known.process, known.id);
  const name = (known && (await keepName(files, root, known))) ?? (await takeName(files, root, facts, wanted));
  const peer = { ...facts, name };
  await writePeer(files, root, peer);
  // Hooks write into it only if it exists.
  if (!(await files.facts(layout.state))) await files.create(layout.state, 'unknown\n');
  return peer;
}

async function writePeer(files: Files, root: string, peer: SessionPeer): Promise<void> {
  await replaceFile(files, sessionLayout(root, peer.id).peer, `${JSON.stringify(peer)}\n`);
  if (peer.process)
    await replaceFile(files, join(rootLayout(root).sessionPids, processName(peer.process)), `${peer.id}\n`);
}

/** Its process is gone, or goes on as another session. Once: what removes the process's record tells it. */
export async function tellEnd(files: Files, root: string, process: ProcessIdentity, sessionId: string): Promise<void> {
  const path = join(rootLayout(root).sessionPids, processName(process));
  // Refused: who may remove it tells it.
  if ((await files.remove(path).catch(() => 'gone')) !== 'removed') return;
  const at = new Date(systemClock.nowMs()).toISOString();
  await recordEvents(files, sessionLayout(root, sessionId).inbox, at, { type: 'session.ended', sessionId });
}

/** Its former name, if neither another session nor an agent took it meanwhile. */
async function keepName(files: Files, root: string, { id, name }: SessionPeer): Promise<string | null> {
  if (!(await claimSessionName(files, root, name, id))) return null;
  if (!(await isAgent(files, root, name))) return name;
  await freeSessionName(files, root, name, id);
  return null;
}

/**
 * A free name made from its working directory: `app-main`, `app-main-2`… The name of an ended session to which no
 * message waits counts as free. `wanted`: made from this instead.
 */
async function takeName(
  files: Files,
  root: string,
  { id, cwd, branch }: Omit<SessionPeer, 'name'>,
  wanted: string | null,
): Promise<string> {
  const base = wanted ?? sessionBaseName(cwd, branch);
  for (let count = 1; count <= limits.sessionNamesTried; count++) {
    const name = count === 1 ? base : `${base}-${count}`;
    if (whyNotAName(name) !== null || (await isAgent(files, root, name))) continue;
    const holder = await holderOf(files, root, name);
    if (holder !== null && holder !== id && !(await isOver(files, root, holder))) continue;
    if (holder !== null && holder !== id) await freeSessionName(files, root, name, holder);
    // An agent of that name may have been added between the check above and the claim: checked again.
    if ((await claimSessionName(files, root, name, id)) && !(await isAgent(files, root, name))) return name;
    await freeSessionName(files, root, name, id);
  }
  const last = `s-${id}`.slice(0, limits.peerNameCharsMax);
  await claimSessionName(files, root, last, id);
  return last;
}

/** Its process is gone (elsewhere: nothing changed for long), and no message waits for it, now or later. */
export async function isOver(files: Files, root: string, id: string): Promise<boolean> {
  const peer = await readSession(files, root, id).catch(() => null);
  if (peer?.process && isElsewhere(peer.process)) {
    // Only its files tell about it here.
    const seen = await seenState(files, sessionLayout(root, id));
    const quietMs = systemClock.nowMs() - (seen?.atMs ?? Date.parse(peer.startedAt));
    if (seen?.word !== 'ended' && quietMs < limits.sessionElsewhereMs) return false;
  } else if (peer?.process && (await isAlive(peer.process))) return false;
  return !(await isOwed(files, sessionLayout(root, id)));
}

/** Whether a person may give its name to another session: it has ended, or the name is only an alias. */
export const givesUp = async (files: Files, root: string, id: string, name: string): Promise<boolean> =>
  (await isOver(files, root, id)) ||
  ((await readSession(files, root, id)) !== null && !(await isNamed(files, root, id, name)));

/** Whether its inbox contains something that it has not seen: messages, scheduled ones, and what may become one. */
export async function isOwed(files: Files, { inbox }: Pick<SessionLayout, 'inbox'>): Promise<boolean> {
  for (const directory of [inbox.tmp, inbox.new, inbox.cur, inbox.later])
    if ((await files.list(directory)).length > 0) return true;
  return (await listDrops(files, inbox)).length > 0;
}

/** Pure. Leaves room for `-99`. */
export function sessionBaseName(cwd: string, branch: string | null): string {
  const charsMax = limits.peerNameCharsMax - 4;
  const words = [basename(cwd), branch ?? ''];
  const name = nameOf(words, charsMax);
  if (whyNotAName(name) === null) return name;
  // Reserved, or easily confused with another name: the plain part of it, after a word of ours.
  const plain = words.map(word => word.replace(/[^A-Za-z0-9]+/g, '-'));
  return nameOf(['session', ...plain], charsMax);
}

/**
 * The last session of this very process, under whatever id; null if none. So /clear, which gives the conversation a new
 * id in the same process, keeps the peer.
 */
export async function sessionOfProcess(
  files: Files,
  root: string,
  identity: ProcessIdentity,
): Promise<SessionPeer | null> {
  const { sessionPids } = rootLayout(root);
  const idIn = (name: string) => readText(files, join(sessionPids, name), limits.frontMatterBytesMax);
  // Only the pid: written by an earlier version, in a container.
  const id = ((await idIn(processName(identity))) ?? (await idIn(String(identity.pid))))?.trim() ?? '';
  const peer = await readSession(files, root, id).catch(() => null);
  const { process } = peer ?? {};
  const same =
    process && process.startTime === identity.startTime && process.bootId === identity.bootId && !isElsewhere(process);
  return same ? peer : null;
}

/** All living sessions, by the pids of their processes; a pid that is another's, or nobody's, is forgotten, and its session has ended. */
export async function livingSessions(files: Files, root: string): Promise<SessionPeer[]> {
  const living: SessionPeer[] = [];
  const { sessionPids } = rootLayout(root);
  for (const pid of await files.list(sessionPids)) {
    if (!/^\d{1,10}(-\d+)?$/.test(pid)) continue;
    const id = (await readText(files, join(sessionPids, pid), limits.frontMatterBytesMax))?.trim() ?? '';
    const peer = await readSession(files, root, id).catch(() => undefined);
    // One whose record could not be read just now is not over.
    if (peer === undefined) continue;
    if (!peer?.process || processName(peer.process) !== pid) await files.remove(join(sessionPids, pid)).catch(() => {});
    else if (await isAlive(peer.process)) living.push(peer);
    else await tellEnd(files, root, peer.process, id);
  }
  return living;
}

/**
 * Moves the peer to a new id: directory, inbox and all. One rename; a crash after it leaves a name that leads to the
 * old id, which `registerSession` under the new one corrects.
 */
export async function moveSession(files: Files, root: string, peer: SessionPeer, to: string): Promise<void> {
  const [from, target] = [sessionLayout(root, peer.id), sessionLayout(root, to)];
  if (await files.facts(target.peer)) return;
  if ((await files.move(from.home, target.home)) === 'gone') return;
  await files.syncDirectory(rootLayout(root).sessions);
  await moveSessionNames(files, root, peer.id, to);
  await writePeer(files, root, { ...peer, id: to });
}

/**
 * Renames a session; the old name stays as an alias, until somebody else is given it. Throws usage errors (64) for a
 * name that is invalid or taken, 66 for no such session.
 */
export async function renameSession(files: Files, root: string, id: string, name: string): Promise<SessionPeer> {
  const why = whyNotAName(name);
  if (why !== null) throw usageError(why);
  const peer = await readSession(files, root, id);
  if (!peer) throw noSuchError(`there is no session ${id}`);
  if (peer.name === name) return peer;
  if (await isAgent(files, root, name)) throw usageError(`"${name}" is the name of an agent`, 'Choose another one.');
  if (!(await claimSessionName(files, root, name, id))) {
    const holder = await holderOf(files, root, name);
    if (holder !== null && !(await givesUp(files, root, holder, name)))
      throw usageError(`"${name}" is the name of another session`, 'Choose another one.');
    if (holder !== null) await freeSessionName(files, root, name, holder);
    if (!(await claimSessionName(files, root, name, id)))
      throw usageError(`"${name}" was taken this very moment`, 'Choose another one.');
  }
  if (await isAgent(files, root, name)) {
    await freeSessionName(files, root, name, id);
    throw usageError(`"${name}" is the name of an agent`, 'Choose another one.');
  }
  const renamed = { ...peer, name };
  await writePeer(files, root, renamed);
  return renamed;
}

/** What hooks last saw of it: one word and perhaps a second one. The time is that of the session's last activity. */
export interface SeenState {
  word: 'idle' | 'busy' | 'waiting' | 'ended' | 'unknown';
  /** waiting: permission or answer · ended: the reason. */
  detail: string | null;
  atMs: number;
}

export async function seenState(files: Files, layout: SessionLayout): Promise<SeenState | null> {
  const facts = await files.facts(layout.state);
  if (!facts) return null;
  // Only the first line counts: hooks overwrite a longer one without truncating it (hooks/entry/hook.sh).
  const [line = ''] = ((await readText(files, layout.state, limits.frontMatterBytesMax)) ?? '').split('\n');
  const [word = '', detail] = line.trim().split(' ');
  const known = (['idle', 'busy', 'waiting', 'ended'] as const).find(each => each === word);
  return { word: known ?? 'unknown', detail: detail ?? null, atMs: facts.mtimeMs };
}

/**
 * What waits for it: messages, including those that it was shown and has not provably seen, and files dropped for it.
 */
export const countUnread = async (files: Files, layout: SessionLayout): Promise<number> =>
  (await lookIntoInbox(files, layout)).unread;

/** The same, and what is left there without being taken. */
async function lookIntoInbox(
  files: Files,
  { inbox }: SessionLayout,
): Promise<Pick<SessionFacts, 'unread' | 'left' | 'ignored'>> {
  const waiting = await countNamed(files, inbox.new, parseMessageName);
  const shown = await countNamed(files, inbox.cur, parseClaimedName);
  const { work, ignored } = await sortDrops(files, inbox);
  const left = await untaken(files, inbox.inbox, work);
  const taken = await listTakenDrops(files, inbox);
  return { unread: waiting + shown + work.length - left.length + taken.length, left, ignored };
}

const countNamed = async (files: Files, directory: string, parse: (name: string) => object | null): Promise<number> =>
  (await files.list(directory)).filter(name => parse(name) !== null).length;

/**
 * idle, busy, waiting: it is alive · ended: it was closed properly · dead: its process is gone (or its pid is
 * another's, or it is a zombie) without an end. Never idle without a living process.
 */
export interface SessionFacts {
  peer: SessionPeer;
  state: 'idle' | 'busy' | 'waiting' | 'unknown' | 'ended' | 'dead';
  /** waiting: permission or answer · ended: the reason · dead: what was last seen of it, and when. */
  detail: string | null;
  /** Unix milliseconds. */
  lastActivityMs: number;
  unread: number;
  later: number;
  dead: number;
  /** Drops that can neither be taken nor put aside. */
  left: readonly LeftDrop[];
  /** Names in its inbox that are never work. */
  ignored: readonly string[];
}

/** What the program itself says of a living session's state, if it can be asked; else null. */
export type StatusOf = (
  peer: SessionPeer,
) => Promise<{ word: 'idle' | 'busy' | 'waiting'; detail: string | null } | null>;

/**
 * All sessions, most recent activity first. `overShownMs`: without those that have been over for longer than that and have nothing
 * unread.
 */
export async function listSessions(
  files: Files,
  root: string,
  nowMs: number,
  statusOf: StatusOf = async () => null,
  overShownMs: number = Number.POSITIVE_INFINITY,
  remembered: Remembered = NOTHING_REMEMBERED,
): Promise<SessionFacts[]> {
  const found: SessionFacts[] = [];
  for (const id of (await files.list(rootLayout(root).sessions)).filter(isSessionId)) {
    const look = () => lookAtSession(files, root, id, nowMs, statusOf, overShownMs);
    const layout = sessionLayout(root, id);
    const over = () => remembered.recall(`session ${id}`, found => placesOf(layout, found), look, lasts);
    // One whose directory cannot be read does not hide the others (doctor names it).
    const facts = await unlessDenied(over(), null);
    if (facts && !('quietSinceMs' in facts)) found.push(facts);
    // The clock may have been set back.
    else if (facts && nowMs - facts.quietSinceMs < overShownMs) {
      const shown = await unlessDenied(look(), null);
      if (shown && !('quietSinceMs' in shown)) found.push(shown);
    }
  }
  return found.sort((a, b) => b.lastActivityMs - a.lastActivityMs);
}

/** A session that is over, with nothing unread. `lasts`: its process is seen to be gone from here, and nothing revives a process. */
interface Quiet {
  quietSinceMs: number;
  lasts: boolean;
}

const lasts = (found: SessionFacts | Quiet | null): boolean => found !== null && 'lasts' in found && found.lasts;

/**
 * All that a session's row depends on. What a {@link Quiet} one has in cur and tmp, nothing of a message or a drop, comes there by a
 * rename out of new or the inbox.
 */
const placesOf = ({ peer, state, inbox }: SessionLayout, found: SessionFacts | Quiet | null): string[] => [
  ...[peer, state, inbox.inbox, inbox.new],
  ...(found ? [] : [inbox.cur, inbox.tmp]),
];

/** null: there is none. */
export async function sessionFacts(
  files: Files,
  root: string,
  id: string,
  nowMs: number,
  statusOf: StatusOf = async () => null,
): Promise<SessionFacts | null> {
  const found = await lookAtSession(files, root, id, nowMs, statusOf, Number.POSITIVE_INFINITY);
  return found && !('quietSinceMs' in found) ? found : null;
}

/** Of one that is not to be shown (see {@link listSessions}), no more than that. */
async function lookAtSession(
  files: Files,
  root: string,
  id: string,
  nowMs: number,
  statusOf: StatusOf,
  overShownMs: number,
): Promise<SessionFacts | Quiet | null> {
  const layout = sessionLayout(root, id);
  const peer = await readRecord<SessionPeer>(files, layout.peer).catch(() => null);
  if (!peer) return null;
  const seen = await seenState(files, layout);
  const lastActivityMs = seen?.atMs ?? Date.parse(peer.startedAt);
  const inbox = await lookIntoInbox(files, layout);
  const lives = peer.process !== null && isAliveSync(peer.process);
  const isOver = !lives || (seen?.word === 'ended' && isElsewhere(peer.process!));
  if (isOver && inbox.unread === 0 && nowMs - lastActivityMs >= overShownMs)
    return { quietSinceMs: lastActivityMs, lasts: !lives && inbox.left.length + inbox.ignored.length === 0 };
  const later = await countNamed(files, layout.inbox.later, parseMessageName);
  const base = { peer, lastActivityMs, ...inbox, later, dead: await countDead(files, layout.inbox.dead) };
  if (!peer.process || !lives || isElsewhere(peer.process)) {
    if (seen?.word === 'ended') return { ...base, state: 'ended', detail: seen.detail };
    const evidence = `last seen ${seen?.word ?? 'started'} ${ageText(nowMs - lastActivityMs)} ago`;
    if (!peer.process || !lives) return { ...base, state: 'dead', detail: evidence };
    return { ...base, state: 'unknown', detail: `in ${placeText(peer.process.place)}, ${evidence}` };
  }
  const status = await statusOf(peer);
  if (status) return { ...base, state: status.word, detail: status.detail };
  if (!seen || seen.word === 'ended') return { ...base, state: 'unknown', detail: null };
  return { ...base, state: seen.word, detail: seen.detail };
}
