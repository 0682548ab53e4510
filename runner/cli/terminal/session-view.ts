/** Prints everything about one session. Pure, except for the terminal. */
import { ageText } from '#blackboard/text/age.ts';
import { printableLine } from '#blackboard/text/printable.ts';
import { stdout } from '#runner/text/output.ts';
import { factLines, instantText, paintFor, plural } from '#runner/text/terminal.ts';
import type { SessionStatus } from '#runner/verbs/status.ts';

export function renderSession(session: SessionStatus, nowMs: number): string {
  const { name, id, state, detail, waiting, later, dead, notTaken, ignored, pid, tmux } = session;
  const lines = factLines([
    ['state', detail ? `${state} (${detail})` : state],
    ['session', id],
    [
      'inbox',
      [
        plural(waiting, 'message'),
        later > 0 && `${later} for later`,
        dead > 0 && `${dead} dead`,
        notTaken > 0 && `${notTaken} cannot be taken`,
        ignored > 0 && `${ignored} ignored`,
      ]
        .filter(Boolean)
        .join(', '),
    ],
    ['signals', session.takesSignals ? `agent-runner notify ${name}` : 'nobody takes them: agent-runner start'],
    ['activity', `${ageText(nowMs - Date.parse(session.lastActivityAt))} ago`],
    ['process', pid === null ? null : `pid ${pid}, since ${instantText(Date.parse(session.startedAt), nowMs)}`],
    ['tmux', tmux && `pane ${tmux.pane}`],
    ['branch', session.branch],
    ['cwd', session.cwd],
  ]);
  return `${paintFor(stdout, process.env).bold(printableLine(name))}\n${lines}`;
}
