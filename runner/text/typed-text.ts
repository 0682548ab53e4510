/**
 * A text that begins with "-" (`- [ ] fix it`, `--- a/file`, `-1 from me`) as the argument of a command that takes one: where it can be no option, it is
 * taken as text. A command line parser knows options by their first character only, so such a text goes past it behind a mark that no argument can hold.
 */

/** The commands whose argument is a text. */
const TAKE_TEXT: readonly string[] = ['send', 'ask', 'at', 'reply', 'post'];
/** NUL ends a C string: the system hands over no argument that has one. */
const MARK = '\0';
/** `-n`, `--not-before`, `--subject=a text`. */
const MAY_BE_OPTION = /^--?[A-Za-z][A-Za-z0-9-]*(=.*)?$/s;

/** The arguments with such texts marked; all others, and everything behind a `--`, as they are. */
export function markTexts(argv: readonly string[]): string[] {
  if (!TAKE_TEXT.includes(commandOf(argv) ?? '')) return [...argv];
  const end = argv.indexOf('--');
  return argv.map((each, at) => (isText(each) && (end < 0 || at < end) ? `${MARK}${each}` : each));
}

const isText = (argument: string): boolean =>
  argument.startsWith('-') && argument.length > 1 && argument !== '--' && !MAY_BE_OPTION.test(argument);

/** The word of the command: the first that is neither an option nor the value of `--root`. */
export function commandOf(argv: readonly string[]): string | undefined {
  return argv.find((each, at) => !each.startsWith('-') && argv[at - 1] !== '--root');
}

/** What was typed, out of what was parsed: arguments and options alike. */
export function unmarked<T>(parsed: T): T {
  if (typeof parsed === 'string') return (parsed.startsWith(MARK) ? parsed.slice(1) : parsed) as T;
  return (Array.isArray(parsed) ? parsed.map(unmarked) : parsed) as T;
}

/** What to do where one word that begins with "-" was meant as a text; '' for what is no such error. */
export function textHint(message: string, argv: readonly string[]): string {
  const option = /unknown option '(.*?)'/s.exec(message)?.[1];
  const command = commandOf(argv);
  if (option === undefined || command === undefined || !TAKE_TEXT.includes(command)) return '';
  return `  If ${JSON.stringify(option)} is the text, put "--" before it, behind all options: agent-runner ${command} … -- ${JSON.stringify(option)}\n`;
}
