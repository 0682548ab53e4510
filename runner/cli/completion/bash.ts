/**
 * The completion for bash 3.2 and newer. Names are checked against a pattern, because compgen would expand them. Pure.
 */
import { choicesAt, PATHS, type Place, quotedCommands, SHIPPED, valueFlags } from '#runner/cli/completion/words.ts';
import type { Lookup } from '#runner/cli/declare.ts';

export function bashCompletion(places: readonly Place[]): string {
  const by = (wanted?: Lookup | null) => valueFlags(places, wanted).join('|');
  const below = (paths: readonly string[]) => paths.map(path => `"$root"/${path}`).join(' ');
  return `# agent-runner completion for bash. Load it with: source <(agent-runner completion bash)
# Byte by byte, for any locale: whole characters of UTF-8, but no controls, no punctuation of Unicode's and no ASCII that bash would expand.
_agent_runner_is_name() {
  local LC_ALL=C rest=$1 tail=$'[\\x80-\\xbf]'
  rest=\${rest//[$'\\xf0'-$'\\xf4']$tail$tail$tail/a}
  rest=\${rest//$'\\xe2'[$'\\x80'-$'\\x81']$tail/!}
  rest=\${rest//$'\\xef\\xbb\\xbf'/!}
  rest=\${rest//[$'\\xe0'-$'\\xef']$tail$tail/a}
  rest=\${rest//[$'\\xc3'-$'\\xdf']$tail/a}
  [[ $rest =~ ^[a-z0-9][a-z0-9-]*$ ]]
}
_agent_runner_list() {
  local path name
  for path; do
    name=\${path%/agent.md}; name=\${name##*/}; name=\${name%.md}
    [[ -e $path ]] && _agent_runner_is_name "$name" && printf '%s\\n' "$name"
  done
}
_agent_runner_names() {
  local root=\${AGENT_RUNNER_HOME:-$HOME/.agent-runner} i path name count=0
  for ((i = 1; i < COMP_CWORD; i++)); do
    [[ \${COMP_WORDS[i]} == --root ]] && root=\${COMP_WORDS[i + 1]/#\\~\\//$HOME/}
  done
  if [[ $1 == template ]]; then
    printf '%s\\n' ${SHIPPED}
    _agent_runner_list "$root"/templates/*.md
    return 0
  fi
  if [[ $1 == *message ]]; then
    for path in ${below(PATHS.inboxes)}; do
      name=\${path##*/}; name=\${name%%,*}
      [[ $name =~ ^([0-9]+[.])?[0-9]{13,15}-[0-9a-f-]{36}$ ]] || continue
      printf '%s\\n' "\${name: -8}"
      ((++count < 500)) || break
    done
    [[ $1 == message ]] && return 0
  fi
  _agent_runner_list ${below(PATHS.workers)}
  [[ $1 == peer* ]] && _agent_runner_list ${below(PATHS.others)}
}

_agent_runner() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD - 1]} command='' i
  for ((i = 1; i < COMP_CWORD; i++)); do
    case \${COMP_WORDS[i]} in
      ${by()}) ((i++)) ;;
      -*) ;;
      *)
        case "\${command:+$command }\${COMP_WORDS[i]}" in
          ${quotedCommands(places).join('|')})
            command="\${command:+$command }\${COMP_WORDS[i]}" ;;
        esac ;;
    esac
  done
  COMPREPLY=()
  case "$command $previous" in
    ${choicesAt(places)
      .map(([at, words]) => `${at}) COMPREPLY=($(compgen -W "${words.join(' ')}" -- "$current")); return ;;`)
      .join('\n    ')}
  esac
  case $previous in
    ${by('agent')}) COMPREPLY=($(compgen -W "$(_agent_runner_names agent)" -- "$current")); return ;;
    ${by('peer')}) COMPREPLY=($(compgen -W "$(_agent_runner_names peer)" -- "$current")); return ;;
    ${by('template')}) COMPREPLY=($(compgen -W "$(_agent_runner_names template)" -- "$current")); return ;;
    ${by('directory')}) compopt -o dirnames 2>/dev/null; return ;;
    ${by('file')}) compopt -o default 2>/dev/null; return ;;
    ${by(null)}) return ;;
  esac
  local words='' names=''
  case $command in
${places.map(caseOf).join('\n')}
  esac
  [[ $current == -* ]] || { words=\${words%%--*}; [[ -n $names ]] && words="$words $(_agent_runner_names "$names")"; }
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}

complete -F _agent_runner agent-runner
`;
}

/** Words first, then flags: the shell drops everything from the first flag on, unless a flag was begun. */
function caseOf({ command, children, words, flags, lookup }: Place): string {
  const all = [...children.map(({ word }) => word), ...words, ...flags.map(({ flag }) => flag).sort(longFirst)];
  return `    '${command}') words='${all.join(' ')}'${lookup ? ` names=${lookup}` : ''} ;;`;
}

/** `-n` after the long flags: the words end at the first `--`. */
const longFirst = (a: string, b: string): number => Number(b.startsWith('--')) - Number(a.startsWith('--'));
