/**
 * A text that begins with "-" (`- [ ] fix it`, `--- a/file`, `-1 from me`) as the argument of a command: if it cannot
 * be an option, it counts as text. A command line parser recognises options by their first character, so such a text
 * gets a marker that no argument can contain.
 */

/** The commands with a text as their argument. */
const TAKE_TEXT: readonly string[] = ['send', 'ask', 'at', 'reply', 'post'];
/** NUL ends a C string: no argument can contain one. */
const MARK = '\0';
/** `-n`, `--not-before`, `--subject=a text`. */
const MAY_BE_OPTION = /^--?[A-Za-z][A-Za-z0-9-]*(=.*)?$/s;

/** The arguments with such texts marked; all others, and everything after a `--`, unchanged. */
export function markTexts(argv: readonly string[]): string[] {
  if (!TAKE_TEXT.includes(commandOf(argv) ?? '')) return [...argv];
  const end = argv.indexOf('--');
  return argv.map((each, at) => (isText(each) && (end < 0 || at < end) ? `${MARK}${each}` : each));
}

const isText = (argument: string): boolean =>
  argument.startsWith('-') && argument.length > 1 && argument !== '--' && !MAY_BE_OPTION.test(argument);

/** The command's name: the first word that is neither an option nor the value of `--root`. */
export function commandOf(argv: readonly string[]): string | undefined {
  return argv.find((each, at) => !each.startsWith('-') && argv[at - 1] !== '--root');
}

/** Removes the marker again: from arguments and options alike. */
export function unmarked<T>(parsed: T): T {
  if (typeof parsed === 'string') return (parsed.startsWith(MARK) ? parsed.slice(1) : parsed) as T;
  return (Array.isArray(parsed) ? parsed.map(unmarked) : parsed) as T;
}

/** What to do if one word that begins with "-" was meant as a text; '' for any other error. */
export function textHint(message: string, argv: readonly string[]): string {
  const option = /unknown option '(.*?)'/s.exec(message)?.[1];
  const command = commandOf(argv);
  if (option === undefined || command === undefined || !TAKE_TEXT.includes(command)) return '';
  return `  If ${JSON.stringify(option)} is the text, put "--" before it, behind all options: agent-runner ${command} … -- ${JSON.stringify(option)}\n`;
}
