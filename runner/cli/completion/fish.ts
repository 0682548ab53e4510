/** The completion for fish. Pure. */
import type { Place } from '#runner/cli/completion/words.ts';
import type { Lookup } from '#runner/cli/declare.ts';

export function fishCompletion(places: readonly Place[]): string {
  const flags = places.flatMap(place => place.flags);
  const valued = [...new Set(flags.filter(({ takesValue }) => takesValue).map(({ flag }) => flag))];
  const named = places.filter(({ command }) => command !== '').map(({ command }) => `'${command}'`);
  return `# agent-runner completion for fish. Load it with: agent-runner completion fish | source
function __agent_runner_names
  set -l root $HOME/.agent-runner
  set -q AGENT_RUNNER_HOME; and set root $AGENT_RUNNER_HOME
  set -l tokens (commandline -opc)
  set -l at (contains -i -- --root $tokens); and set root (string replace -r '^~/' "$HOME/" -- $tokens[(math $at + 1)])
  if test "$argv[1]" = template
    printf '%s\\n' worker reviewer tester planner watcher
    for path in $root/templates/*.md
      string match -r '^[\\p{Ll}\\p{Lo}\\p{Lm}\\p{Nd}][\\p{Ll}\\p{Lo}\\p{Lm}\\p{M}\\p{Nd}-]*$' -- (basename $path .md)
    end
    return 0
  end
  if string match -q '*message' -- $argv[1]
    set -l paths $root/operator/inbox/{new,later,cur,dead}/* $root/{agents,sessions}/*/inbox/{new,later,cur,dead}/*
    string replace -r '.*/' '' -- $paths | string replace -rf '^(?:[0-9]+[.])?[0-9]{13,15}-[0-9a-f-]{28}([0-9a-f]{8})(,.*)?$' '$1'
    test "$argv[1]" = message; and return 0
  end
  for path in $root/agents/*/agent.md
    string match -r '^[\\p{Ll}\\p{Lo}\\p{Lm}\\p{Nd}][\\p{Ll}\\p{Lo}\\p{Lm}\\p{M}\\p{Nd}-]*$' -- (basename (dirname $path))
  end
  string match -q 'peer*' -- $argv[1]; or return 0
  echo operator
  for path in $root/sessions/names/*
    string match -r '^[\\p{Ll}\\p{Lo}\\p{Lm}\\p{Nd}][\\p{Ll}\\p{Lo}\\p{Lm}\\p{M}\\p{Nd}-]*$' -- (basename $path)
  end
end

function __agent_runner_at
  set -l command ''
  set -l skip 0
  for word in (commandline -opc)[2..-1]
    if test $skip = 1
      set skip 0
      continue
    end
    if contains -- $word ${valued.join(' ')}
      set skip 1
      continue
    end
    set -l longer (string trim -- "$command $word")
    contains -- $longer ${named.join(' ')}; and set command $longer
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
