/** Describes a drop that can neither be taken nor put aside, and what fixes it. Pure. */

import { parseMessageName } from '#blackboard/messages/message-name.ts';
import { limits } from '#blackboard/system/limits.ts';
import { type LeftDrop, whyLeft } from '#blackboard/system/one-entry.ts';
import { shortId } from '#blackboard/system/short-id.ts';
import { printable, quotedName } from '#blackboard/text/printable.ts';
import { quoted } from '#blackboard/text/shell-word.ts';

/** The command that fixes it. */
export function leftMend({ path, kind, errno }: Pick<LeftDrop, 'path' | 'kind' | 'errno'>): string {
  // A name that cannot be shown cannot be typed: a command would name the wrong thing.
  if (printable(path) !== path || path.includes('\n'))
    return `move it away by hand, or give it a name that can be shown: ${quotedName(path, limits.nameShownCharsMax)}`;
  const target = quoted(path);
  // A mode gives EACCES; EPERM is a file that nobody may move, or a directory where only its owner may.
  if (errno === 'EPERM') return `sudo chattr -i -a ${target} && sudo chown "$(id -un)" ${target}`;
  return kind === 'file'
    ? `sudo chown "$(id -un)" ${target} && chmod u+rw ${target}`
    : `sudo chown "$(id -un)" ${target}, or move it away by hand`;
}

/** One sentence, without a full stop. */
export const leftSentence = (where: string, drop: LeftDrop): string => `${nameOfLeft(where, drop)} ${whyLeft(drop)}`;

/** A message has a name of ours, which nobody knows. */
function nameOfLeft(where: string, { name }: LeftDrop): string {
  const message = parseMessageName(name);
  return message
    ? `message ${shortId(message.id)} for ${where}`
    : `${quotedName(name, limits.nameShownCharsMax)}, dropped for ${where},`;
}
