#!/bin/sh
# Claude Code 2.1.332: MCP allows dots in the names of tools, claude makes each of them a `_`. Of two tools that differ in nothing else,
# and of two servers with a tool of one name each, one is left; both servers are listed as connected, and nothing is said on
# stderr. Seen on Linux, 2026-11-30.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts @anthropic-ai/claude-code@2.1.332
node node_modules/@anthropic-ai/claude-code/install.cjs >/dev/null
mkdir home work
# Has the tools that its arguments name.
cat >server.cjs <<'JS'
const tools = process.argv.slice(2).map(name => ({ name, description: name, inputSchema: { type: 'object' }, _meta: { 'anthropic/alwaysLoad': true } }));
require('readline').createInterface({ input: process.stdin }).on('line', line => {
  const { id, method, params } = JSON.parse(line);
  if (id === undefined) return;
  const known = { initialize: { protocolVersion: params?.protocolVersion, capabilities: { tools: {} }, serverInfo: { name: 's', version: '1' } }, 'tools/list': { tools } };
  const answer = known[method] ? { result: known[method] } : { error: { code: -32601, message: 'unknown' } };
  console.log(JSON.stringify({ jsonrpc: '2.0', id, ...answer }));
});
JS
# Arguments: name of a server, its tools in JSON; and so on.
listed() {
  node -e '
    const server = (tools) => ({ command: "node", args: [process.argv[1] + "/server.cjs", ...JSON.parse(tools)], alwaysLoad: true });
    const servers = {};
    for (let at = 2; at < process.argv.length; at += 2) servers[process.argv[at]] = server(process.argv[at + 1]);
    console.log(JSON.stringify({ mcpServers: servers }));' "$dir" "$@" >servers.json
  (cd work && env -i HOME="$dir/home" PATH="$PATH" ANTHROPIC_API_KEY=none ANTHROPIC_BASE_URL=http://127.0.0.1:9 CLAUDE_CODE_MAX_RETRIES=0 \
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC=1 DISABLE_AUTOUPDATER=1 "$dir/node_modules/.bin/claude" -p --verbose --output-format stream-json \
    "--mcp-config=$dir/servers.json" hello) >answer 2>stderr </dev/null || true
  node -e '
    const lines = require("fs").readFileSync("answer", "utf8").trim().split("\n").map(line => JSON.parse(line));
    const { mcp_servers, tools } = lines.find(({ subtype }) => subtype === "init");
    const servers = mcp_servers.map(({ name, status }) => `${name} ${status}`).sort().join(", ");
    console.log(`${servers}: ${tools.filter(name => name.startsWith("mcp__")).join(", ")}; stderr: ${require("fs").statSync("stderr").size} bytes`);'
}
{
  listed files '["read.all","read_all","write"]'
  listed team.a '["send","from-a"]' team_a '["send","from-the-other"]'
} | tee seen
cat >expected <<'TEXT'
files connected: mcp__files__read_all, mcp__files__write; stderr: 0 bytes
team.a connected, team_a connected: mcp__team_a__from-a, mcp__team_a__from-the-other, mcp__team_a__send; stderr: 0 bytes
TEXT
diff expected seen
