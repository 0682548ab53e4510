#!/bin/sh
# tmux 3.3a: `wait-for -S NAME` before anybody waits is remembered: the next `wait-for NAME` ends at once. A second signal before anybody
# waits takes the first one back: then the wait goes on as if nothing had been signalled. Where two programs may report one thing, or one
# reports it again to be sure, whoever waits may never learn it. Needs tmux (`apt-get install tmux`). Seen on Debian 12, 2026-11-30.
set -eu
command -v tmux >/dev/null || { echo "needs tmux: apt-get install tmux" >&2; exit 2; }
dir=$(mktemp -d)
t() { tmux -S "$dir/socket" -f /dev/null "$@"; }
trap 't kill-server 2>/dev/null; rm -rf "$dir"' EXIT
tmux -V
t new-session -d cat
for signals in 1 2 3; do
  for _ in $(seq $signals); do t wait-for -S "done-$signals"; done
  t wait-for "done-$signals" &
  waiting=$!
  sleep 2
  if kill -0 $waiting 2>/dev/null; then
    echo "$signals before the wait: it waits on"
    t wait-for -S "done-$signals"
  else
    echo "$signals before the wait: it ends"
  fi
  wait $waiting
done | tee "$dir/seen"
cat >"$dir/expected" <<'TEXT'
1 before the wait: it ends
2 before the wait: it waits on
3 before the wait: it ends
TEXT
diff "$dir/expected" "$dir/seen"
