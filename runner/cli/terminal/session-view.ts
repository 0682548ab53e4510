/** One session in full, for people. Pure but for the terminal it is for. */

import type { SessionFacts } from '#blackboard/peers/sessions.ts';
import { ageText } from '#blackboard/text/age.ts';
import { printableLine } from '#blackboard/text/printable.ts';
import { factLines, instantText, paintFor, plural } from '#runner/text/terminal.ts';

/** `isServed`: a runner takes signals for it. */
export function renderSession(
  { peer, state, detail, unread, lastActivityMs, later, dead, left, ignored }: SessionFacts,
  isServed: boolean,
  nowMs: number,
): string {
  const name = paintFor(process.stdout, process.env).bold(printableLine(peer.name));
  const lines = factLines([
    ['state', detail ? `${state} (${detail})` : state],
    ['session', peer.id],
    [
      'inbox',
      [
        plural(unread, 'message'),
        later > 0 && `${later} for later`,
        dead > 0 && `${dead} dead`,
        left.length > 0 && `${left.length} cannot be taken`,
        ignored.length > 0 && `${ignored.length} ignored`,
      ]
        .filter(Boolean)
        .join(', '),
    ],
    ['signals', isServed ? `agent-runner notify ${peer.name}` : 'nobody takes them: agent-runner start'],
    ['activity', `${ageText(nowMs - lastActivityMs)} ago`],
    ['process', peer.process && `pid ${peer.process.pid}, since ${instantText(Date.parse(peer.startedAt), nowMs)}`],
    ['tmux', peer.tmux && `pane ${peer.tmux.pane}`],
    ['branch', peer.branch],
    ['cwd', peer.cwd],
  ]);
  return `${name}\n${lines}`;
}
