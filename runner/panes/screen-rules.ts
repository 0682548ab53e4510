/**
 * What the screens of claude look like, as data: each rule with the versions of the CLI that it was seen on
 * (test/fixtures/panes/INDEX.tsv names the screens). Only the shape around the words counts: where a rule, a border or an
 * indentation stands cannot be written by a model, a file or a person, because the CLI indents all of that.
 */

/** What waits for a person in place of the prompt box. */
export type Dialog =
  | 'permission'
  | 'question'
  | 'held'
  | 'plan'
  | 'trust'
  | 'bypass'
  | 'resume'
  | 'rewind'
  | 'exit'
  | 'login'
  | 'search'
  | 'transcript'
  | 'menu';

export interface DialogRule {
  dialog: Dialog;
  /** What opens it: a full line of `─` or `▔` at the left edge, or none of them is left on a low screen. */
  border: readonly ('─' | '▔' | null)[];
  /** Each is in a line of its own, in this order. */
  lines: readonly RegExp[];
  /** The last line that is not empty. Lines may be wrapped: the last two are looked at as one. */
  end: RegExp;
  versions: readonly string[];
}

const BOTH = ['2.1.329', '2.1.332'] as const;
const OLD = ['2.1.329'] as const;
const NEW = ['2.1.332'] as const;
/** A choice that is selected, of a dialog at the left edge or one column in. */
const CHOSEN = /^ {0,3}❯ (?:\d\.|\S)/;

/** The first that fits decides. */
export const DIALOG_RULES: readonly DialogRule[] = [
  {
    dialog: 'held',
    border: ['─'],
    lines: [/^ Held message from another session$/, CHOSEN],
    end: /Deliver this message to Claude$/,
    versions: OLD,
  },
  {
    dialog: 'trust',
    border: ['─'],
    lines: [/^ Accessing workspace:$/, /^ [❯ ] Yes, I trust this folder$/],
    end: /^ Enter to confirm · Esc to cancel$/,
    versions: BOTH,
  },
  {
    dialog: 'bypass',
    border: ['─'],
    lines: [/^ {2}WARNING: Claude Code running in Bypass Permissions mode$/, /^ {2}[❯ ] Yes, I accept$/],
    end: /^ {2}Enter to confirm · Esc to cancel$/,
    versions: BOTH,
  },
  {
    dialog: 'plan',
    border: ['▔'],
    lines: [/^ {3}(?:Exit plan mode|Ready to code)\?$/, /^ {3,4}❯ 1\. /],
    end: /^ {3,}\d\. /,
    versions: BOTH,
  },
  {
    dialog: 'question',
    border: ['─'],
    lines: [/^(?: [☐☒] |← {2}[☐☒] )/, /^❯ \d\. |^ {2}\d\. /, /^[❯ ] \d\. Chat about this$/],
    end: /^Enter to select · .*Esc to cancel$/,
    versions: BOTH,
  },
  {
    dialog: 'question',
    border: ['─'],
    lines: [/^← {2}[☐☒] .*✔ Submit/, /^Review your answers$/, /^[❯ ] 1\. Submit answers$/],
    end: /^[❯ ] 2\. Cancel$/,
    versions: NEW,
  },
  {
    dialog: 'permission',
    border: ['─', null],
    lines: [/^ (?:Do you want to|Would you like to) /, / ❯ \d\. |^ ❯ \d\. /],
    // Only where the cursor is on a choice that can be amended the last line says so.
    end: /^ Esc to cancel(?: · Tab to amend|$)|^ {3}\d\. No, and tell Claude what to do differently \(esc\)$|^ ❯ \d\. No/,
    versions: BOTH,
  },
  {
    dialog: 'search',
    border: ['─'],
    lines: [/^ {2}Search prompts/],
    end: /^ {2}↑\/↓ to navigate/,
    versions: BOTH,
  },
  {
    dialog: 'transcript',
    border: ['─'],
    lines: [],
    end: /^ {2}.*Showing detailed transcript/,
    versions: BOTH,
  },
  {
    dialog: 'resume',
    border: ['▔', '─'],
    lines: [/^ {2}Resume session/],
    end: /Esc to (?:close|clear)$/,
    versions: NEW,
  },
  {
    dialog: 'rewind',
    border: ['▔'],
    lines: [/^ {2}Rewind$/],
    end: /^ {2}Enter to continue · Esc to cancel$/,
    versions: BOTH,
  },
  {
    dialog: 'exit',
    border: ['▔'],
    lines: [/^ {2}Background work is running$/, CHOSEN],
    end: /^ {2}Enter to confirm · Esc to cancel$/,
    versions: BOTH,
  },
  {
    dialog: 'login',
    border: ['▔'],
    lines: [/^ {2}Select login method:$/, CHOSEN],
    end: /^ {2}Esc to cancel$/,
    versions: NEW,
  },
  { dialog: 'menu', border: ['▔'], lines: [], end: /^ {2}.*\bEsc to (?:cancel|close|go back)\b/, versions: BOTH },
];

/** Above the box, at the left edge: claude works. A model's words are indented, or stand behind a `●`. */
export const WORKING: readonly { what: string; line: RegExp; versions: readonly string[] }[] = [
  { what: 'compacting', line: /^[*·✢✳✶✻✽] Compacting conversation…/, versions: NEW },
  { what: 'retrying', line: /^[*·✢✳✶✻✽] .* retrying in \d+s/, versions: BOTH },
  { what: 'busy', line: /^[*·✢✳✶✻✽] \S[^()]*…(?: \(.*)?$/, versions: BOTH },
];

/** In the line below the box. */
export const INTERRUPTIBLE = /(?:^| · )\s*esc to(?: interrupt|…|\.\.\.)/;

/** In the line above the box, at its right end (2.1.332). */
export const STASHED = /^ {2,}(?:\S.* · )?draft stashed$/;
