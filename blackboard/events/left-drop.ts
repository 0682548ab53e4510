/** Describes a drop that can neither be taken nor put aside, and what fixes it. Pure. */

import type { BodyOf } from '#blackboard/events/event.ts';
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

type Left = BodyOf<'drop.left'>;

/** For those who follow the runner. */
export const leftLine = (where: string, drop: Left): string =>
  `${where}: ${leftSentence(where, drop)}${drop.others > 0 ? ` (and ${drop.others} more)` : ''}; it is left where it is, everything else goes on: ${leftMend(drop)}`;

/** For the operator's inbox. */
export const leftNote = (where: string, drop: Left): string =>
  drop.others > 0
    ? `${drop.others + 1} things that were dropped for ${where} can neither be taken nor be moved away, the first of them: ${leftSentence(where, drop)}. They are left where they are, everything else goes on. What mends it: ${leftMend(drop)}\n`
    : `${leftSentence(where, drop)}. It is left where it is, everything else goes on. What mends it: ${leftMend(drop)}\n`;

/** One sentence, without a full stop. */
export const leftSentence = (where: string, drop: LeftDrop): string => `${nameOfLeft(where, drop)} ${whyLeft(drop)}`;

/** A message has a name of ours, which nobody knows. */
function nameOfLeft(where: string, { name }: LeftDrop): string {
  const message = parseMessageName(name);
  return message
    ? `message ${shortId(message.id)} for ${where}`
    : `${quotedName(name, limits.nameShownCharsMax)}, dropped for ${where},`;
}
