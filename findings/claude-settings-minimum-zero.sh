#!/bin/sh
# Claude Code 2.1.332: a settings.json with `cleanupPeriodDays: 0` is dropped whole, its permissions with it, and the reason given
# contradicts the value: it must be greater than or equal to 0. `-p` says nothing of it on its own; the control request
# `get_settings` tells, without an account and without a request to a model. Seen on Linux, 2026-11-30.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts @anthropic-ai/claude-code@2.1.332
node node_modules/@anthropic-ai/claude-code/install.cjs >/dev/null
mkdir -p home/.claude work
ask() {
  printf '%s\n' '{"type":"control_request","request_id":"1","request":{"subtype":"get_settings"}}' |
    (cd work && env -i HOME="$dir/home" PATH="$PATH" ANTHROPIC_API_KEY=none ANTHROPIC_BASE_URL=http://127.0.0.1:9 \
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC=1 "$dir/node_modules/.bin/claude" -p --verbose \
      --input-format stream-json --output-format stream-json) >answer
  node -e '
    const lines = require("fs").readFileSync("answer", "utf8").trim().split("\n").map(line => JSON.parse(line));
    const { effective, errors } = lines.find(({ type }) => type === "control_response").response.response;
    console.log(JSON.stringify({ allow: effective?.permissions?.allow ?? null, errors: (errors ?? []).map(({ path, message }) => path + ": " + message) }));'
}
node_modules/.bin/claude --version
for days in 1 0; do
  printf '{"cleanupPeriodDays":%s,"permissions":{"allow":["WebSearch"]}}\n' $days >home/.claude/settings.json
  echo "$days: $(ask)"
done | tee seen
cat >expected <<'TEXT'
1: {"allow":["WebSearch"],"errors":[]}
0: {"allow":null,"errors":["cleanupPeriodDays: Number must be greater than or equal to 0"]}
TEXT
diff expected seen
