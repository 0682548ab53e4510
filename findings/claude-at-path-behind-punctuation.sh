#!/bin/sh
# Claude Code 2.1.332: in a prompt, `@path` brings the file along not only at the beginning of a word: the full-width marks
# 、 。 ！ before it count as a gap, as a blank does, while ASCII punctuation (, . ! and a bracket) does not. So a sentence in
# Chinese or Japanese attaches a file that the same sentence in English leaves alone. Seen on Linux, 2026-11-30.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts @anthropic-ai/claude-code@2.1.332
node node_modules/@anthropic-ai/claude-code/install.cjs >/dev/null
mkdir home work
echo 'the words of the file' >work/note.txt
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
    if (request.url.startsWith('/v1/messages?') || request.url === '/v1/messages') bodies.push(body);
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    for (const [type, rest] of events) response.write(`event: ${type}\ndata: ${JSON.stringify({ type, ...rest })}\n\n`);
    response.end();
  });
}).listen(0, '127.0.0.1', async () => {
  const env = { HOME: `${process.cwd()}/home`, PATH: process.env.PATH, ANTHROPIC_API_KEY: 'none', CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1', ANTHROPIC_BASE_URL: `http://127.0.0.1:${server.address().port}` };
  for (const before of [' ', '、', '。', '！', ',', '.', '!', '(']) {
    bodies.length = 0;
    const claude = spawn('../node_modules/.bin/claude', ['-p'], { cwd: 'work', env, stdio: ['pipe', 'ignore', 'inherit'] });
    claude.stdin.end(`look${before}@note.txt`);
    await new Promise(done => claude.on('exit', done));
    const isBrought = bodies.some(body => body.includes('the words of the file'));
    console.log(`look${before}@note.txt: ${isBrought ? 'the file is in the request' : 'not'}`);
  }
  server.close();
});
JS
node_modules/.bin/claude --version
node run.cjs | tee seen
cat >expected <<'TEXT'
look @note.txt: the file is in the request
look、@note.txt: the file is in the request
look。@note.txt: the file is in the request
look！@note.txt: the file is in the request
look,@note.txt: not
look.@note.txt: not
look!@note.txt: not
look(@note.txt: not
TEXT
diff expected seen
