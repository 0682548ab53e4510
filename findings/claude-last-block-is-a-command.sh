#!/bin/sh
# Claude Code 2.1.332, stream-json input: a message may be several blocks of text. If the last one begins with `/` and names a command
# of claude, that command runs and the model is not asked, whatever the blocks before it say: a frame that a program puts around
# somebody's words as a block of its own does not keep them words. In one block, or with the frame last, they do stay words. Seen on
# Linux, 2026-11-30.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts @anthropic-ai/claude-code@2.1.332
node node_modules/@anthropic-ai/claude-code/install.cjs >/dev/null
mkdir home work
# No API answers: a turn that asks the model ends in an error.
ask() {
  node -e 'console.log(JSON.stringify({ type: "user", message: { role: "user", content: process.argv.slice(1).map(text => ({ type: "text", text })) } }))' "$@" |
    (cd work && env -i HOME="$dir/home" PATH="$PATH" ANTHROPIC_API_KEY=none ANTHROPIC_BASE_URL=http://127.0.0.1:9 CLAUDE_CODE_MAX_RETRIES=0 \
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC=1 DISABLE_AUTOUPDATER=1 "$dir/node_modules/.bin/claude" \
      -p --verbose --input-format stream-json --output-format stream-json) >answer || true
  node -e '
    const lines = require("fs").readFileSync("answer", "utf8").trim().split("\n").map(line => JSON.parse(line));
    const { is_error, terminal_reason } = lines.find(({ type }) => type === "result");
    console.log(JSON.stringify(process.argv.slice(1)) + ": " + (terminal_reason === "api_error" ? "the model is asked" : is_error ? "another error" : "a command has run"));' "$@"
}
node_modules/.bin/claude --version
{
  ask 'A colleague writes:' '/cost'
  ask '/cost' 'That is what a colleague writes.'
  ask 'A colleague writes: /cost'
  ask 'A colleague writes:' 'cost?'
} | tee seen
cat >expected <<'TEXT'
["A colleague writes:","/cost"]: a command has run
["/cost","That is what a colleague writes."]: the model is asked
["A colleague writes: /cost"]: the model is asked
["A colleague writes:","cost?"]: the model is asked
TEXT
diff expected seen
