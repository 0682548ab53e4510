/** A claim: who works on what, and until when. What may be claimed, when two claims collide, and the codec. Pure. */
import { overlaps, type Pattern, patternBelow, plainPath } from '#blackboard/claims/pattern.ts';
import { badDataError } from '#blackboard/system/errors.ts';
import { shortId } from '#blackboard/system/short-id.ts';
import { parseObject } from '#blackboard/text/json.ts';

export type Thing =
  | { kind: 'entry'; id: string }
  | { kind: 'key'; key: string; topic?: string | undefined }
  /** `base`: a real path. Without `glob` it means that file; `glob` is below it. A directory is claimed as `**`. */
  | { kind: 'path'; base: string; glob?: string | undefined };

export interface Owner {
  kind: 'session' | 'agent' | 'operator';
  /** A session's id, an agent's name, `operator`. */
  id: string;
  /** Of an agent (agent-life.ts): another one of its name is another owner. */
  life?: string;
}

export interface Claim {
  /** Random. */
  id: string;
  thing: Thing;
  owner: Owner;
  /** The owner's name when it claimed. */
  peer: string;
  /** ISO 8601, UTC. */
  since: string;
  /** ISO 8601, UTC: no claim any more from then on. */
  until: string;
}

export const isOver = ({ until }: Claim, nowMs: number): boolean => Date.parse(until) <= nowMs;

export const isSameThing = (one: Thing, other: Thing): boolean => nameOf(one) === nameOf(other);

/** Whether nobody may have the one while somebody else has the other. Paths collide if there may be a file that both mean. */
export function collide(one: Thing, other: Thing): boolean {
  if (one.kind !== 'path' || other.kind !== 'path') return isSameThing(one, other);
  const [mine, others] = [patternsOf(one), patternsOf(other)];
  return mine.some(each => others.some(against => overlaps(each, against)));
}

/** Whether a claim of paths means this file (a real path). */
export const coversFile = (thing: Thing, path: string): boolean =>
  thing.kind === 'path' && patternsOf(thing).some(pattern => overlaps(pattern, plainPath(path)));

const patternsOf = ({ base, glob }: Extract<Thing, { kind: 'path' }>): Pattern[] => patternBelow(base, glob ?? null);

/** In one line, the same for the same thing: `path /w/src/**`. Not printable yet. */
export function nameOf(thing: Thing): string {
  switch (thing.kind) {
    case 'entry':
      return `entry ${thing.id}`;
    case 'key':
      return `key ${thing.topic === undefined ? '' : `${JSON.stringify(thing.topic)} `}${JSON.stringify(thing.key)}`;
    case 'path':
      return `path ${thing.base}${thing.glob === undefined ? '' : `${thing.base === '/' ? '' : '/'}${thing.glob}`}`;
  }
}

/** The same for people. */
export function thingText(thing: Thing): string {
  if (thing.kind === 'entry') return `the entry ${shortId(thing.id)}`;
  if (thing.kind === 'path') return nameOf(thing).slice('path '.length);
  return thing.topic === undefined ? `the key ${thing.key}` : `the key ${thing.key} of ${thing.topic}`;
}

/** An owner as one word, for the shell. */
export const ownerWord = ({ kind, id }: Owner): string => (kind === 'operator' ? kind : `${kind}:${id}`);

/**
 * All claims as a file has them. Its first line is for hooks/entry/hook.sh, which asks at every edit of a file without starting a
 * program: the owners of claimed paths, or `-`.
 */
export function encodeClaims(claims: readonly Claim[]): string {
  const owners = new Set(claims.filter(({ thing }) => thing.kind === 'path').map(({ owner }) => ownerWord(owner)));
  return `${[...owners].join(' ') || '-'}\n${JSON.stringify({ claims })}\n`;
}

/** Throws bad data for what `encodeClaims` did not write. */
export function decodeClaims(text: string, path: string): Claim[] {
  const claims = parseObject(text.slice(text.indexOf('\n') + 1))?.claims;
  if (Array.isArray(claims)) return claims as Claim[];
  throw badDataError(
    `${path} is not what agent-runner wrote there`,
    'Move the file aside; it was changed by another program.',
  );
}

/**
 * Whether config.yaml says that a change of somebody else's file is refused. On a line of its own, as takeAll: hooks read it without YAML.
 */
export const saysRefuse = (config: string): boolean => /^claimedPaths:[ \t]+refuse[ \t]*(#.*)?\r?$/m.test(config);
