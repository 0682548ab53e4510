// Prints what the board and the hooks cost; asserts nothing. node test/bench/board.mjs [dist] (default: dist/)
// Loops run in sh, so that a start costs what it costs a shell; medians of rounds, the rivals in turn. Read the ratios.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const dist = resolve(process.argv[2] ?? 'dist');
const node = process.execPath;
const SESSION = '963bf434-039c-4310-b9b7-061eef298631';
const SEGMENT_BYTES = 8 * 1024 * 1024;

const median = values => values.sort((a, b) => a - b)[values.length >> 1];

/** Milliseconds of one command of each loop, in turn. */
function race(commands, { times, rounds }, env) {
  const found = Object.fromEntries(Object.keys(commands).map(name => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const [name, command] of Object.entries(commands)) {
      const loop = `i=0; while [ $i -lt ${times} ]; do ${command}; i=$((i+1)); done`;
      const before = process.hrtime.bigint();
      const end = spawnSync('/bin/sh', ['-c', loop], { env, stdio: ['ignore', 'ignore', 'inherit'] });
      if (end.status !== 0) throw new Error(`${name}: exit ${end.status}`);
      found[name].push(Number(process.hrtime.bigint() - before) / 1e6 / times);
    }
  }
  return Object.fromEntries(Object.entries(found).map(([name, values]) => [name, median(values)]));
}

/** A board of that many entries, written straight into its segments; the session has seen all of it but `unseen`. */
function makeBoard(place, count, unseen, deadSessions) {
  const root = join(place, `root-${count}-${unseen}-${deadSessions}`);
  execFileSync(node, [join(dist, 'cli.js'), '--root', root, 'init'], { stdio: 'ignore' });
  const board = join(root, 'board');
  let [segment, lines, bytes, cursor] = [1, [], 0, '1:0'];
  const file = () => join(board, `${String(segment).padStart(6, '0')}.jsonl`);
  for (let at = 0; at < count; at++) {
    if (at === count - unseen) cursor = `${segment}:${bytes}`;
    const id = `0199b1e7-${String(at % 10_000).padStart(4, '0')}-7000-8000-${String(at).padStart(12, '0')}`;
    const line = `{"id":"${id}","at":"2026-11-21T03:00:00.000Z","from":"w","kind":"note","text":"entry ${at} of many, as long as such a line is"}\n`;
    lines.push(line);
    bytes += line.length;
    if (bytes < SEGMENT_BYTES || at >= count - unseen) continue;
    writeFileSync(file(), `${lines.join('')}{"seal":${segment}}\n`);
    mkdirSync(join(board, 'sealed', String(segment)));
    [segment, lines, bytes] = [segment + 1, [], 0];
  }
  writeFileSync(file(), lines.join(''));
  if (unseen === 0) cursor = `${segment}:${bytes}`;
  for (let at = 0; at < deadSessions; at++) {
    const home = join(root, 'sessions', `00000000-0000-4000-8000-${String(at).padStart(12, '0')}`);
    mkdirSync(home);
    writeFileSync(join(home, 'peer.json'), '{}');
  }
  const home = join(root, 'sessions', SESSION);
  mkdirSync(join(home, 'shown'), { recursive: true });
  mkdirSync(join(board, 'marks', 'm'));
  writeFileSync(join(home, 'cursor'), `${cursor}\n`);
  writeFileSync(join(home, 'mark'), unseen > 0 ? '\n' : 'm\n');
  return root;
}

const place = mkdtempSync(join(tmpdir(), 'ar-bench-'));
const env = { PATH: process.env.PATH, HOME: place, CLAUDE_CODE_SESSION_ID: SESSION };
const ms = value => `${value.toFixed(2)} ms`;
try {
  process.stdout.write('nothing new (UserPromptSubmit)\n');
  for (const [count, dead] of [
    [10, 0],
    [10_000, 0],
    [1_000_000, 0],
    [10, 1_000],
  ]) {
    const root = makeBoard(place, count, 0, dead);
    const hook = `/bin/sh '${dist}/hook.sh' UserPromptSubmit '${root}' '${node}' </dev/null`;
    const found = race({ true: '/bin/true', hook }, { times: 300, rounds: 9 }, env);
    process.stdout.write(
      `  ${count} entries, ${dead} dead sessions: ${ms(found.hook)}, /bin/true ${ms(found.true)}: ${(found.hook / found.true).toFixed(2)}x\n`,
    );
  }
  process.stdout.write('20 new entries (UserPromptSubmit, nothing proven: each run shows them)\n');
  for (const count of [30, 10_000, 1_000_000]) {
    const root = makeBoard(place, count, 20, 0);
    const input = join(place, 'input');
    const event = { session_id: SESSION, cwd: place, transcript_path: join(place, 't.jsonl'), prompt: 'x' };
    // Another prompt each time: $i is the loop's counter.
    writeFileSync(input, JSON.stringify({ ...event, prompt_id: 'PROMPT' }));
    const feed = `sed "s/PROMPT/$$-$i/" '${input}' >'${input}.$$'`;
    const hook = `${feed}; /bin/sh '${dist}/hook.sh' UserPromptSubmit '${root}' '${node}' <'${input}.$$'`;
    const found = race({ node: `${feed}; '${node}' -e 0`, hook }, { times: 10, rounds: 5 }, env);
    const shown = readdirSync(join(root, 'sessions', SESSION, 'shown')).length;
    process.stdout.write(
      `  of ${count}: ${ms(found.hook)}, node -e 0 ${ms(found.node)}: ${(found.hook / found.node).toFixed(2)}x (${shown} shown)\n`,
    );
  }
  const root = join(place, 'root-10-0-0');
  const post = `'${node}' '${dist}/cli.js' --root '${root}' post hello`;
  const found = race({ post, node: `'${node}' -e 0` }, { times: 5, rounds: 5 }, env);
  process.stdout.write(
    `post: ${ms(found.post)}, node -e 0 ${ms(found.node)}: ${(found.post / found.node).toFixed(2)}x\n`,
  );
} finally {
  rmSync(place, { recursive: true, force: true });
}
