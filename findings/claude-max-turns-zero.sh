#!/bin/sh
# Claude Code 2.1.332: `--max-turns 0` is no limit at all, where a wrapper that hands on what is left of its own limit means "none":
# all turns are made. Every other number below two makes one, a negative one as well, though `--max-budget-usd 0` is refused as
# "must be a number greater than 0". Seen on Linux, 2026-11-30.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts @anthropic-ai/claude-code@2.1.332
node node_modules/@anthropic-ai/claude-code/install.cjs >/dev/null
mkdir home work
echo text >work/note.txt
# A model that reads the file four times, then answers.
cat >run.cjs <<'JS'
const { createServer } = require('node:http');
const { spawn } = require('node:child_process');
let asked = 0;
const server = createServer((request, response) => {
  request.resume().on('end', () => {
    if (!/^\/v1\/messages(\?|$)/.test(request.url)) return response.writeHead(404).end();
    const isOver = ++asked > 4;
    const block = isOver ? { type: 'text', text: '' } : { type: 'tool_use', id: `toolu_${asked}`, name: 'Read', input: {} };
    const delta = isOver ? { type: 'text_delta', text: 'done' } : { type: 'input_json_delta', partial_json: JSON.stringify({ file_path: `${process.cwd()}/work/note.txt` }) };
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    for (const [type, rest] of [
      ['message_start', { message: { id: `msg_${asked}`, type: 'message', role: 'assistant', model: 'claude-opus-5-5', content: [], stop_reason: null, usage: { input_tokens: 1, output_tokens: 1 } } }],
      ['content_block_start', { index: 0, content_block: block }],
      ['content_block_delta', { index: 0, delta }],
      ['content_block_stop', { index: 0 }],
      ['message_delta', { delta: { stop_reason: isOver ? 'end_turn' : 'tool_use' }, usage: { output_tokens: 1 } }],
      ['message_stop', {}],
    ]) response.write(`event: ${type}\ndata: ${JSON.stringify({ type, ...rest })}\n\n`);
    response.end();
  });
}).listen(0, '127.0.0.1', async () => {
  const env = { HOME: `${process.cwd()}/home`, PATH: process.env.PATH, ANTHROPIC_API_KEY: 'none', CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1', DISABLE_AUTOUPDATER: '1', ANTHROPIC_BASE_URL: `http://127.0.0.1:${server.address().port}` };
  for (const limit of ['--max-turns=2', '--max-turns=1', '--max-turns=0', '--max-turns=-1', '--max-budget-usd=0']) {
    asked = 0;
    const claude = spawn('../node_modules/.bin/claude', ['-p', '--verbose', '--output-format=stream-json', limit], { cwd: 'work', env, stdio: ['pipe', 'pipe', 'ignore'] });
    claude.stdin.end('read it');
    let said = '';
    claude.stdout.on('data', data => (said += data));
    const code = await new Promise(done => claude.on('close', done));
    const result = said.split('\n').filter(Boolean).map(line => JSON.parse(line)).find(({ type }) => type === 'result');
    console.log(`${limit}: exit ${code}, ${asked} requests, ${result?.subtype ?? 'no result'}`);
  }
  server.close();
});
JS
node_modules/.bin/claude --version
node run.cjs | tee seen
cat >expected <<'TEXT'
--max-turns=2: exit 1, 2 requests, error_max_turns
--max-turns=1: exit 1, 1 requests, error_max_turns
--max-turns=0: exit 0, 5 requests, success
--max-turns=-1: exit 1, 1 requests, error_max_turns
--max-budget-usd=0: exit 1, 0 requests, no result
TEXT
diff expected seen
