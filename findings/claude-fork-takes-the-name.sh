#!/bin/sh
# Claude Code 2.1.332: `-p --resume NAME --fork-session` makes a copy that is called NAME, too. From then on NAME is refused as
# ambiguous: the same command works once, and nobody can go on with the original by its name either. A fork that is given a name
# of its own with -n leaves the original's alone. Seen on Linux, 2026-11-30.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts @anthropic-ai/claude-code@2.1.332
node node_modules/@anthropic-ai/claude-code/install.cjs >/dev/null
mkdir home work
# No API answers: a session that is found ends in an error of the API, a name that is refused does not get so far.
ask() {
  (cd work && echo hello | env -i HOME="$dir/home" PATH="$PATH" ANTHROPIC_API_KEY=none ANTHROPIC_BASE_URL=http://127.0.0.1:9 CLAUDE_CODE_MAX_RETRIES=0 \
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC=1 DISABLE_AUTOUPDATER=1 "$dir/node_modules/.bin/claude" -p "$@" 2>&1) >said || true
  echo "$*: $(grep -oE 'API Error|matches 2 sessions|does not match any' said | head -n 1)"
}
node_modules/.bin/claude --version
{
  ask -n base
  ask --resume base --fork-session -n child
  ask --resume base --fork-session
  ask --resume base --fork-session
  ask --resume base
} | tee seen
cat >expected <<'TEXT'
-n base: API Error
--resume base --fork-session -n child: API Error
--resume base --fork-session: API Error
--resume base --fork-session: matches 2 sessions
--resume base: matches 2 sessions
TEXT
diff expected seen
