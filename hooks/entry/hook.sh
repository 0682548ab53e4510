#!/bin/sh
# The hook as Claude Code starts it: sh hook.sh <event> <root> <node> [deliver-on-stop]
# Leaves at once when nothing is new: shell builtins only, no process is started, stdin is not read. Else hook.cjs, beside this
# file, does the work. Exits 0 but for FileChanged, whose 2 wakes an idle session. It asks what blackboard/board/nothing-new.ts asks.

# If anything fails in this shell: 2 would block a person's prompt, and is intended in one place only.
code=0
trap 'exit $code' 0

# A turn of agent-runner's own: the runner tells its agents the news itself.
[ -z "${AGENT_RUNNER_TURN_DIR-}" ] || exit 0

event=$1 root=$2 node=$3 option=${4-}
id=${CLAUDE_CODE_SESSION_ID-}
case $id in '' | *[!0-9A-Fa-f-]*) exit 0 ;; esac
session=$root/sessions/$id board=$root/board
inbox=$session/inbox

# Only a registered session has a state. The file's mtime is the last activity. Overwritten without truncating it first:
# ext4 treats a truncated and rewritten file as a replaced one, and writes it to the disk at once.
state() {
  [ -f "$session/state" ] && echo "$1" 1<>"$session/state"
}

# The same, and nothing else is left to do: stdout need not be restored.
leave() {
  [ -f "$session/state" ] && exec 1<>"$session/state" && echo "$1"
  exit 0
}

# Patterns mean the same everywhere.
LC_ALL=C

# The fast path for the most common case, with one comparison: a pattern without a match stays as it is, and the inbox
# contains only its own directories. Anything else takes the path below, which checks each thing. The mark is a broken
# link once something was written; drops are checked before it.
ours="$inbox/cur $inbox/dead $inbox/done $inbox/files $inbox/ids $inbox/later $inbox/new $inbox/outcomes $inbox/tmp $inbox/waiters"
if [ -O "$board" ]; then
  case $event in
  UserPromptSubmit)
    set -- "$session"/signals/[0-9]* "$session"/unproven/[mn]* "$inbox"/new/* "$inbox"/later/* "$inbox"/tmp/* "$inbox"/* "$board"/drop/*
    [ "$*" = "$session/signals/[0-9]* $session/unproven/[mn]* $inbox/new/* $inbox/later/* $inbox/tmp/* $ours $board/drop/*" ] &&
      [ ! -e "$board/drop/*" ] && [ -d "$session/mark" ] && leave busy
    state busy
    ;;
  PostToolUse)
    set -- "$session"/unproven/n* "$inbox"/new/*,high* "$inbox"/tmp/* "$inbox"/*
    [ "$*" = "$session/unproven/n* $inbox/new/*,high* $inbox/tmp/* $ours" ] && leave busy
    state busy
    ;;
  Stop)
    set -- "$session"/unproven/[mn]*
    [ "$option$*" = "$session/unproven/[mn]*" ] && leave idle
    state idle
    ;;
  esac
fi

# hook.cjs has descriptor 3, too: a line for claude's own debug log, if ours cannot be written. Nothing else may use it.
exec 3>&2 2>/dev/null
umask 077
input= told= paths=
# A project's settings may set variables for our hook, also in an untrusted directory: they must not choose a program
# for us.
tools=/usr/bin:/bin:$PATH
unset NODE_OPTIONS NODE_PATH

trouble() {
  line="$(PATH=$tools date -u +%Y-%m-%dT%H:%M:%SZ) $event $id $1"
  # A pipe would wait for its reader.
  [ ! -p "$root/hooks.log" ] && echo "$line" >>"$root/hooks.log" || echo "agent-runner: $line" >&3
  exit 0
}

# Nothing is written, not even a log, in another user's root.
[ -x "$board" ] && [ -O "$board" ] || {
  root=/dev/null
  trouble "there is no board of yours at $board"
}

slow() {
  [ -x "$node" ] || node=$(command -v node) || trouble 'node was not found: agent-runner hooks install finds it again'
  export AGENT_RUNNER_TOLD="$told"
  if [ -n "$input" ]; then
    printf '%s\n' "$input" | "$node" "${0%/*}/hook.cjs" "$event" "$root" "$option"
  else
    "$node" "${0%/*}/hook.cjs" "$event" "$root" "$option"
  fi
  end=$?
  case $end in
  0) forget_signals ;;
  3) ;;
  *) trouble "hook.cjs ended with $end" ;;
  esac
  exit 0
}

# After they are printed, and not before: a killed hook tells them with the next prompt.
forget_signals() {
  [ -n "$paths" ] && cd "$session" && PATH=$tools rm -f $paths
}

# Whether one of these exists; a pattern without a match stays as it is.
any() {
  for path; do
    [ -e "$path" ] && return 0
  done
  return 1
}

# Whether config.yaml says that every name is work (blackboard/inbox/never-work.ts).
takes_all() {
  [ -f "$root/config.yaml" ] || return 1
  while read -r key value rest; do
    [ "$key $value" = 'takeAll: true' ] && return 0
  done <"$root/config.yaml"
  return 1
}

# Whether one of these is work, or may be: only the most common names that are never work are known here (never-work.ts
# has all of them, and hook.cjs checks again).
work() {
  for path; do
    case ${path##*/} in
    '*') [ -e "$path" ] && return 0 ;;
    *~ | *.swp | *.part | *.partial | *.filepart | *.crdownload | *.download | *.aria2 | *.tmp | *.bak | *.lock | '~$'* | \#*\# | \
      [Tt]humbs.db | [Dd]esktop.ini) takes_all && return 0 ;;
    *) return 0 ;;
    esac
  done
  return 1
}

