#!/bin/sh
# The hook as Claude Code starts it: sh hook.sh <event> <root> <node> [deliver-on-stop | agent:<name>]; the plugin's: hook.sh <event>
# Leaves at once when nothing is new: shell builtins only, no process is started, stdin is not read. Else hook.cjs, beside this
# file, does the work. Exits 0 but for FileChanged, whose 2 wakes an idle session. It asks what blackboard/board/nothing-new.ts asks.

# If anything fails in this shell: 2 would block a person's prompt, and is intended in one place only.
code=0
trap 'exit $code' 0

event=${1-} root=${2:-${AGENT_RUNNER_HOME:-${HOME-}/.agent-runner}} node=${3-} option=${4-}
# A turn of agent-runner's own: the runner tells its agents the news itself. Its settings ask for claimed paths alone, and say whose
# turn it is.
[ -z "${AGENT_RUNNER_TURN_DIR-}" ] || [ "$event,${option%%:*}" = PreToolUse,agent ] || exit 0

id=${CLAUDE_CODE_SESSION_ID-}
case $id in '' | *[!0-9A-Fa-f-]*) exit 0 ;; esac
case $root in /*) ;; *) root=$PWD/$root ;; esac
session=$root/sessions/$id board=$root/board

# Only a registered session has a state. The file's mtime is the last activity. Overwritten without truncating it first:
# ext4 treats a truncated and rewritten file as a replaced one, and writes it to the disk at once.
state() {
  [ -f state ] && echo "$1" 1<>state
}

# Patterns mean the same everywhere.
LC_ALL=C

# The fast path for the most common case, with one comparison: a pattern without a match stays as it is, and the inbox
# contains only its own directories. Anything else takes the path below, which checks each thing. The mark is a broken
# link once something was written; drops are checked before it.
ours='inbox/cur inbox/dead inbox/done inbox/files inbox/ids inbox/later inbox/new inbox/outcomes inbox/tmp inbox/waiters'
if [ -O "$board" ] && cd "$session" 2>/dev/null; then
  case $event in
  UserPromptSubmit)
    state busy
    set -- signals/[0-9]* unproven/[mn]* inbox/new/* inbox/later/* inbox/tmp/* inbox/* "$board"/drop/*
    [ "$*" = "signals/[0-9]* unproven/[mn]* inbox/new/* inbox/later/* inbox/tmp/* $ours $board/drop/*" ] &&
      [ ! -e "$board/drop/*" ] && [ ! -e mod/stopped ] && [ -d mark ] && exit 0
    ;;
  PostToolUse)
    state busy
    set -- unproven/n* inbox/new/*,high* inbox/tmp/* inbox/*
    [ "$*" = "unproven/n* inbox/new/*,high* inbox/tmp/* $ours" ] && exit 0
    ;;
  Stop)
    state idle
    set -- unproven/[mn]*
    [ "$option$*" = 'unproven/[mn]*' ] && exit 0
    ;;
  esac
fi

# Before a file is changed. The newest state of the claims names the owners of claimed paths in its first line; `-`: nobody.
if [ "$event" = PreToolUse ]; then
  owners=-
  for last in "$root"/claims/[0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9]; do :; done
  [ -f "$last" ] && read -r owners <"$last"
  case $owners in - | "${option:-session:$id}") exit 0 ;; esac
fi

# hook.cjs has descriptor 3, too: a line for claude's own debug log, if ours cannot be written. Nothing else may use it.
exec 3>&2 2>/dev/null
umask 077
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
  "$node" "${0%/*}/hook.cjs" "$event" "$root" "$option" || trouble "hook.cjs ended with $?"
  exit 0
}

# Every name below without a root is one of the session's. Without its directory it can only be registered.
cd "$session" || case $event in
SessionStart | UserPromptSubmit | PreToolUse) slow ;;
*) exit 0 ;;
esac

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
  for path in inbox/*; do
    case ${path##*/} in
    tmp | new | cur | done | dead | later | ids | files | outcomes | waiters) ;;
    *) set -- "$@" "$path" ;;
    esac
  done
  work "$@" || any inbox/tmp/*
}

# Whether a signal waits; a record that is being written ends with .tmp.
signalled() {
  any signals/[0-9]*[0-9a-f] && [ ! -e "$root/disable-signals" ]
}

nudge_path() {
  case $session in *[\"\\]*) return 1 ;; esac
  [ -f nudge ]
}

case $event in
UserPromptSubmit)
  signalled && slow
  [ -f cursor ] && [ ! -e mod/stopped ] || slow
  any unproven/[mn]* inbox/new/* inbox/later/* && slow
  dropped && slow
  # Drops are checked before the mark.
  work "$board"/drop/* || [ ! -d mark ] && slow
  ;;
CwdChanged)
  # Claude forgets what it watches each time the directory changes.
  nudge_path && printf '{"hookSpecificOutput":{"hookEventName":"CwdChanged","watchPaths":["%s"]}}\n' "$session/nudge"
  ;;
FileChanged)
  # Not under `claude -p`, which waits for this hook. Of several installs one wakes it; changes of other files do not.
  [ "${CLAUDE_CODE_SESSION_ATTENDED-}" = 1 ] && signalled || exit 0
  word=
  [ -f nudge ] && read -r word <nudge
  case $word in '' | *[!0-9a-f]*) exit 0 ;; esac
  [ -d woken ] || PATH=$tools mkdir woken
  (set -C && : >"woken/nudge-$word") || exit 0
  echo '[agent-runner] A signal woke this session. It carries no text; what came is told beside this prompt.' >&3
  code=2
  exit
  ;;
PostToolUse)
  any unproven/n* inbox/new/*,high* && slow
  dropped && slow
  ;;
Stop)
  any unproven/[mn]* && slow
  [ -z "$option" ] || { any inbox/new/* && slow; }
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
SessionStart | PreToolUse | PermissionRequest) slow ;;
esac
exit 0
