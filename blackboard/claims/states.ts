/**
 * All claims, as one file for each change: `claims/000000042` has what stood after the 42nd, and the newest counts. A change is made
 * from the newest and linked under the next number, so of any number of processes one makes it, and the others look again. Numbers
 * are never used twice: a change that was made from an older state finds its number taken, or, where that was cleared away, finds
 * that it is not among the newest.
 */
import { join } from 'node:path';
import { type Claim, decodeClaims, encodeClaims } from '#blackboard/claims/claim.ts';
import { type ToldClaim, tellClaims } from '#blackboard/claims/tell-claims.ts';
import { rootLayout } from '#blackboard/layout.ts';
import { temporaryError } from '#blackboard/system/errors.ts';
import { type Files, readText } from '#blackboard/system/files.ts';
import { limits } from '#blackboard/system/limits.ts';
import { writeOnce } from '#blackboard/system/record.ts';

/** Nine digits, so that a shell sorts them. */
const stateName = (number: number): string => String(number).padStart(9, '0');
const numberOf = (name: string): number => (/^\d{9,}$/.test(name) ? Number(name) : 0);

const newestIn = (names: readonly string[]): number => names.reduce((most, name) => Math.max(most, numberOf(name)), 0);

/** The newest state: its number (0: there never was a claim), and all claims, those that are over included. */
export async function readClaims(files: Files, root: string): Promise<{ number: number; claims: Claim[] }> {
  const { claims } = rootLayout(root);
  for (let tries = 0; tries < limits.claimTriesMax; tries++) {
    const number = newestIn(await files.list(claims));
    if (number === 0) return { number, claims: [] };
    const path = join(claims, stateName(number));
    const text = await readText(files, path, limits.claimsBytesMax);
    // Gone: many newer ones have come since.
    if (text !== null) return { number, claims: decodeClaims(text, path) };
  }
  throw temporaryError('claims change faster than they can be read');
}

/** What becomes of the claims, and what is answered; `next` null: they stay as they are. */
export interface Decision<T> {
  next: Claim[] | null;
  answer: T;
  /** What is told once the change is made; with `next` null: of one that was made before. */
  told?: readonly ToldClaim[] | undefined;
}

/**
 * Changes the claims. `decide` is asked of the newest ones, and again when another change came first. It is also asked again when it is
 * not known whether its change was made (so many came at once): it must recognise it.
 *
 * On disk: the state under a name of its own, fsynced → linked under the next number → the directory fsynced → old states removed. A
 * crash before the link changes nothing; after it, the change is made.
 */
export async function changeClaims<T>(
  files: Files,
  root: string,
  nowMs: number,
  decide: (claims: readonly Claim[]) => Promise<Decision<T>>,
): Promise<T> {
  const home = rootLayout(root).claims;
  for (let tries = 0; tries < limits.claimTriesMax; tries++) {
    const { number, claims } = await readClaims(files, root);
    const { next, answer, told } = await decide(claims);
    const tell = () => tellClaims(files, root, nowMs, told);
    if (next === null) {
      await tell();
      return answer;
    }
    if (number === 0 && (await files.makeDirectory(home)) === 'made') await files.syncDirectory(root);
    if (!(await place(files, home, number + 1, next, nowMs))) continue;
    await tell();
    return answer;
  }
  throw temporaryError('claims change faster than one can be made', 'Try again in a moment.');
}

/** False: another change has this number, or had it. */
async function place(files: Files, home: string, number: number, claims: Claim[], nowMs: number): Promise<boolean> {
  const path = join(home, stateName(number));
  if ((await writeOnce(files, path, encodeClaims(claims))) === 'exists') return false;
  const names = await files.list(home);
  // Only what is that far behind is ever removed: a number that is nearer to the newest was used for the first time.
  if (newestIn(names) >= number + limits.claimStatesKept) {
    await files.remove(path);
    return false;
  }
  await sweep(files, home, names, number, nowMs);
  return true;
}

async function sweep(
  files: Files,
  home: string,
  names: readonly string[],
  number: number,
  nowMs: number,
): Promise<void> {
  for (const name of names) {
    const path = join(home, name);
    const of = numberOf(name);
    if (of > 0) {
      if (of <= number - limits.claimStatesKept) await files.remove(path);
      continue;
    }
    const facts = await files.facts(path);
    if (facts?.kind === 'file' && nowMs - facts.mtimeMs > limits.claimLeftMs) await files.remove(path);
  }
}
