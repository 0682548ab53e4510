/** What may be claimed, from what was typed, and claims as they are shown. */
import { resolve } from 'node:path';
import type { Entry } from '#blackboard/board/entry.ts';
import { entriesBackward } from '#blackboard/board/history.ts';
import type { Claim, Owner, Thing } from '#blackboard/claims/claim.ts';
import { isOwn, nameNow, ownerOf } from '#blackboard/claims/owners.ts';
import { checkGlob, splitGlob } from '#blackboard/claims/pattern.ts';
import { boardLayout } from '#blackboard/layout.ts';
import { noSuchError, usageError } from '#blackboard/system/errors.ts';
import { limits } from '#blackboard/system/limits.ts';
import { realPathOf } from '#blackboard/system/real-path.ts';
import { idFits, isIdPart } from '#blackboard/system/short-id.ts';
import { parseDuration } from '#blackboard/text/when.ts';
import { callerOf } from '#runner/agents/caller.ts';
import type { StandingClaim } from '#runner/results/claims.ts';
import type { VerbContext } from '#runner/verbs/context.ts';

export interface ThingInput {
  /** An entry's id or its beginning or end, a path or glob (below `cwd`), or a key. */
  what: string;
  /** `entry`, `path` or `key`, where the text could be another one. */
  as?: string | undefined;
  /** A key's topic. */
  topic?: string | undefined;
  cwd: string;
}

const KINDS = ['entry', 'path', 'key'] as const;

/**
 * All that was perhaps meant, the likeliest first: an entry that is on the board, a path (it has a `/`, a star or a brace, or it is
 * there), a key. An entry with a key means the key: both ways to name it collide. Throws 64, and 66 for no such entry.
 */
export async function thingsMeant(context: VerbContext, { what, as, topic, cwd }: ThingInput): Promise<Thing[]> {
  const { files } = context;
  const kinds = as === undefined ? KINDS : KINDS.filter(kind => kind === as);
  if (kinds.length === 0)
    throw usageError(`expected --as to be one of ${KINDS.join(', ')}, got ${JSON.stringify(as!.slice(0, 60))}`);
  for (const [name, text] of Object.entries({ 'what is claimed': what, '--topic': topic }))
    if (text !== undefined && (text.trim() === '' || text.length > limits.claimCharsMax || /[\n\0]/.test(text)))
      throw usageError(`expected ${name} to be one line of 1 to ${limits.claimCharsMax} characters`);
  if (topic !== undefined) return [{ kind: 'key', key: what, topic }];
  const found: Thing[] = [];
  const id = what.toLowerCase();
  if (kinds.includes('entry') && isIdPart(id)) {
    const entry = await findEntry(context, id);
    if (entry) found.push(thingOf(entry));
  }
  if (as === 'entry' && found.length === 0)
    throw noSuchError(`there is no entry ${JSON.stringify(what.slice(0, 60))} on the board`);
  const there = await files.facts(realPathOf(resolve(cwd, what)));
  const isPath = as === 'path' || there !== null || /[/*?{]/.test(what);
  const path: Thing[] = kinds.includes('path') ? pathsNamed(cwd, what, there?.kind === 'directory', isPath) : [];
  const key: Thing[] = kinds.includes('key') ? [{ kind: 'key', key: what }] : [];
  return [...found, ...(isPath ? [...path, ...key] : [...key, ...path])];
}

/** A directory means all below it. One that is not there, or no more, may have been meant as a file or as a directory. */
function pathsNamed(cwd: string, what: string, isDirectory: boolean, isMeant: boolean): Thing[] {
  const { base, glob } = splitGlob(what);
  if (glob !== null && isMeant) checkGlob(glob);
  const real = realPathOf(resolve(cwd, base));
  const named = (below?: string): Thing => ({
    kind: 'path',
    base: real,
    ...(below === undefined ? {} : { glob: below }),
  });
  if (glob !== null) return [named(glob)];
  return isDirectory || what.endsWith('/') ? [named('**')] : [named(), named('**')];
}

const thingOf = ({ id, key, topic }: Entry): Thing =>
  key === undefined ? { kind: 'entry', id } : { kind: 'key', key, ...(topic === undefined ? {} : { topic }) };

async function findEntry({ files, root }: VerbContext, id: string): Promise<Entry | null> {
  for await (const entry of entriesBackward(files, boardLayout(root))) if (idFits(entry.id, id)) return entry;
  return null;
}

/** Who calls, as the owner of claims. */
export async function selfAsOwner({ files, root, env }: VerbContext): Promise<{ owner: Owner; peer: string }> {
  const { kind, peer } = await callerOf(files, root, env);
  return { owner: await ownerOf(files, root, kind, peer), peer };
}

/** Milliseconds. Throws 64. */
export function ttlOf(text: string | undefined): number {
  if (text === undefined) return limits.claimDefaultMs;
  const ttlMs = parseDuration(text);
  if (ttlMs !== null && ttlMs > 0 && ttlMs <= limits.claimMaxMs) return ttlMs;
  throw usageError(
    `expected --ttl to be a number and s, m, h or d, and at most 7d, got ${JSON.stringify(text.slice(0, 60))}`,
    'Try: 30m',
  );
}

/** A claim as it is shown to this caller. */
export async function shownClaim({ files, root }: VerbContext, claim: Claim, self: Owner): Promise<StandingClaim> {
  const { thing, owner, since, until } = claim;
  const by = await nameNow(files, root, claim);
  return { what: thing, by, owner: owner.kind, isOwn: await isOwn(files, root, claim, self), since, until };
}
