#!/bin/sh
# Becomes the claude of a turn, if nobody else has. Three lines on stdin say which: the turn's directory, the name of its order
# there, and a word. It may wait for the first one for hours; without all of them (the turn is off, or the runner is dead) it ends,
# and has done nothing but write its identity down, in ./launch.<pid>.
# It goes into the turn's directory once, and knows it as "." from then on: the agent may be removed, and another of that name be
# added, while it waits. In the turn of that one there is no order of this name.
# The order is for this shell (runner/claude/order.ts): $work, where the command works; $place, $stays and $terminal, as below; variables of this
# turn; the command, as positional parameters.
# The link ./child decides, before anything starts: the process that has this name is the turn's one child, or has sealed the turn.
# The word "linked" says that the runner has made it for this process (blackboard/turns/turns.ts, linkChild); after "go", where the
# identity was not written in time, this shell makes it. Without ./stream.jsonl no claude has come of it.
# exec keeps pid and start time, so what is written here stays true of the claude. One line, as in blackboard/system/process-identity.ts:
# "pid startTime bootId[ place[ flock:device]]". Exit codes: 95 not told to go, 96 a stop was asked for, 97 the name is taken, 98 the identity
# cannot be read or written, 126 and 127 the command cannot be run (the reason is in ./stderr), 94 no such working directory; otherwise those of the command.
umask 077

if [ -r /proc/sys/kernel/random/boot_id ]; then
  # No fork: $(...) costs a process. The name in field 2 may hold ") " and newlines.
  stat=
  while IFS= read -r line || [ -n "$line" ]; do stat="$stat $line"; done < /proc/$$/stat
  read -r boot < /proc/sys/kernel/random/boot_id
  # Positional parameters split the fields (a letter and numbers, nothing to glob).
  set -- ${stat##*) }
  start=${20}
else
  start=$(LC_ALL=C TZ=UTC ps -o lstart= -p $$ | tr -s ' ' '_' | sed 's/^_//; s/_$//')
  boot=$(sysctl -n kern.bootsessionuuid)
fi
[ -n "$start" ] && [ -n "$boot" ] || exit 98

IFS= read -r turn || exit 95
CDPATH= cd -P -- "$turn" 2> /dev/null || exit 95
# A lock on the turn's directory, which the command inherits: a process in another container, which cannot see this one, learns
# from it when it is gone (runner/claude/child-elsewhere.ts). Taken while the order is waited for, so no turn waits for it.
locked=
if command -v flock > /dev/null 2>&1; then
  if command exec 9< . && flock -n 9 2> /dev/null; then locked=1; else exec 9<&-; fi
fi

IFS= read -r order && [ -r "./$order" ] || exit 95
. "./$order"
lock=${locked:+${place:+ flock:${place##* }}}
printf '%s %s %s%s%s\n' "$$" "$start" "$boot" "${place:+ ${place% *}}" "$lock" > "launch.$$" || exit 98
IFS= read -r word
case $word in go | linked) ;; *) exit 95 ;; esac
[ -d "$work/." ] || exit 94
# In the C locale: it need not read a dozen files about languages first.
[ "$word" = linked ] || LC_ALL=C ln "launch.$$" child 2>/dev/null || exit 97
[ ! -e stop ] || exit 96
# With `command`, or a redirection that fails ends this shell with a code of its own.
if [ -n "$terminal" ]; then
  # For a person: a terminal is open both ways.
  command exec <&1 || exit 98
else
  command exec >> stream.jsonl 2>> stderr || exit 98
  # A resident goes on reading what this shell read its word from.
  [ -n "$stays" ] || command exec < input.jsonl || exit 98
fi
CDPATH= cd -P -- "$work" || exit 94
unset OLDPWD
exec "$@"
