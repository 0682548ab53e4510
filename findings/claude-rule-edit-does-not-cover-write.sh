#!/bin/sh
# Claude Code 2.1.332: a rule `Edit(path)` counts for every tool that changes files: `Edit(**)` lets Write make a file in the working directory.
# `Edit` without a path, which looks like more, is a rule for the tool Edit alone: Write is denied, where nobody is asked. List `Edit(**)`, or
# both names. Seen on Linux, 2026-11-30.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts @anthropic-ai/claude-code@2.1.332
node node_modules/@anthropic-ai/claude-code/install.cjs >/dev/null
mkdir home work
# A model that calls Write once, then answers.
cat >run.cjs <<'JS'
const { createServer } = require('node:http');
const { spawn } = require('node:child_process');
let asked = 0;
const server = createServer((request, response) => {
  request.resume().on('end', () => {
    if (!/^\/v1\/messages(\?|$)/.test(request.url)) return response.writeHead(404).end();
    const isOver = ++asked > 1;
    const block = isOver ? { type: 'text', text: '' } : { type: 'tool_use', id: 'toolu_1', name: 'Write', input: {} };
    const delta = isOver ? { type: 'text_delta', text: 'done' } : { type: 'input_json_delta', partial_json: JSON.stringify({ file_path: `${process.cwd()}/work/new.txt`, content: 'new' }) };
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
  const { existsSync, rmSync } = require('node:fs');
  const env = { HOME: `${process.cwd()}/home`, PATH: process.env.PATH, ANTHROPIC_API_KEY: 'none', CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1', DISABLE_AUTOUPDATER: '1', ANTHROPIC_BASE_URL: `http://127.0.0.1:${server.address().port}` };
  for (const rule of ['Edit', 'Edit(**)', 'Edit(new.txt)', 'Write']) {
    asked = 0;
    rmSync('work/new.txt', { force: true });
    const settings = JSON.stringify({ permissions: { allow: [rule] } });
    const claude = spawn('../node_modules/.bin/claude', ['-p', '--permission-mode=manual', `--settings=${settings}`], { cwd: 'work', env, stdio: ['pipe', 'ignore', 'inherit'] });
    claude.stdin.end('write it');
    await new Promise(done => claude.on('close', done));
    console.log(`${rule}: ${existsSync('work/new.txt') ? 'written' : 'denied'}`);
  }
  server.close();
});
JS
node_modules/.bin/claude --version
node run.cjs | tee seen
cat >expected <<'TEXT'
Edit: denied
Edit(**): written
Edit(new.txt): written
Write: written
TEXT
diff expected seen
