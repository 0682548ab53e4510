#!/bin/sh
# Claude Code: a line on stdin with `"client_composed": true` is meant to reach the model as it is written. 2.1.332 does so: with no API
# to ask, its turn ends in an error of the API. 2.1.240 accepts the flag without a word and runs the text as its own slash command. No
# capability that either announces in its init line says which of the two it does. Seen on Linux, 2026-11-30.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
mkdir -p work
ask() {
  mkdir -p "$1/home" && cd "$1"
  npm init -y >/dev/null
  npm install --silent --no-audit --no-fund --ignore-scripts "@anthropic-ai/claude-code@$1"
  node node_modules/@anthropic-ai/claude-code/install.cjs >/dev/null
  printf '%s\n' '{"type":"user","message":{"role":"user","content":"/cost"},"client_composed":true}' |
    (cd ../work && env -i HOME="$dir/$1/home" PATH="$PATH" ANTHROPIC_API_KEY=none ANTHROPIC_BASE_URL=http://127.0.0.1:9 \
      CLAUDE_CODE_MAX_RETRIES=0 CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC=1 DISABLE_AUTOUPDATER=1 "$dir/$1/node_modules/.bin/claude" \
      -p --verbose --input-format stream-json --output-format stream-json) >answer || true
  node -e '
    const lines = require("fs").readFileSync("answer", "utf8").trim().split("\n").map(line => JSON.parse(line));
    const { capabilities = [] } = lines.find(({ subtype }) => subtype === "init");
    const { num_turns, is_error, terminal_reason = null } = lines.find(({ type }) => type === "result");
    const announced = capabilities.filter(name => /compos/.test(name));
    console.log(process.argv[1] + ": " + JSON.stringify({ num_turns, is_error, terminal_reason, announced }));' "$1"
  cd ..
}
for version in 2.1.240 2.1.332; do ask $version; done | tee seen
cat >expected <<'TEXT'
2.1.240: {"num_turns":0,"is_error":false,"terminal_reason":null,"announced":[]}
2.1.332: {"num_turns":1,"is_error":true,"terminal_reason":"api_error","announced":[]}
TEXT
diff expected seen
