#!/bin/sh
# Claude Code 2.1.332: a plugin brings an MCP server, and --mcp-config names another server, under another name, with the same command line.
# Only the latter is there: the init line does not list the plugin's, not even as failed, and nothing is said on stderr. Once the command
# lines differ by one argument, both are listed. Whoever allows the plugin's tools by their names finds none of them. Seen on Linux, 2026-11-30.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts @anthropic-ai/claude-code@2.1.332
node node_modules/@anthropic-ai/claude-code/install.cjs >/dev/null
mkdir -p home work plugin/.claude-plugin
echo '{"name":"bringer","version":"1.0.0","description":"Brings a server."}' >plugin/.claude-plugin/plugin.json
# Answers initialize, and has no tools.
cat >server.cjs <<'JS'
require('readline').createInterface({ input: process.stdin }).on('line', line => {
  const { id, method, params } = JSON.parse(line);
  if (id === undefined) return;
  const known = { initialize: { protocolVersion: params?.protocolVersion, capabilities: { tools: {} }, serverInfo: { name: 's', version: '1' } }, 'tools/list': { tools: [] } };
  const answer = known[method] ? { result: known[method] } : { error: { code: -32601, message: 'unknown' } };
  console.log(JSON.stringify({ jsonrpc: '2.0', id, ...answer }));
});
JS
server() { printf '{"mcpServers":{"%s":{"command":"node","args":["%s/server.cjs"%s],"alwaysLoad":true}}}' "$1" "$dir" "$2"; }
server brought '' >plugin/.mcp.json
listed() {
  server other "$1" >other.json
  (cd work && env -i HOME="$dir/home" PATH="$PATH" ANTHROPIC_API_KEY=none ANTHROPIC_BASE_URL=http://127.0.0.1:9 CLAUDE_CODE_MAX_RETRIES=0 \
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC=1 DISABLE_AUTOUPDATER=1 "$dir/node_modules/.bin/claude" -p --verbose --output-format stream-json \
    "--plugin-dir=$dir/plugin" "--mcp-config=$dir/other.json" hello) >answer 2>stderr </dev/null || true
  node -e '
    const lines = require("fs").readFileSync("answer", "utf8").trim().split("\n").map(line => JSON.parse(line));
    const { mcp_servers } = lines.find(({ subtype }) => subtype === "init");
    const names = mcp_servers.map(({ name }) => name).sort().join(", ");
    console.log(`${process.argv[1]}: ${names}; stderr: ${require("fs").statSync("stderr").size} bytes`);' "$2"
}
{ listed '' 'the same command line'; listed ',"more"' 'one argument more'; } | tee seen
cat >expected <<'TEXT'
the same command line: other; stderr: 0 bytes
one argument more: other, plugin:bringer:brought; stderr: 0 bytes
TEXT
diff expected seen
