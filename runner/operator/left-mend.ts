/** A drop that can neither be taken nor be put aside, in words, and what mends it. Pure. */
import { type LeftDrop, whyLeft } from '../../blackboard/one-entry.ts';
import { quoted } from '../../blackboard/shell-word.ts';
import { printable } from '../turn/transcript-lines.ts';

/** The command that mends it. */
export function leftMend({ path, kind }: Pick<LeftDrop, 'path' | 'kind'>): string {
  const target = quoted(printable(path));
  return kind === 'file'
    ? `sudo chown "$(id -un)" ${target} && chmod u+rw ${target}`
    : `sudo chown "$(id -un)" ${target}, or move it away by hand`;
}

/** One sentence, without a full stop. */
export const leftSentence = (where: string, drop: LeftDrop): string =>
  `${JSON.stringify(drop.name)}, dropped for ${where}, ${whyLeft(drop)}`;
