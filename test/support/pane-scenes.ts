// What the real claude is brought to in a pane, one scene after the other in one session: each with the state that must be
// told of it. test/outside/real-panes.test.ts plays them, and looks at the pane in each.
import type { Terminal } from '#test/support/interactive-claude.ts';
import { until } from '#test/support/until.ts';

export interface Scene {
  name: string;
  state: string;
  subtype: string | null;
  /** Stands on the screen as soon as it is so; for what is idle before, too. */
  shows?: RegExp;
  /** Brings it about, from an idle session with an empty box. `keysBack` leads back there. */
  enter(terminal: Terminal): Promise<void> | void;
}

const asks = (tool: string, input: object): string => `@@TOOL ${tool} ${JSON.stringify(input)}@@ @@SAY done@@`;
const draft = (text: string) => (terminal: Terminal) => terminal.type(text);
const prompt = (text: string) => (terminal: Terminal) => terminal.prompt(text);
/** A prompt that the model takes a long time for. */
const SLOW = '@@CHUNK 2000@@ @@SAY one two three four five six seven eight nine ten eleven twelve@@';
const COLOUR = { question: 'Which colour?', header: 'Colour' };
const OPTIONS = [
  { label: 'Red', description: 'r' },
  { label: 'Blue', description: 'b' },
];

const TWO_QUESTIONS = asks('AskUserQuestion', {
  questions: [
    { ...COLOUR, multiSelect: true, options: OPTIONS },
    { question: 'Which size?', header: 'Size', multiSelect: false, options: OPTIONS },
  ],
});

/** The screen quotes a whole dialog: in the model's answer, and in the draft. */
const QUOTED = 'Do you want to proceed? ❯ 1. Yes 2. No Esc to cancel · Tab to amend ────────────────────────────';

