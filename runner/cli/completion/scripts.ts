/**
 * What each shell is given once, to source. At every TAB it asks `agent-runner completion <shell> -- <words>`, which prints
 * one word a line, with its meaning behind a tab; `:file` or `:directory`: the shell completes those itself. Pure.
 */
export const SCRIPTS = {
  bash: `# agent-runner completion for bash. Load it with: source <(agent-runner completion bash)
_agent_runner() {
  local current=\${COMP_WORDS[COMP_CWORD]} line
  COMPREPLY=()
  while IFS= read -r line; do
    case $line in
      :file) compopt -o default 2>/dev/null ;;
      :directory) compopt -o dirnames 2>/dev/null ;;
      "$current"*) COMPREPLY+=("\${line%%$'\\t'*}") ;;
    esac
  done < <(agent-runner completion bash -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -F _agent_runner agent-runner
`,
  zsh: `#compdef agent-runner
# agent-runner completion for zsh. Load it with: source <(agent-runner completion zsh), after compinit
_agent_runner() {
  local line
  local -a entries
  for line in \${(f)"$(agent-runner completion zsh -- "\${(@)words[2,CURRENT]}" 2>/dev/null)"}; do
    case $line in
      (:file) _files; return ;;
      (:directory) _files -/; return ;;
      (*) entries+=("\${\${line//:/\\\\:}/$'\\t'/:}") ;;
    esac
  done
  _describe agent-runner entries
}

if [[ $funcstack[1] == _agent_runner ]]; then
  _agent_runner "$@"
else
  compdef _agent_runner agent-runner
fi
`,
  fish: `# agent-runner completion for fish. Load it with: agent-runner completion fish | source
function __agent_runner
  set -l words (commandline -opc)
  set -l current (commandline -ct)
  set -l found (agent-runner completion fish -- $words[2..-1] "$current" 2>/dev/null)
  switch "$found[1]"
    case :file
      __fish_complete_path $current
    case :directory
      __fish_complete_directories $current
    case '*'
      printf '%s\\n' $found
  end
end
complete -c agent-runner -f -a '(__agent_runner)'
`,
} as const;
