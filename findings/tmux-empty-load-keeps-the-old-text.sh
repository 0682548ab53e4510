#!/bin/sh
# tmux 3.3a: `load-buffer -b NAME -` with nothing on stdin ends with 0 and leaves the buffer as it was, and so does `set-buffer -b NAME ''`: a
# program that loads a text and pastes it pastes the last one again when the text is empty. Delete the buffer first, or paste with -d, which
# takes it away: then pasting a buffer that is not there is an error. Needs tmux (`apt-get install tmux`). Seen on Debian 12, 2026-11-30.
set -eu
command -v tmux >/dev/null || { echo "needs tmux: apt-get install tmux" >&2; exit 2; }
dir=$(mktemp -d)
t() { tmux -S "$dir/socket" -f /dev/null "$@"; }
trap 't kill-server 2>/dev/null; rm -rf "$dir"' EXIT
tmux -V
t new-session -d -x 80 -y 24 cat
{
  printf 'the first text' | t load-buffer -b message -
  printf '' | t load-buffer -b message - && echo "load: exit 0, the buffer holds: $(t show-buffer -b message)"
  t set-buffer -b message '' && echo "set: exit 0, the buffer holds: $(t show-buffer -b message)"
  t delete-buffer -b message
  printf '' | t load-buffer -b message - && echo "load, deleted before: exit 0"
  t paste-buffer -b message 2>&1 || echo "paste: exit $?"
} | tee "$dir/seen"
cat >"$dir/expected" <<'TEXT'
load: exit 0, the buffer holds: the first text
set: exit 0, the buffer holds: the first text
load, deleted before: exit 0
no buffer message
paste: exit 1
TEXT
diff "$dir/expected" "$dir/seen"