export const SCENES: readonly Scene[] = [
  { name: 'fresh', state: 'idle', subtype: null, enter: () => {} },
  { name: 'answered', state: 'idle', subtype: null, shows: /● fine/, enter: prompt('hello @@SAY fine@@') },
  {
    name: 'quoted',
    state: 'idle',
    subtype: null,
    shows: /● Do you want to proceed/,
    enter: prompt(`quote @@SAY ${QUOTED}@@`),
  },
  { name: 'draft', state: 'drafting', subtype: null, enter: draft('half a sentence') },
  { name: 'draft-quoted', state: 'drafting', subtype: null, enter: draft(QUOTED) },
  {
    name: 'draft-lines',
    state: 'drafting',
    subtype: null,
    shows: /another/,
    enter(terminal) {
      terminal.type('one line');
      terminal.keys('C-j');
      terminal.type('another');
    },
  },
  { name: 'slash-menu', state: 'drafting', subtype: null, enter: draft('/') },
  { name: 'shell-mode', state: 'drafting', subtype: 'shell', enter: draft('!') },
  {
    name: 'stashed',
    state: 'idle',
    subtype: null,
    shows: /draft stashed/,
    enter(terminal) {
      terminal.type('to be put aside');
      terminal.keys('C-s');
    },
  },
  { name: 'unstashed', state: 'drafting', subtype: null, enter: terminal => terminal.keys('C-s') },
  { name: 'streaming', state: 'busy', subtype: null, enter: prompt(`slow ${SLOW}`) },
  {
    name: 'queued',
    state: 'busy',
    subtype: 'queued',
    async enter(terminal) {
      await terminal.prompt(`slow ${SLOW}`);
      terminal.type('for later @@SAY later@@');
      await until('the text', () => terminal.screen().includes('for later'));
      terminal.keys('Enter');
    },
  },
  {
    name: 'busy-draft',
    state: 'drafting',
    subtype: 'busy',
    async enter(terminal) {
      await terminal.prompt(`slow ${SLOW}`);
      terminal.type('typed meanwhile');
    },
  },
  {
    name: 'tool-running',
    state: 'busy',
    subtype: null,
    enter: prompt(asks('Bash', { command: 'sleep 20', description: 'd' })),
  },
  { name: 'interrupted', state: 'idle', subtype: 'interrupted', enter: () => {} },
  {
    name: 'permission-bash',
    state: 'modal',
    subtype: 'permission',
    enter: prompt(asks('Bash', { command: 'touch x1', description: 'make file' })),
  },
  {
    name: 'permission-rules',
    state: 'modal',
    subtype: 'permission',
    enter: prompt(
      asks('Bash', { command: 'touch x; echo ────────────────────────────────; echo ❯', description: 'd' }),
    ),
  },
  {
    name: 'permission-write',
    state: 'modal',
    subtype: 'permission',
    enter: prompt(asks('Write', { file_path: 'n.txt', content: 'hello\nworld\n' })),
  },
  {
    name: 'permission-fetch',
    state: 'modal',
    subtype: 'permission',
    enter: prompt(asks('WebFetch', { url: 'https://example.com/', prompt: 'x' })),
  },
  {
    name: 'question',
    state: 'modal',
    subtype: 'question',
    enter: prompt(asks('AskUserQuestion', { questions: [{ ...COLOUR, multiSelect: false, options: OPTIONS }] })),
  },
  {
    name: 'questions',
    state: 'modal',
    subtype: 'question',
    enter: prompt(TWO_QUESTIONS),
  },
  {
    name: 'question-review',
    state: 'modal',
    subtype: 'question',
    shows: /Review your answers/,
    async enter(terminal) {
      const single = { ...COLOUR, multiSelect: false, options: OPTIONS };
      await terminal.prompt(asks('AskUserQuestion', { questions: [single, { ...single, question: 'Which size?' }] }));
      await until('the review', () => {
        const screen = terminal.screen();
        // From one question to the next, and to what is last.
        if (/Which \w+\?\s+❯/.test(screen)) terminal.keys('Right');
        return screen.includes('Review your answers');
      });
    },
  },
  { name: 'plan-mode', state: 'idle', subtype: null, shows: /plan mode on/, enter: prompt(asks('EnterPlanMode', {})) },
  {
    name: 'plan',
    state: 'modal',
    subtype: 'plan',
    enter: prompt(asks('ExitPlanMode', { plan: '1. do x' })),
  },
  { name: 'retrying', state: 'busy', subtype: 'retrying', enter: prompt('retry @@ERROR 529 99@@') },
  { name: 'taken-back', state: 'idle', subtype: 'interrupted', enter: () => {} },
  { name: 'api-error', state: 'idle', subtype: 'error', enter: prompt('refused @@ERROR 400 99@@') },
  { name: 'model-menu', state: 'modal', subtype: 'menu', enter: prompt('/model') },
  { name: 'permissions-page', state: 'modal', subtype: 'menu', enter: prompt('/permissions') },
  { name: 'config-page', state: 'modal', subtype: 'menu', enter: prompt('/config') },
  { name: 'resume-list', state: 'modal', subtype: 'resume', enter: prompt('/resume') },
  { name: 'login', state: 'modal', subtype: 'login', enter: prompt('/login') },
  {
    name: 'rewind',
    state: 'modal',
    subtype: 'rewind',
    enter: terminal => terminal.keys('Escape', 'Escape'),
  },
  { name: 'search', state: 'modal', subtype: 'search', enter: terminal => terminal.keys('C-r') },
  {
    name: 'detailed-transcript',
    state: 'modal',
    subtype: 'transcript',
    enter: terminal => terminal.keys('C-o'),
  },
  { name: 'help', state: 'other', subtype: 'help', enter: draft('?') },
  { name: 'again', state: 'idle', subtype: null, shows: /● good/, enter: prompt('again @@SAY good@@') },
  { name: 'named', state: 'idle', subtype: null, shows: /─ steer-x ─/, enter: prompt('/rename steer-x') },
  {
    name: 'background',
    state: 'idle',
    subtype: 'background',
    shows: /1 shell/,
    enter: prompt(asks('Bash', { command: 'sleep 600', description: 'bg', run_in_background: true })),
  },
  { name: 'exit-asked', state: 'modal', subtype: 'exit', enter: prompt('/exit') },
  {
    name: 'cleared',
    state: 'idle',
    subtype: 'background',
    shows: /^(?![\s\S]*renamed)/,
    enter: prompt('/clear'),
  },
];

/** The keys that lead from a state back towards the empty box. */
export function keysBack({ state, subtype }: { state: string; subtype: string | null }): string[] {
  if (state === 'drafting') return ['C-u', 'BSpace'];
  // Escape would bring it back into the box a moment after the turn has ended.
  if (subtype === 'queued') return ['Up'];
  return [subtype === 'transcript' ? 'C-o' : 'Escape'];
}
