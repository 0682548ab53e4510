/** The completion for zsh. Pure. */
import { choicesAt, PATHS, type Place, quotedCommands, SHIPPED, valueFlags } from '#runner/cli/completion/words.ts';
import type { Lookup } from '#runner/cli/declare.ts';

export function zshCompletion(places: readonly Place[]): string {
  const by = (wanted?: Lookup | null) => valueFlags(places, wanted).join('|');
  const below = (paths: readonly string[]) =>
    paths.map(path => `$root/${path.replace(/\{(.*)\}/, (_, each) => `(${each.replaceAll(',', '|')})`)}(N)`).join(' ');
  return `#compdef agent-runner
# agent-runner completion for zsh. Load it with: source <(agent-runner completion zsh), after compinit
# Byte by byte, for any locale: whole characters of UTF-8, but no controls, no punctuation of Unicode's and no other ASCII.
_agent_runner_is_name() {
  setopt localoptions extendedglob nomultibyte
  local rest=$1 tail=$'[\\x80-\\xbf]'
  rest=\${rest//[$'\\xf0'-$'\\xf4']\${~tail}\${~tail}\${~tail}/a}
  rest=\${rest//$'\\xe2'[$'\\x80'-$'\\x81']\${~tail}/!}
  rest=\${rest//$'\\xef\\xbb\\xbf'/!}
  rest=\${rest//[$'\\xe0'-$'\\xef']\${~tail}\${~tail}/a}
  rest=\${rest//[$'\\xc3'-$'\\xdf']\${~tail}/a}
  [[ $rest == [a-z0-9][a-z0-9-]# ]]
}

_agent_runner_names() {
  local root=\${AGENT_RUNNER_HOME:-$HOME/.agent-runner} i name
  local -a names
  for ((i = 2; i < CURRENT; i++)); do
    [[ $words[i] == --root ]] && root=\${words[i+1]/#\\~\\//$HOME/}
  done
  [[ $1 == template ]] && names=(${SHIPPED} $root/templates/*.md(N:r))
  [[ $1 == (message|template) ]] || names=(${below(PATHS.workers)})
  if [[ $1 == *message ]]; then
    for name in ${below(PATHS.inboxes)}; do
      name=\${\${name:t}%%,*}
      [[ $name == *[0-9]-[0-9a-f](#c8)(-[0-9a-f](#c4))(#c3)-[0-9a-f](#c12) ]] && names+=(\${name[-8,-1]})
    done
  fi
  [[ $1 == peer* ]] && names+=(${below(PATHS.others)})
  local -a known
  for name in $names; do
    name=\${\${name%/agent.md}:t}
    _agent_runner_is_name $name && known+=($name)
  done
  compadd -a known
}

_agent_runner() {
  setopt localoptions extendedglob
  local command='' i
  local -a entries
  for ((i = 2; i < CURRENT; i++)); do
    case $words[i] in
      (${by()}) ((i++)) ;;
      (-*) ;;
      (*)
        case "\${command:+$command }$words[i]" in
          (${quotedCommands(places).join('|')}) command="\${command:+$command }$words[i]" ;;
        esac ;;
    esac
  done
  case "$command $words[CURRENT-1]" in
    ${choicesAt(places)
      .map(([at, words]) => `(${at}) entries=(${words.join(' ')}); compadd -a entries; return ;;`)
      .join('\n    ')}
  esac
  case $words[CURRENT-1] in
    (${by('template')}) _agent_runner_names template; return ;;
    (${by('agent')}) _agent_runner_names agent; return ;;
    (${by('peer')}) _agent_runner_names peer; return ;;
    (${by('directory')}) _files -/; return ;;
    (${by('file')}) _files; return ;;
    (${by(null)}) return ;;
  esac
  case $command in
${places.map(caseOf).join('\n')}
  esac
}

if [[ $funcstack[1] == _agent_runner ]]; then
  _agent_runner "$@"
else
  compdef _agent_runner agent-runner
fi
`;
}

function caseOf({ command, children, words, flags, lookup }: Place): string {
  const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;
  const entry = (word: string, description: string) => quoted(`${word.replaceAll(':', '\\:')}:${description}`);
  const options = flags.map(({ flag, description }) => entry(flag, description));
  const plain = [...children.map(({ word, description }) => entry(word, description)), ...words.map(quoted)];
  return [
    `    ('${command}')`,
    `      if [[ $words[CURRENT] == -* ]]; then entries=(${options.join(' ')}); _describe option entries`,
    `      else${plain.length > 0 ? ` entries=(${plain.join(' ')}); _describe command entries;` : ''} ${lookup ? `_agent_runner_names ${lookup}` : ':'}; fi ;;`,
  ].join('\n');
}
