#!/bin/sh
# Claude Code 2.1.332: MCP lets a server's prompt be several messages, each of the user or of the assistant, as an example of question and
# answer is. As a slash command of claude all of them reach the model as blocks of one message of the user: what the assistant is meant to
# have answered reads as the user's own words. Seen on Linux, 2026-11-30.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts @anthropic-ai/claude-code@2.1.332
node node_modules/@anthropic-ai/claude-code/install.cjs >/dev/null
mkdir home work
cat >server.cjs <<'JS'
const message = (role, text) => ({ role, content: { type: 'text', text } });
const known = {
  initialize: ({ protocolVersion }) => ({ protocolVersion, capabilities: { prompts: {} }, serverInfo: { name: 's', version: '1' } }),
  'prompts/list': () => ({ prompts: [{ name: 'classify' }] }),
  'prompts/get': () => ({ messages: [message('user', 'Example: the disk is full.'), message('assistant', 'Example: urgent.'), message('user', 'Now: the fan is loud.')] }),
};
require('readline').createInterface({ input: process.stdin }).on('line', line => {
  const { id, method, params } = JSON.parse(line);
  if (id === undefined) return;
  const answer = known[method] ? { result: known[method](params) } : { error: { code: -32601, message: 'unknown' } };
  console.log(JSON.stringify({ jsonrpc: '2.0', id, ...answer }));
});
JS
cat >run.cjs <<'JS'
const { createServer } = require('node:http');
const { spawn } = require('node:child_process');
const bodies = [];
const events = [
  ['message_start', { message: { id: 'msg_1', type: 'message', role: 'assistant', model: 'claude-opus-5-5', content: [], stop_reason: null, usage: { input_tokens: 1, output_tokens: 1 } } }],
  ['content_block_start', { index: 0, content_block: { type: 'text', text: '' } }],
  ['content_block_delta', { index: 0, delta: { type: 'text_delta', text: 'ok' } }],
  ['content_block_stop', { index: 0 }],
  ['message_delta', { delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 1 } }],
  ['message_stop', {}],
];
const server = createServer((request, response) => {
  let body = '';
  request.on('data', chunk => (body += chunk));
  request.on('end', () => {
    if (!/^\/v1\/messages(\?|$)/.test(request.url)) return response.writeHead(404).end();
    bodies.push(JSON.parse(body));
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    for (const [type, rest] of events) response.write(`event: ${type}\ndata: ${JSON.stringify({ type, ...rest })}\n\n`);
    response.end();
  });
}).listen(0, '127.0.0.1', async () => {
  const env = { HOME: `${process.cwd()}/home`, PATH: process.env.PATH, ANTHROPIC_API_KEY: 'none', CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1', DISABLE_AUTOUPDATER: '1', ANTHROPIC_BASE_URL: `http://127.0.0.1:${server.address().port}` };
  const servers = JSON.stringify({ mcpServers: { desk: { command: 'node', args: [`${process.cwd()}/server.cjs`], alwaysLoad: true } } });
  const claude = spawn('../node_modules/.bin/claude', ['-p', `--mcp-config=${servers}`], { cwd: 'work', env, stdio: ['pipe', 'ignore', 'inherit'] });
  claude.stdin.end('/mcp__desk__classify');
  await new Promise(done => claude.on('close', done));
  const words = new Map();
  for (const { role, content } of bodies.flatMap(({ messages }) => messages))
    for (const { text } of Array.isArray(content) ? content : [{ text: content }])
      if (/^(Example|Now): /.test(text)) words.set(text, role);
  for (const [text, role] of words) console.log(`${role}: ${text}`);
  server.close();
});
JS
node_modules/.bin/claude --version
node run.cjs | tee seen
cat >expected <<'TEXT'
user: Example: the disk is full.
user: Example: urgent.
user: Now: the fan is loud.
TEXT
diff expected seen
