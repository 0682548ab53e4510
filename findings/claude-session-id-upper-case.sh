#!/bin/sh
# Claude Code 2.1.332: a session that was begun with `--session-id` in upper case, as uuidgen writes it on macOS, is not found by
# `--resume` in lower case, as most programs and databases write a UUID: "No conversation found". The id in lower case is free for
# another session, though both spell one UUID. Write ids in lower case before they are given. Seen on Linux, 2026-11-30.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts @anthropic-ai/claude-code@2.1.332
node node_modules/@anthropic-ai/claude-code/install.cjs >/dev/null
mkdir home work
# No API answers: a session that there is ends in an error of the API, one that there is not does not get so far.
ask() {
  (cd work && echo hello | env -i HOME="$dir/home" PATH="$PATH" ANTHROPIC_API_KEY=none ANTHROPIC_BASE_URL=http://127.0.0.1:9 CLAUDE_CODE_MAX_RETRIES=0 \
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC=1 DISABLE_AUTOUPDATER=1 "$dir/node_modules/.bin/claude" -p "$@" 2>&1) >said || true
  echo "$*: $(grep -oE 'API Error|No conversation found|already in use' said | head -n 1)"
}
node_modules/.bin/claude --version
{
  ask --session-id C0FFEE00-1234-4ABC-8DEF-001122334455
  ask --resume C0FFEE00-1234-4ABC-8DEF-001122334455
  ask --resume c0ffee00-1234-4abc-8def-001122334455
  ask --session-id c0ffee00-1234-4abc-8def-001122334455
} | tee seen
cat >expected <<'TEXT'
--session-id C0FFEE00-1234-4ABC-8DEF-001122334455: API Error
--resume C0FFEE00-1234-4ABC-8DEF-001122334455: API Error
--resume c0ffee00-1234-4abc-8def-001122334455: No conversation found
--session-id c0ffee00-1234-4abc-8def-001122334455: API Error
TEXT
diff expected seen
