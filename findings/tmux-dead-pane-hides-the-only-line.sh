#!/bin/sh
# tmux 3.3a: a pane with remain-on-exit whose program has written one line and ended shows "Pane is dead", and has scrolled by one line for it,
# however empty the rest of the screen is: the one line that says why the program ended is no longer on the screen. `capture-pane -p`
# gives everything but the reason; with `-S -` it is there. Needs tmux (`apt-get install tmux`). Seen on Debian 12, 2026-11-30.
set -eu
command -v tmux >/dev/null || { echo "needs tmux: apt-get install tmux" >&2; exit 2; }
dir=$(mktemp -d)
t() { tmux -S "$dir/socket" -f /dev/null "$@"; }
trap 't kill-server 2>/dev/null; rm -rf "$dir"' EXIT
tmux -V
t new-session -d -x 80 -y 24 'sleep 600'
t set-option -g remain-on-exit on
pane=$(t new-window -dP -F '#{pane_id}' 'echo "no such file: settings.json"; exit 3')
until [ "$(t display-message -p -t "$pane" '#{pane_dead}')" = 1 ]; do sleep 0.1; done
sleep 1
{
  echo "on the screen: $(t capture-pane -p -t "$pane" | grep -c 'no such file' || true)"
  echo "with what was scrolled away: $(t capture-pane -p -S - -t "$pane" | grep -c 'no such file' || true)"
  echo "lines of 24 that are empty: $(t capture-pane -p -t "$pane" | grep -c '^$' || true)"
} | tee "$dir/seen"
cat >"$dir/expected" <<'TEXT'
on the screen: 0
with what was scrolled away: 1
lines of 24 that are empty: 23
TEXT
diff "$dir/expected" "$dir/seen"
