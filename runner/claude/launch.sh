#!/bin/sh
# Becomes the turn's claude, if nobody else has: launch.sh <working directory of the command> <command> [argument...]
# It is started IN the turn's directory, and knows it as "." only: its agent may be removed, and another of that name be added,
# while it waits. A path would lead it into the turn of that one.
# It is started while the turn's records are on their way to the disk, and does nothing before it reads "go" on stdin: without
# that line (the turn is off, or the runner is dead) it ends.
# The link ./child decides, before anything starts: the process that has this name is the turn's one child, or has sealed the turn.
# exec keeps pid and start time, so what is written here stays true of the claude. One line, as in blackboard/system/process-identity.ts:
# "pid startTime bootId[ place[ flock:device]]"; place and device come in AGENT_RUNNER_PLACE, which claude does not get. Exit codes: 95 not told to go, 96 a stop was asked for, 97 the name is taken, 98 the identity
# cannot be read or written, 126 and 127 the command cannot be run (the reason is in ./stderr), 94 no such working directory; otherwise those of the command.
umask 077
work=$1
shift

if [ -r /proc/sys/kernel/random/boot_id ]; then
  # No fork: $(...) costs a process, and this is on the path of every turn. The name in field 2 may hold ") " and newlines.
  stat=
  while IFS= read -r line || [ -n "$line" ]; do stat="$stat $line"; done < /proc/$$/stat
  read -r boot < /proc/sys/kernel/random/boot_id
  fields=${stat##*) }
  command_count=$#
  # Positional parameters split the fields (a letter and numbers, nothing to glob); the command waits behind them.
  set -- $fields --- "$@"
  start=${20}
  while [ "$1" != --- ]; do shift; done
  shift
  [ $# -eq "$command_count" ] || exit 98
else
  start=$(LC_ALL=C TZ=UTC ps -o lstart= -p $$ | tr -s ' ' '_' | sed 's/^_//; s/_$//')
  boot=$(sysctl -n kern.bootsessionuuid)
fi
[ -n "$start" ] && [ -n "$boot" ] || exit 98

# A lock on the turn's directory, which the command inherits: a process in another container, which cannot see this one, learns
# from it when it is gone (runner/claude/child-elsewhere.ts). Taken while the word is waited for, so no turn waits for it.
place=${AGENT_RUNNER_PLACE-}
stays=${AGENT_RUNNER_STAYS-}
unset AGENT_RUNNER_PLACE AGENT_RUNNER_STAYS
lock=
if [ -n "$place" ] && command -v flock > /dev/null 2>&1; then
  if command exec 9< . && flock -n 9 2> /dev/null; then lock=" flock:${place##* }"; else exec 9<&-; fi
fi
place=${place% *}

IFS= read -r word
[ "$word" = go ] || exit 95
[ -d "$work/." ] || exit 94
printf '%s %s %s%s%s\n' "$$" "$start" "$boot" "${place:+ $place}" "$lock" > "launch.$$" || exit 98
# In the C locale: it need not read a dozen files about languages first.
LC_ALL=C ln "launch.$$" child 2>/dev/null || exit 97
[ ! -e stop ] || exit 96
# With `command`, or a redirection that fails ends this shell with a code of its own.
command exec >> stream.jsonl 2>> stderr || exit 98
# A resident goes on reading what this shell read its word from.
[ -n "$stays" ] || command exec < input.jsonl || exit 98
CDPATH= cd -P -- "$work" || exit 94
unset OLDPWD
exec "$@"
