/** The completion for fish. Pure. */
import { PATHS, type Place, quotedCommands, SHIPPED, valueFlags } from '#runner/cli/completion/words.ts';
import type { Lookup } from '#runner/cli/declare.ts';

export function fishCompletion(places: readonly Place[]): string {
  const below = (paths: readonly string[]) => paths.map(path => `$root/${path}`).join(' ');
  return `# agent-runner completion for fish. Load it with: agent-runner completion fish | source
function __agent_runner_list
  for path in $argv
    set -l name (string replace -r '(/agent)?\\.md$' '' -- $path | string replace -r '.*/' '')
    string match -r '^[\\p{Ll}\\p{Lo}\\p{Lm}\\p{Nd}][\\p{Ll}\\p{Lo}\\p{Lm}\\p{M}\\p{Nd}-]*$' -- $name
  end
end

function __agent_runner_names
  set -l root $HOME/.agent-runner
  set -q AGENT_RUNNER_HOME; and set root $AGENT_RUNNER_HOME
  set -l tokens (commandline -opc)
  set -l at (contains -i -- --root $tokens); and set root (string replace -r '^~/' "$HOME/" -- $tokens[(math $at + 1)])
  if test "$argv[1]" = template
    printf '%s\\n' ${SHIPPED}
    set -l paths $root/templates/*.md
    __agent_runner_list $paths
    return 0
  end
  if string match -q '*message' -- $argv[1]
    set -l paths ${below(PATHS.inboxes)}
    string replace -r '.*/' '' -- $paths | string replace -rf '^(?:[0-9]+[.])?[0-9]{13,15}-[0-9a-f-]{28}([0-9a-f]{8})(,.*)?$' '$1'
    test "$argv[1]" = message; and return 0
  end
  set -l paths ${below(PATHS.workers)}
  string match -q 'peer*' -- $argv[1]; and set -a paths ${below(PATHS.others)}
  __agent_runner_list $paths
end

function __agent_runner_at
  set -l command ''
  set -l skip 0
  for word in (commandline -opc)[2..-1]
    if test $skip = 1
      set skip 0
      continue
    end
    if contains -- $word ${valueFlags(places).join(' ')}
      set skip 1
      continue
    end
    set -l longer (string trim -- "$command $word")
    contains -- $longer ${quotedCommands(places).join(' ')}; and set command $longer
  end
  test "$command" = "$argv[1]"
end

complete -c agent-runner -f
${places.flatMap(linesOf).join('\n')}
`;
}

const quoted = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;

function linesOf({ command, children, words, flags, lookup }: Place): string[] {
  const at = `complete -c agent-runner -n ${quoted(`__agent_runner_at ${quoted(command)}`)}`;
  return [
    ...children.map(({ word, description }) => `${at} -a ${word} -d ${quoted(description)}`),
    ...words.map(word => `${at} -a ${word}`),
    ...(lookup ? [`${at} ${lookupWords(lookup)}`] : []),
    ...flags.map(({ flag, description, takesValue, value, choices }) => {
      const name = flag.startsWith('--') ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`;
      const after = !takesValue ? '' : value === 'file' ? ' -r -F' : ` -x ${valueWords(value, choices)}`.trimEnd();
      return `${at} ${name}${after} -d ${quoted(description)}`;
    }),
  ];
}

const valueWords = (value: Lookup | null, choices: readonly string[]): string =>
  choices.length > 0 ? `-a ${quoted(choices.join(' '))}` : value ? lookupWords(value) : '';

function lookupWords(lookup: Lookup): string {
  if (lookup === 'file') return '-F';
  if (lookup === 'directory') return `-a '(__fish_complete_directories)'`;
  return `-a '(__agent_runner_names ${lookup})'`;
}
