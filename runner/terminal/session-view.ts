/** One session in full, for people. Pure but for the terminal it is for. */
import { ageText } from '../../blackboard/age.ts';
import type { SessionFacts } from '../../blackboard/sessions.ts';
import { instantText, paintFor, plural } from './terminal.ts';

/** `isServed`: a runner takes signals for it. */
export function renderSession(
  { peer, state, detail, unread, lastActivityMs }: SessionFacts,
  isServed: boolean,
  nowMs: number,
): string {
  const lines: [string, string | null][] = [
    ['state', detail ? `${state} (${detail})` : state],
    ['session', peer.id],
    ['inbox', plural(unread, 'message')],
    ['signals', isServed ? `agent-runner notify ${peer.name}` : 'nobody takes them: agent-runner start'],
    ['activity', `${ageText(nowMs - lastActivityMs)} ago`],
    ['process', peer.process && `pid ${peer.process.pid}, since ${instantText(Date.parse(peer.startedAt), nowMs)}`],
    ['tmux', peer.tmux && `pane ${peer.tmux.pane}`],
    ['branch', peer.branch],
    ['cwd', peer.cwd],
  ];
  const shown = lines.filter((line): line is [string, string] => line[1] !== null);
  const name = paintFor(process.stdout, process.env).bold(peer.name);
  return `${name}\n${shown.map(([key, text]) => `  ${key.padEnd(13)}${text}\n`).join('')}`;
}
