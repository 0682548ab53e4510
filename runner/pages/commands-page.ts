/** docs/commands.md and the man page, made from what commands say of themselves. Pure. */
import { type Declaration, HEADINGS, type OptionDeclaration } from '#runner/cli/declare.ts';

/** The whole of the command line, its groups, all commands in the order of the help. */
export interface CommandLine {
  whole: Declaration;
  groups: readonly Declaration[];
  commands: readonly Declaration[];
}

const JSON_OPTION = '--json';

const usageOf = ({ words, arguments: args = [] }: Declaration): string =>
  ['agent-runner', words, '[options]', ...args.map(({ name }) => name)].join(' ');

const optionsOf = ({ options = [], json }: Declaration): readonly OptionDeclaration[] =>
  json ? [...options, { flags: JSON_OPTION, about: json === true ? 'print JSON (docs/json.md)' : json }] : options;

/** What its group alone means. */
const groupOf = ({ words, isDefault }: Declaration): string =>
  isDefault ? `\n\nThe same: \`agent-runner ${words.split(' ')[0]}\`` : '';

const headingOf = ({ groups }: CommandLine, { words, heading }: Declaration): string | undefined =>
  heading ?? groups.find(group => words.startsWith(`${group.words} `))?.heading;

/** Heading by heading, each command with all that it takes. */
export function commandsPage(line: CommandLine): string {
  const section = (command: Declaration): string => {
    const { words, about, arguments: args = [], examples, exits = {} } = command;
    const rows = [
      ...args.filter(each => each.about).map(({ name, about: said }) => `| \`${name}\` | ${cell(said!)} |`),
      ...optionsOf(command).map(each => `| \`${cell(each.flags)}\` | ${cell(each.about)}${fallbackOf(each)} |`),
    ];
    const codes = Object.entries(exits).map(([code, said]) => `\`${code}\` ${said}`);
    return [
      `### ${words}\n\n${sentence(about)}${groupOf(command)}\n\n\`\`\`\n${usageOf(command)}\n\`\`\`\n`,
      rows.length > 0 ? `| argument or option | what it says |\n| --- | --- |\n${rows.join('\n')}\n` : '',
      codes.length > 0 ? `Exit codes beside 0: ${codes.join(' · ')}.\n` : '',
      `Examples:\n\n\`\`\`\n${examples.join('\n')}\n\`\`\`\n`,
    ]
      .filter(part => part !== '')
      .join('\n');
  };
  const parts = HEADINGS.map(heading => {
    const commands = line.commands.filter(command => headingOf(line, command) === heading);
    return `## ${heading}\n\n${commands.map(section).join('\n')}`;
  });
  return `# Commands

What \`agent-runner <command> --help\` says, of all commands. This page is made by \`npm run pages\` from the commands' own declarations. Every command takes
\`--root <directory>\`. [What exit codes mean](exit-codes.md) · [what \`--json\` prints](json.md)

${parts.join('\n')}`;
}

const cell = (text: string): string => text.replaceAll('|', '\\|');

const fallbackOf = ({ fallback }: OptionDeclaration): string =>
  fallback === undefined ? '' : ` (default: ${fallback})`;

const sentence = (text: string): string => `${text[0]!.toUpperCase()}${text.slice(1)}.`;

/** agent-runner(1), in the man macros that every troff knows. `date`: 2026-11-30. */
export function manPage(line: CommandLine, version: string, date: string): string {
  const option = (each: OptionDeclaration): string =>
    `.TP\n.B ${troff(each.flags)}\n${troff(each.about)}${troff(fallbackOf(each))}`;
  const command = (each: Declaration): string =>
    [
      `.SS ${troff(each.words)}`,
      `.B ${troff(usageOf(each))}`,
      '.PP',
      troff(sentence(each.about)),
      ...(each.isDefault ? ['.PP', troff(`The same: agent-runner ${each.words.split(' ')[0]}`)] : []),
      ...(each.arguments ?? []).flatMap(({ name, about }) => (about ? [option({ flags: name, about })] : [])),
      ...optionsOf(each).map(option),
      ...Object.entries(each.exits ?? {}).map(([code, about]) => `.TP\nexit ${code}\n${troff(about)}`),
      `.PP\nExamples:\n.PP\n.nf\n${each.examples.map(example => `    ${troff(example)}`).join('\n')}\n.fi`,
    ].join('\n');
  return [
    `.TH AGENT-RUNNER 1 "${date}" "agent-runner ${troff(version)}"`,
    `.SH NAME\nagent-runner \\- ${troff(line.whole.about.replace(/\.$/, ''))}`,
    '.SH SYNOPSIS\n.B agent-runner\n[\\-\\-root directory] command [options]',
    `.SH OPTIONS\n${(line.whole.options ?? []).map(option).join('\n')}`,
    ...HEADINGS.map(
      heading =>
        `.SH ${troff(heading.toUpperCase())}\n${line.commands
          .filter(each => headingOf(line, each) === heading)
          .map(command)
          .join('\n')}`,
    ),
    '.SH SEE ALSO\nThe pages in docs/ of the package: first-agent.md, json.md, exit-codes.md.\n',
  ].join('\n');
}

/** A hyphen and quotes that can be copied; signs that every troff knows; no line that begins with a request. */
const troff = (text: string): string =>
  text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll("'", '\\(aq')
    .replaceAll('`', '\\(ga')
    .replaceAll('’', '\\(cq')
    .replaceAll('…', '...')
    .replace(/^\./, '\\&.');
