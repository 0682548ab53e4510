/**
 * The name of a message file carries the queue's state of it, so that one rename changes both (as the info part of a
 * maildir(5) name does): `<ms>-<id>` and then flags, each behind a comma.
 */
import { isMessageId } from '#blackboard/system/ids.ts';

/**
 * p: priority high or low · r<n>: how often it was requeued · t<n>: last turn that claimed it and ended · f<n>: failed
 * attempts · i<n>: interruptions · alone: its batch failed, so it runs by itself.
 */
export interface MessageName {
  /** Unix milliseconds of its first delivery: the queue's order. */
  atMs: number;
  id: string;
  priority: 'high' | 'normal' | 'low';
  /** How often it was requeued after it had died: each is a life of its own, with its own outcome. */
  requeues: number;
  lastTurn: number;
  failures: number;
  interruptions: number;
  alone: boolean;
}

/** A name for a message that no turn has seen. */
export const freshName = (atMs: number, id: string, priority: MessageName['priority'] = 'normal'): MessageName => ({
  atMs,
  id,
  priority,
  requeues: 0,
  lastTurn: 0,
  failures: 0,
  interruptions: 0,
  alone: false,
});

export function formatMessageName(name: MessageName): string {
  const flags = [
    name.priority === 'normal' ? '' : name.priority,
    name.requeues ? `r${name.requeues}` : '',
    name.lastTurn ? `t${name.lastTurn}` : '',
    name.failures ? `f${name.failures}` : '',
    name.interruptions ? `i${name.interruptions}` : '',
    name.alone ? 'alone' : '',
  ].filter(Boolean);
  return [`${String(name.atMs).padStart(13, '0')}-${name.id}`, ...flags].join(',');
}

/** `<13 digits>-<id>`, with no flags: most names of a deep queue. */
const PLAIN = /^\d{13}-[^,]+$/;
const PLAIN_CHARS = 50;

/** null for anything that `formatMessageName` does not make. */
export function parseMessageName(text: string): MessageName | null {
  if (text.length === PLAIN_CHARS && PLAIN.test(text) && isMessageId(text.slice(14)))
    return freshName(Number(text.slice(0, 13)), text.slice(14));
  const [head = '', ...flags] = text.split(',');
  const match = /^(\d{13,15})-(.+)$/.exec(head);
  if (!match || !isMessageId(match[2]!)) return null;
  const name = freshName(Number(match[1]), match[2]!);
  for (const flag of flags) {
    const count = /^([rtfi])(\d{1,9})$/.exec(flag);
    if (flag === 'alone') name.alone = true;
    else if (flag === 'high' || flag === 'low') name.priority = flag;
    else if (count?.[1] === 'r') name.requeues = Number(count[2]);
    else if (count?.[1] === 't') name.lastTurn = Number(count[2]);
    else if (count?.[1] === 'f') name.failures = Number(count[2]);
    else if (count?.[1] === 'i') name.interruptions = Number(count[2]);
    else return null;
  }
  return name;
}

/** In cur, the number of the turn that claimed it comes first: `<turn>.<name>`. */
export const claimedName = (turn: number, name: MessageName): string => `${turn}.${formatMessageName(name)}`;

export function parseClaimedName(text: string): { turn: number; name: MessageName } | null {
  const dot = text.indexOf('.');
  const name = parseMessageName(text.slice(dot + 1));
  const turn = text.slice(0, dot);
  return name && /^\d+$/.test(turn) ? { turn: Number(turn), name } : null;
}

/** The queue's order: the oldest first. */
export const byAge = (a: MessageName, b: MessageName): number => a.atMs - b.atMs || (a.id < b.id ? -1 : 1);

const URGENCY = { high: 0, normal: 1, low: 2 } as const;

/** High before normal before low, then by age. */
export const byUrgency = (a: MessageName, b: MessageName): number =>
  URGENCY[a.priority] - URGENCY[b.priority] || byAge(a, b);

/** Names of messages in a directory's listing, oldest first; others are left out. */
export const sortMessageNames = (listing: readonly string[]): MessageName[] => readListing(listing).names;

/** The same, and the names that are not ours (a person copied a file straight into new). */
export function readListing(listing: readonly string[]): { names: MessageName[]; foreign: string[] } {
  const names: MessageName[] = [];
  const foreign: string[] = [];
  for (const entry of listing) {
    const name = parseMessageName(entry);
    if (name) names.push(name);
    else if (!entry.startsWith('.')) foreign.push(entry);
  }
  return { names: names.sort(byAge), foreign };
}
