#!/bin/sh
# The hook as Claude Code starts it: sh hook.sh <event> <root> <node> [deliver-on-stop]
# Leaves at once when nothing is new: shell builtins only, no process is started, stdin is not read. Else hook.cjs, beside this
# file, does the work. Always exits 0; prints nothing but what hook.cjs prints. It asks what blackboard/board/quiet.ts asks.

# A turn of agent-runner's own: the runner tells its agents itself.
[ -z "${AGENT_RUNNER_TURN_DIR-}" ] || exit 0

event=$1 root=$2 node=$3 option=${4-}
id=${CLAUDE_CODE_SESSION_ID-}
case $id in '' | *[!0-9A-Fa-f-]*) exit 0 ;; esac
session=$root/sessions/$id board=$root/board
# hook.cjs has 3, too: a line for claude's own debug log, where ours cannot be written.
exec 3>&2 2>/dev/null
umask 077

trouble() {
  line="$(date -u +%Y-%m-%dT%H:%M:%SZ) $event $id $1"
  echo "$line" >>"$root/hooks.log" || echo "agent-runner: $line" >&3
  exit 0
}

# Nothing is written, not even a log, where somebody else rules.
[ -x "$board" ] && [ -O "$board" ] || {
  root=/dev/null
  trouble "there is no board of yours at $board"
}

slow() {
  [ -x "$node" ] || node=$(command -v node) || trouble 'node was not found: agent-runner hooks install finds it again'
  "$node" "${0%/*}/hook.cjs" "$event" "$root" "$option" || trouble "hook.cjs ended with $?"
  exit 0
}

# Whether one of these is there; a pattern that matches nothing stands for itself.
any() {
  for path; do
    [ -e "$path" ] && return 0
  done
  return 1
}

# Whether something lies in the session's inbox that is not yet a message: a file dropped there, or one on its way.
dropped() {
  for path in "$session"/inbox/*; do
    case ${path##*/} in
    tmp | new | cur | done | dead | later | ids | files | outcomes | waiters | '*') ;;
    *~ | *.swp | *.part | *.crdownload) ;;
    *) return 0 ;;
    esac
  done
  any "$session"/inbox/tmp/*
}

# Only what was registered has a state. The file's time is that of the last activity.
state() {
  [ -f "$session/peer.json" ] && echo "$1" >"$session/state"
}

# Who is writing is asked for before the mark is.
quiet() {
  any "$board"/drop/* "$board"/taken/* "$board"/writing/* && return 1
  mark=
  read -r mark <"$session/mark"
  [ -n "$mark" ] && [ -d "$board/marks/$mark" ]
}

case $event in
UserPromptSubmit)
  state busy
  [ -f "$session/cursor" ] || slow
  any "$session"/shown/*/news "$session"/shown/*/mid "$session"/inbox/new/* "$session"/inbox/later/* && slow
  dropped && slow
  quiet || slow
  ;;
PostToolUse)
  state busy
  any "$session"/shown/*/news "$session"/inbox/new/*,high* && slow
  dropped && slow
  ;;
Stop)
  state idle
  any "$session"/shown/*/news "$session"/shown/*/mid && slow
  [ -z "$option" ] || { any "$session"/inbox/new/* && slow; }
  [ -z "$option" ] || { dropped && slow; }
  ;;
Notification)
  input=
  read -r input
  case $input in
  *'"notification_type":"permission_prompt"'* | *'"notification_type": "permission_prompt"'*) state 'waiting permission' ;;
  *'"notification_type":"elicitation'* | *'"notification_type": "elicitation'*) state 'waiting answer' ;;
  *'"notification_type":"idle_prompt"'* | *'"notification_type": "idle_prompt"'*) state idle ;;
  esac
  ;;
SessionEnd)
  input=
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
