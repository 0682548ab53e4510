/**
 * What a session in a pane does, from three sources that must agree: what its screen shows, what claude's registry says, and
 * how its transcript ends. Where they do not agree, or nobody knows the screen, the state is `other`, and that is never a guess:
 * nothing is sent there. Pure.
 */
import type { OpenSession } from '#hooks/claude/session-registry.ts';
import type { LastTurn } from '#hooks/claude/transcript-tail.ts';
import type { Box, Screen } from '#runner/panes/screen.ts';
import type { Dialog } from '#runner/panes/screen-rules.ts';
import type { TmuxPane } from '#runner/panes/tmux.ts';

export type StateWord = 'idle' | 'busy' | 'drafting' | 'modal' | 'other';

export interface PaneFacts {
  pane: Pick<TmuxPane, 'isDead' | 'inMode' | 'inputOff' | 'command'>;
  screen: Screen;
  /** What the registry says of the claude in this pane; null: nothing. */
  registry: Pick<OpenSession, 'status' | 'waitingFor' | 'statusSinceMs'> | null;
  /** How the transcript ends; null: it cannot be read. */
  transcript: LastTurn | null;
  /** A session is known by its hooks to be in this pane, and its process is gone without a word. */
  hasCrashed?: boolean;
  /** The process was stopped (Ctrl+Z). */
  isSuspended?: boolean;
}

/** What one source says; `line`: where it stands. */
export interface SourceSays {
  source: 'screen' | 'registry' | 'transcript';
  says: string;
  line: string | null;
}

export interface PaneState {
  state: StateWord;
  /** permission, draft, compacting…; null: there is no more to say. */
  subtype: string | null;
  /** One sentence, without its full stop. */
  reason: string;
  /** Its last turn has ended, whatever somebody has typed into the box since. */
  isTurnOver: boolean;
  sources: SourceSays[];
}

type Verdict = Pick<PaneState, 'state' | 'subtype' | 'reason'>;

export function decidePane(facts: PaneFacts): PaneState {
  const sources: SourceSays[] = [screenSays(facts.screen), registrySays(facts), transcriptSays(facts)];
  const verdict = withoutSession(facts) ?? withSession(facts);
  const { state } = verdict;
  const status = facts.registry?.status;
  const isAtRest = state === 'drafting' && (status === 'idle' || status === 'shell');
  const isTurnOver = (isAtRest ? afterTurn(facts, status).state : state) === 'idle';
  return { ...verdict, isTurnOver, sources };
}

const other = (subtype: string, reason: string): Verdict => ({ state: 'other', subtype, reason });

/** What is decided before anybody looks at the screen. */
function withoutSession({ pane, registry, screen, hasCrashed, isSuspended }: PaneFacts): Verdict | null {
  if (pane.isDead) return other('dead', 'the program in this pane has ended');
  if (pane.inMode) return other('copy-mode', 'the pane is in copy mode, where a key is a command of tmux');
  if (pane.inputOff) return other('input-off', 'the input of this pane is switched off (select-pane -d)');
  if (isSuspended) return other('suspended', 'claude is suspended in this pane: fg brings it back');
  if (registry) return null;
  const isFirst = screen.kind === 'dialog' && BEFORE_REGISTRY.includes(screen.dialog);
  // The registry has a session only once these are answered.
  if (isFirst && !hasCrashed) return { state: 'modal', subtype: screen.dialog, reason: DIALOGS[screen.dialog].words };
  if (hasCrashed) return other('crashed', 'the process of the session is gone, without an end');
  return other('no-session', `claude has no session open in this pane (${pane.command || 'unknown program'})`);
}

const BEFORE_REGISTRY: readonly Dialog[] = ['trust', 'bypass', 'resume', 'login'];

/** Which words of the registry agree with a dialog; busy: it was opened while a turn runs (2.1.329). */
const DIALOGS: Readonly<Record<Dialog, { words: string; registry: readonly string[] }>> = {
  permission: { words: 'claude asks for a permission', registry: ['permission prompt'] },
  question: { words: 'claude asks a question', registry: ['input needed'] },
  held: { words: 'a message from another session is held', registry: ['permission prompt'] },
  plan: { words: 'a plan waits for its approval', registry: ['permission prompt'] },
  trust: { words: 'claude asks whether the directory is trusted', registry: [] },
  bypass: { words: 'claude warns of bypassing permissions', registry: [] },
  resume: { words: 'the list of sessions to resume is open', registry: ['dialog open', 'busy'] },
  rewind: { words: 'the list of points to go back to is open', registry: ['dialog open', 'busy'] },
  exit: { words: 'claude asks whether to end what runs', registry: ['dialog open', 'busy'] },
  login: { words: 'the login is open', registry: ['dialog open', 'busy'] },
  menu: { words: 'a menu or a page is open', registry: ['dialog open', 'busy'] },
  search: { words: 'the search of prompts is open', registry: ['dialog open', 'idle', 'shell', 'busy'] },
  transcript: { words: 'the detailed transcript is open', registry: ['dialog open', 'idle', 'shell', 'busy'] },
};