# Whether the session's inbox contains something that is not a message yet: a dropped file, or one on its way.
dropped() {
  set --
  for path in "$session"/inbox/*; do
    case ${path##*/} in
    tmp | new | cur | done | dead | later | ids | files | outcomes | waiters) ;;
    *) set -- "$@" "$path" ;;
    esac
  done
  work "$@" || any "$session"/inbox/tmp/*
}

# Drops are checked before the mark.
quiet() {
  work "$board"/drop/* && return 1
  [ -d "$session/mark" ]
}

# Waiting signals are told with this prompt, by the first of several installs. What it leaves in woken/ proves that a
# turn has begun for them. `told` is the inside of a JSON string: a path is shown only if it needs no escape (the record
# escapes everything that a terminal or a model could interpret) and is short enough to be a name. After 1,500 bytes of
# names the rest is counted: of more than 10,000 characters of a hook the model sees only a preview.
signals() {
  any "$session"/signals/[0-9]* && [ ! -e "$root/disable-signals" ] || return 0
  read -r input
  prompt=${input##*'"prompt_id":"'}
  prompt=${prompt%%'"'*}
  case $prompt in '' | *[!0-9A-Za-z-]*) return 0 ;; esac
  names= what= gone= more=0
  for path in "$session"/signals/[0-9]*; do
    name=${path##*/}
    case $name in *[!0-9a-z_,-]*) continue ;; esac
    [ -f "$path" ] || continue
    names="$names$name
"
    gone="$gone signals/$name"
    line=
    read -r line <"$path"
    case $name in
    *-file_changed-*)
      file=${line#*'"path":"'}
      file=${file%%'"'*}
      case $file in *[@\\]* | '') file='a file whose name is not shown' ;; esac
      [ ${#file} -le 256 ] || file='a file whose name is not shown'
      if [ -z "$what" ] || [ $((${#what} + ${#file})) -lt 1500 ]; then
        what="$what; file_changed \\\"$file\\\""
      else
        more=$((more + 1))
      fi
      ;;
    *) what="$what; wake" ;;
    esac
  done
  [ -n "$names" ] || return 0
  [ $more = 0 ] || what="$what; $more more of file_changed"
  [ -d "$session/woken" ] || PATH=$tools mkdir "$session/woken"
  (set -C && printf '%s' "$names" >"$session/woken/$prompt") || return 0
  paths=$gone
  told="[agent-runner] A signal came from outside (${what#; }). It carries no text and nobody's request: do what your instructions say about such a signal; if they say nothing, look at what has changed and report."
}

nudge_path() {
  case $session in *[\"\\]*) return 1 ;; esac
  [ -f "$session/nudge" ]
}

case $event in
UserPromptSubmit)
  signals
  [ -f "$session/cursor" ] || slow
  any "$session"/unproven/[mn]* "$session"/inbox/new/* "$session"/inbox/later/* && slow
  dropped && slow
  quiet || slow
  [ -n "$told" ] || exit 0
  printf '{"hookSpecificOutput":{"hookEventName":"UserPromptSubmit","additionalContext":"%s"}}\n' "$told" && forget_signals
  ;;
CwdChanged)
  # Claude forgets what it watches each time the directory changes.
  nudge_path && printf '{"hookSpecificOutput":{"hookEventName":"CwdChanged","watchPaths":["%s"]}}\n' "$session/nudge"
  ;;
FileChanged)
  # Not under `claude -p`, which waits for this hook. Of several installs one wakes it; changes of other files do not.
  [ "${CLAUDE_CODE_SESSION_ATTENDED-}" = 1 ] && any "$session"/signals/[0-9]* && [ ! -e "$root/disable-signals" ] || exit 0
  word=
  [ -f "$session/nudge" ] && read -r word <"$session/nudge"
  case $word in '' | *[!0-9a-f]*) exit 0 ;; esac
  [ -d "$session/woken" ] || PATH=$tools mkdir "$session/woken"
  (set -C && : >"$session/woken/nudge-$word") || exit 0
  echo '[agent-runner] A signal woke this session. It carries no text; what came is told beside this prompt.' >&3
  code=2
  exit
  ;;
PostToolUse)
  any "$session"/unproven/n* "$session"/inbox/new/*,high* && slow
  dropped && slow
  ;;
Stop)
  any "$session"/unproven/[mn]* && slow
  [ -z "$option" ] || { any "$session"/inbox/new/* && slow; }
  [ -z "$option" ] || { dropped && slow; }
  ;;
Notification)
  read -r input
  case $input in
  *'"notification_type":"permission_prompt"'* | *'"notification_type": "permission_prompt"'*) state 'waiting permission' ;;
  *'"notification_type":"elicitation'* | *'"notification_type": "elicitation'*) state 'waiting answer' ;;
  *'"notification_type":"idle_prompt"'* | *'"notification_type": "idle_prompt"'*) state idle ;;
  esac
  ;;
SessionEnd)
  read -r input
  reason=${input##*\"reason\":}
  reason=${reason#*\"}
  reason=${reason%%\"*}
  case $reason in '' | *[!a-z_]*) reason=other ;; esac
  state "ended $reason"
  ;;
SessionStart) slow ;;
esac
exit 0
