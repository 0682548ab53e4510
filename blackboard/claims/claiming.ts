/** Claims something, gives it back, lists what is claimed. A claim whose time or whose owner is over holds nobody up. */
import { type Claim, collide, isOver, isSameThing, type Owner, type Thing } from '#blackboard/claims/claim.ts';
import { isGone, isOwn } from '#blackboard/claims/owners.ts';
import { changeClaims, readClaims } from '#blackboard/claims/states.ts';
import { expiredClaim, releasedClaim, takenClaim } from '#blackboard/claims/tell-claims.ts';
import { refusedError } from '#blackboard/system/errors.ts';
import type { Files } from '#blackboard/system/files.ts';
import { newNonce } from '#blackboard/system/ids.ts';
import { limits } from '#blackboard/system/limits.ts';

export interface Claiming {
  thing: Thing;
  owner: Owner;
  peer: string;
  ttlMs: number;
  nowMs: number;
  /** Extends a claim of one's own. Without it nobody claims twice: of any number of callers one is told that it has it. */
  renews?: boolean;
}

/** lost: this claim is in the way; it may be one of the caller's own. */
export type Claimed = { kind: 'claimed' | 'renewed' | 'lost'; claim: Claim };

/** Throws 77 where too many claims stand. */
export async function takeClaim(files: Files, root: string, claiming: Claiming): Promise<Claimed> {
  const { thing, owner, peer, ttlMs, nowMs, renews } = claiming;
  const at = new Date(nowMs).toISOString();
  const until = new Date(nowMs + ttlMs).toISOString();
  const fresh: Claim = { id: newNonce().slice(0, 16), thing, owner, peer, since: at, until };
  return changeClaims<Claimed>(files, root, nowMs, async claims => {
    const made = claims.find(({ id }) => id === fresh.id);
    if (made) return { next: null, answer: { kind: 'claimed', claim: made }, told: [takenClaim(made)] };
    const over = new Set<Claim>(claims.filter(each => isOver(each, nowMs)));
    for (const each of claims) {
      if (over.has(each) || !collide(each.thing, thing)) continue;
      const own = await isOwn(files, root, each, owner);
      const same = isSameThing(each.thing, thing);
      if (own && same && renews) {
        const claim = { ...each, owner, peer, until };
        const next = claims.map(other => (other === each ? claim : other));
        return { next, answer: { kind: 'renewed', claim } };
      }
      if (own && !same) continue;
      if (!own && (await isGone(files, root, each.owner, nowMs))) over.add(each);
      else return { next: null, answer: { kind: 'lost', claim: each } };
    }
    const next = [...claims.filter(each => !over.has(each)), fresh];
    if (next.length > limits.claimsMax)
      throw refusedError(
        `${limits.claimsMax} claims stand, and no more are allowed`,
        'See them: agent-runner claims. Give one back: agent-runner release <what>',
      );
    const told = [...[...over].map(each => expiredClaim(each, nowMs)), takenClaim(fresh)];
    return { next, answer: { kind: 'claimed', claim: fresh }, told };
  });
}

/** others: it is somebody else's, and the caller is no person. none: nothing of the kind is claimed. */
export type Released = { kind: 'released' | 'others'; claim: Claim } | { kind: 'none' };

/** `things`: what was typed may mean several; the first one that is claimed is meant, one's own before others'. */
export async function releaseClaim(
  files: Files,
  root: string,
  { things, owner, nowMs }: { things: readonly Thing[]; owner: Owner; nowMs: number },
): Promise<Released> {
  let released: Claim | null = null;
  return changeClaims<Released>(files, root, nowMs, async claims => {
    const standing = claims.filter(each => !isOver(each, nowMs));
    const meant = released
      ? standing.find(({ id }) => id === released?.id)
      : await meantOf(files, root, standing, things, owner);
    // Seen before, and gone now: by this very call, or by somebody else.
    if (!meant) {
      if (!released) return { next: null, answer: { kind: 'none' } };
      return { next: null, answer: { kind: 'released', claim: released }, told: [releasedClaim(released, owner)] };
    }
    if (owner.kind !== 'operator' && !(await isOwn(files, root, meant, owner)))
      return { next: null, answer: { kind: 'others', claim: meant } };
    released = meant;
    const expired = claims.filter(each => !standing.includes(each)).map(each => expiredClaim(each, nowMs));
    const next = standing.filter(each => each !== meant);
    return { next, answer: { kind: 'released', claim: meant }, told: [...expired, releasedClaim(meant, owner)] };
  });
}

async function meantOf(
  files: Files,
  root: string,
  claims: readonly Claim[],
  things: readonly Thing[],
  owner: Owner,
): Promise<Claim | undefined> {
  const found = things.flatMap(thing => claims.filter(each => isSameThing(each.thing, thing)));
  for (const each of found) if (await isOwn(files, root, each, owner)) return each;
  return found[0];
}

/** Those that hold others up, oldest first. */
export const standingClaims = async (files: Files, root: string, nowMs: number): Promise<Claim[]> =>
  standingOf(files, root, (await readClaims(files, root)).claims, nowMs);

async function standingOf(files: Files, root: string, claims: readonly Claim[], nowMs: number): Promise<Claim[]> {
  const gone = await Promise.all(
    claims.map(async each => isOver(each, nowMs) || (await isGone(files, root, each.owner, nowMs))),
  );
  return claims.filter((_, at) => !gone[at]);
}

/** Forgets those whose time or owner is over, so that hooks need not look at them. */
export async function sweepClaims(files: Files, root: string, nowMs: number): Promise<void> {
  await changeClaims(files, root, nowMs, async claims => {
    const next = await standingOf(files, root, claims, nowMs);
    const told = claims.filter(each => !next.includes(each)).map(each => expiredClaim(each, nowMs));
    return { next: told.length > 0 ? next : null, answer: undefined, told };
  });
}