const registryWord = ({ registry }: PaneFacts): string | null => registry && (registry.waitingFor ?? registry.status);

function withSession(facts: PaneFacts): Verdict {
  const { screen } = facts;
  const word = registryWord(facts);
  if (screen.kind === 'unknown') return other('unknown', 'neither a prompt box nor a known dialog is on the screen');
  if (screen.kind === 'box') return withBox(facts, screen, facts.registry?.status ?? null);
  const { words, registry } = DIALOGS[screen.dialog];
  if (word !== null && registry.includes(word)) return { state: 'modal', subtype: screen.dialog, reason: words };
  return disagree(`the screen shows a dialog (${screen.dialog})`, `the registry says ${word ?? 'nothing'}`);
}

const disagree = (...saying: string[]): Verdict => other('disagree', `the sources do not agree: ${saying.join(', ')}`);

function withBox(facts: PaneFacts, box: Box, status: string | null): Verdict {
  const isAtWork = status === 'busy';
  if (status !== 'busy' && status !== 'idle' && status !== 'shell')
    return disagree('the screen shows the prompt box', `the registry says ${registryWord(facts) ?? 'nothing'}`);
  if (box.holds === 'shell')
    return {
      state: 'drafting',
      subtype: 'shell',
      reason: 'the box is in shell mode: what is typed there runs as a command',
    };
  if (box.holds === 'draft') {
    const subtype = isAtWork ? 'busy' : /^\[Pasted text #\d/.test(box.text) ? 'pasted' : null;
    return { state: 'drafting', subtype, reason: 'the prompt box holds a text that was not sent' };
  }
  if (isAtWork) return { state: 'busy', subtype: busyWith(box), reason: 'a turn runs' };
  if (box.working) return disagree(`the screen shows work ("${box.working.line}")`, `the registry says ${status}`);
  if (box.hasHelp) return other('help', 'the list of keys is open below the prompt box');
  return afterTurn(facts, status);
}

const busyWith = ({ working, holds }: Box): string | null =>
  working && working.what !== 'busy' ? working.what : holds === 'placeholder' ? 'queued' : null;

/** An empty box, and the registry says idle: what does the transcript say? */
function afterTurn({ transcript, registry }: PaneFacts, status: string): Verdict {
  if (transcript === null)
    return other('disagree', 'the transcript cannot be read, so nothing shows that the turn has ended');
  const { turn, fault, atMs } = transcript;
  const idle = (subtype: string | null, reason: string): Verdict => ({ state: 'idle', subtype, reason });
  if (fault === 'not-logged-in') return idle('not-logged-in', 'nobody is logged in: /login');
  if (fault) return idle('error', 'the last turn ended with an error of the API');
  const after = status === 'shell' ? 'background' : null;
  if (turn === 'ended') return idle(after, 'the last turn has ended');
  if (turn === 'none') return idle(after, 'nothing was asked since the start, /clear or /compact');
  if (turn === 'interrupted') return idle('interrupted', 'the last turn was interrupted by its person');
  // Taken back before an answer came (Esc): claude writes no record of that, but it has come to rest since.
  const idleSinceMs = registry?.statusSinceMs ?? null;
  if (turn === 'prompted' && atMs !== null && idleSinceMs !== null && idleSinceMs > atMs)
    return idle('interrupted', 'the last prompt was taken back, and claude has come to rest since');
  return disagree(`the registry says ${status}`, `the transcript ends with ${TURNS[turn]}`);
}

const TURNS: Readonly<Record<LastTurn['turn'], string>> = {
  none: 'nothing that was asked',
  ended: 'an answer',
  interrupted: 'an interruption',
  prompted: 'a prompt or a result that has no answer yet',
  tool: 'a call of a tool that has no result yet',
};

function screenSays(screen: Screen): SourceSays {
  const of = (says: string, line: string | null): SourceSays => ({ source: 'screen', says, line });
  if (screen.kind === 'unknown') return of('nothing that is known', screen.line || null);
  if (screen.kind === 'dialog') return of(`a dialog: ${screen.dialog}`, screen.line);
  const { holds, working, text } = screen;
  const content = {
    nothing: 'an empty box',
    placeholder: 'an empty box',
    draft: 'a draft in the box',
    shell: 'a box in shell mode',
  };
  return of(working ? `${content[holds]}, and work` : content[holds], working?.line ?? (text || null));
}

const registrySays = (facts: PaneFacts): SourceSays => ({
  source: 'registry',
  says: facts.registry
    ? [facts.registry.status ?? 'nothing', facts.registry.waitingFor].filter(Boolean).join(': ')
    : 'no session',
  line: null,
});

const transcriptSays = ({ transcript }: PaneFacts): SourceSays => ({
  source: 'transcript',
  says: transcript ? `it ends with ${TURNS[transcript.turn]}` : 'it cannot be read',
  line: transcript?.tool || transcript?.fault || null,
});
