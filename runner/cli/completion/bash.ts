/** The completion for bash (3.2 and newer). Names go through a pattern before compgen, which would expand what they contain. Pure. */
import { choicesAt, type Place } from '#runner/cli/completion/words.ts';

export function bashCompletion(places: readonly Place[]): string {
  const named = places.filter(({ command }) => command !== '');
  const options = [
    ...new Set(places.flatMap(({ flags }) => flags.filter(({ takesValue }) => takesValue)).map(f => f.flag)),
  ];
  const lookups = new Map(
    places.flatMap(({ flags }) => flags).flatMap(({ flag, value }) => (value ? [[flag, value]] : [])),
  );
  const choices = choicesAt(places);
  const byLookup = (wanted: string) => [...lookups].filter(([, value]) => value === wanted).map(([flag]) => flag);
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
_agent_runner_names() {
  local root=\${AGENT_RUNNER_HOME:-$HOME/.agent-runner} i path name count=0
  for ((i = 1; i < COMP_CWORD; i++)); do
    [[ \${COMP_WORDS[i]} == --root ]] && root=\${COMP_WORDS[i + 1]/#\\~\\//$HOME/}
  done
  if [[ $1 == template ]]; then
    printf '%s\\n' worker reviewer tester planner watcher
    for path in "$root"/templates/*.md; do
      name=\${path##*/}; name=\${name%.md}
      [[ -e $path ]] && _agent_runner_is_name "$name" && printf '%s\\n' "$name"
    done
    return 0
  fi
  if [[ $1 == *message ]]; then
    for path in "$root"/{operator,agents/*,sessions/*}/inbox/{new,later,cur,dead}/*; do
      name=\${path##*/}; name=\${name%%,*}
      [[ $name =~ ^([0-9]+[.])?[0-9]{13,15}-[0-9a-f-]{36}$ ]] || continue
      printf '%s\\n' "\${name: -8}"
      ((++count < 500)) || break
    done
    [[ $1 == message ]] && return 0
  fi
  for path in "$root"/agents/*/agent.md; do
    [[ -e $path ]] || continue
    name=\${path%/agent.md}; name=\${name##*/}
    _agent_runner_is_name "$name" && printf '%s\\n' "$name"
  done
  [[ $1 == peer* ]] || return 0
  printf 'operator\\n'
  for path in "$root"/sessions/names/*; do
    name=\${path##*/}
    [[ -e $path ]] && _agent_runner_is_name "$name" && printf '%s\\n' "$name"
  done
}

_agent_runner() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD - 1]} command='' i
  for ((i = 1; i < COMP_CWORD; i++)); do
    case \${COMP_WORDS[i]} in
      ${options.join('|')}) ((i++)) ;;
      -*) ;;
      *)
        case "\${command:+$command }\${COMP_WORDS[i]}" in
          ${named.map(({ command }) => `'${command}'`).join('|')})
            command="\${command:+$command }\${COMP_WORDS[i]}" ;;
        esac ;;
    esac
  done
  COMPREPLY=()
  case "$command $previous" in
    ${choices.map(([at, words]) => `${at}) COMPREPLY=($(compgen -W "${words.join(' ')}" -- "$current")); return ;;`).join('\n    ')}
  esac
  case $previous in
    ${byLookup('agent').join('|')}) COMPREPLY=($(compgen -W "$(_agent_runner_names agent)" -- "$current")); return ;;
    ${byLookup('peer').join('|')}) COMPREPLY=($(compgen -W "$(_agent_runner_names peer)" -- "$current")); return ;;
    ${byLookup('template').join('|')}) COMPREPLY=($(compgen -W "$(_agent_runner_names template)" -- "$current")); return ;;
    ${byLookup('directory').join('|')}) compopt -o dirnames 2>/dev/null; return ;;
    ${byLookup('file').join('|')}) compopt -o default 2>/dev/null; return ;;
    ${options.filter(flag => !lookups.has(flag)).join('|')}) return ;;
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

/** Words first, then flags: the part from the first flag on is dropped where none was begun. */
function caseOf({ command, children, words, flags, lookup }: Place): string {
  const all = [...children.map(({ word }) => word), ...words, ...flags.map(({ flag }) => flag).sort(longFirst)];
  return `    '${command}') words='${all.join(' ')}'${lookup ? ` names=${lookup}` : ''} ;;`;
}

/** `-n` after the long ones, so that the words end at the first `--`. */
const longFirst = (a: string, b: string): number => Number(b.startsWith('--')) - Number(a.startsWith('--'));
