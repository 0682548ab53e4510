/** A drop that can neither be taken nor be put aside, in words, and what mends it. Pure. */

import { limits } from '../../blackboard/limits.ts';
import { type LeftDrop, whyLeft } from '../../blackboard/one-entry.ts';
import { printable, quotedName } from '../../blackboard/printable.ts';
import { quoted } from '../../blackboard/shell-word.ts';

/** The command that mends it. */
export function leftMend({ path, kind, errno }: Pick<LeftDrop, 'path' | 'kind' | 'errno'>): string {
  // A name that cannot be shown cannot be typed: no command would name the right thing.
  if (printable(path) !== path || path.includes('\n'))
    return `move it away by hand, or give it a name that can be shown: ${quotedName(path, limits.nameShownCharsMax)}`;
  const target = quoted(path);
  // What a mode forbids is EACCES; EPERM is a file that nobody may move, or a directory where only its owner may.
  if (errno === 'EPERM') return `sudo chattr -i -a ${target} && sudo chown "$(id -un)" ${target}`;
  return kind === 'file'
    ? `sudo chown "$(id -un)" ${target} && chmod u+rw ${target}`
    : `sudo chown "$(id -un)" ${target}, or move it away by hand`;
}

/** One sentence, without a full stop. */
export const leftSentence = (where: string, drop: LeftDrop): string =>
  `${quotedName(drop.name, limits.nameShownCharsMax)}, dropped for ${where}, ${whyLeft(drop)}`;
