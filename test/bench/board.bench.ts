/**
 * What the hooks cost a person at each prompt, and what a post costs. Loops run in sh, so that a start costs what it costs a
 * shell; medians of rounds, the rivals in turn. Read the ratios. Uses dist/.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, test } from 'vitest';
import { formatCursor, segmentName } from '#blackboard/board/cursor.ts';
import { encodeEntry } from '#blackboard/board/entry.ts';
import { sealLine } from '#blackboard/board/segments.ts';
import { boardLayout, sessionLayout } from '#blackboard/layout.ts';
import { limits } from '#blackboard/system/limits.ts';
import { report } from './fleet.ts';

const dist = fileURLToPath(new URL('../../dist', import.meta.url));
const node = process.execPath;
const SESSION = '963bf434-039c-4310-b9b7-061eef298631';
const AT = '2026-11-21T03:00:00.000Z';

let place: string;
beforeAll(() => {
  place = mkdtempSync(join(tmpdir(), 'ar-bench-'));
});
afterAll(() => rmSync(place, { recursive: true, force: true }));

const env = () => ({
  PATH: process.env.PATH ?? '',
  HOME: place,
  CLAUDE_CODE_SESSION_ID: SESSION,
  CLAUDE_CODE_SESSION_ATTENDED: '1',
  CLAUDE_PID: String(process.pid),
});

/** Milliseconds of one run of each command, in turn. */
function race<Name extends string>(
  commands: Record<Name, string>,
  { times, rounds }: { times: number; rounds: number },
): Record<Name, number> {
  const names = Object.keys(commands) as Name[];
  const found = Object.fromEntries(names.map(name => [name, [] as number[]])) as Record<Name, number[]>;
  for (let round = 0; round < rounds; round++)
    for (const name of names) {
      const loop = `i=0; while [ $i -lt ${times} ]; do ${commands[name]}; i=$((i+1)); done`;
      const from = performance.now();
      const end = spawnSync('/bin/sh', ['-c', loop], { env: env(), stdio: ['ignore', 'ignore', 'inherit'] });
      if (end.status !== 0) throw new Error(`${name}: exit ${end.status}`);
      found[name].push((performance.now() - from) / times);
    }
  const median = (values: number[]) => values.sort((a, b) => a - b)[values.length >> 1]!;
  return Object.fromEntries(names.map(name => [name, median(found[name])])) as Record<Name, number>;
}

const say = (what: string, ours: number, base: string, theirs: number) =>
  report(what, `${ours.toFixed(2)} ms, ${base} ${theirs.toFixed(2)} ms: ${(ours / theirs).toFixed(2)} x`);

const hookCall = (event: string, root: string, input = '/dev/null') =>
  `/bin/sh '${dist}/hook.sh' ${event} '${root}' '${node}' <'${input}'`;

/** A file with what claude says to a hook; `$i` of the loop, and its shell, make another prompt of it each time. */
function feed(event: Record<string, unknown>): { before: string; path: string } {
  const path = join(place, 'input');
  const base = { session_id: SESSION, cwd: place, transcript_path: join(place, 't.jsonl'), prompt_id: 'EACH-TIME' };
  writeFileSync(path, JSON.stringify({ ...base, source: 'EACH-TIME', prompt: 'x', ...event }));
  return { before: `sed "s/EACH-TIME/$$-$i/g" '${path}' >'${path}.now'`, path: `${path}.now` };
}

/** A root with a board of so many entries, and a session, registered by its own hook, that has seen all but `unseen`. */
function makeRoot(count: number, unseen: number, dead: number): string {
  const root = mkdtempSync(join(place, 'root-'));
  execFileSync(node, [join(dist, 'cli.js'), '--root', root, 'init'], { stdio: 'ignore' });
  const cursor = fillBoard(root, count, unseen);
  for (let at = 0; at < dead; at++) {
    const { home, peer } = sessionLayout(root, `00000000-0000-4000-8000-${String(at).padStart(12, '0')}`);
    mkdirSync(home, { recursive: true });
    writeFileSync(
      peer,
      `${JSON.stringify({ id: 'x', name: `s${at}`, process: { pid: 1, startTime: '1', bootId: 'x' } })}\n`,
    );
    mkdirSync(join(root, 'sessions', 'names'), { recursive: true });
    writeFileSync(join(root, 'sessions', 'names', `s${at}`), 'x\n');
  }
  const { before, path } = feed({});
  execFileSync('/bin/sh', ['-c', `i=0; ${before}; ${hookCall('SessionStart', root, path)}`], { env: env() });
  const { cursor: seen, mark } = sessionLayout(root, SESSION);
  if (unseen > 0) {
    writeFileSync(seen, `${cursor}\n`);
    unlinkSync(mark);
  } else if (!existsSync(mark)) throw new Error('the session has no mark');
  return root;
}

/** Written straight into its segments. Returns the place before the last `unseen` entries. */
function fillBoard(root: string, count: number, unseen: number): string {
  const { home, sealed } = boardLayout(root);
  let cursor = { segment: 1, offset: 0 };
  let segment = 1;
  let bytes = 0;
  let lines: string[] = [];
  for (let at = 0; at < count; at++) {
    if (at === count - unseen) cursor = { segment, offset: bytes };
    const id = `0199b1e7-${String(at % 10_000).padStart(4, '0')}-7000-8000-${String(at).padStart(12, '0')}`;
    const text = `entry ${at} of many, as long as such a line is`;
    const line = `${encodeEntry({ id, at: AT, from: 'w', kind: 'note', text })}\n`;
    lines.push(line);
    bytes += line.length;
    if (bytes < limits.segmentBytesMax || at >= count - unseen) continue;
    writeFileSync(join(home, segmentName(segment)), `${lines.join('')}${sealLine(segment)}\n`);
    mkdirSync(join(sealed, String(segment)));
    segment++;
    [bytes, lines] = [0, []];
  }
  writeFileSync(join(home, segmentName(segment)), lines.join(''));
  return formatCursor(cursor);
}

test('nothing new', { timeout: 600_000 }, () => {
  const cases: [string, number, number][] = [
    ['board of 10 entries', 10, 0],
    ['board of 10 k entries', 10_000, 0],
    ['board of 1 M entries', 1_000_000, 0],
    ['board of 10 entries, 1,000 dead sessions', 10, 1_000],
  ];
  for (const [what, count, dead] of cases) {
    const root = makeRoot(count, 0, dead);
    const commands = {
      true: '/bin/true',
      prompt: hookCall('UserPromptSubmit', root),
      tool: hookCall('PostToolUse', root),
      stop: hookCall('Stop', root),
    };
    const found = race(commands, { times: 40, rounds: 61 });
    say(`hook with nothing new at a prompt, ${what}`, found.prompt, '/bin/true', found.true);
    say(`the same after a tool, ${what}`, found.tool, '/bin/true', found.true);
    say(`the same at a stop, ${what}`, found.stop, '/bin/true', found.true);
    rmSync(root, { recursive: true });
  }
});

test('20 new entries, and a start', { timeout: 600_000 }, () => {
  const cases: [string, number, number][] = [
    ['of 30', 30, 0],
    ['of 10 k', 10_000, 0],
    ['of 1 M', 1_000_000, 0],
    ['of 30, 1,000 dead sessions', 30, 1_000],
  ];
  for (const [what, count, dead] of cases) {
    const root = makeRoot(count, 20, dead);
    // Nothing is proven: each run shows them.
    const { before, path } = feed({});
    const commands = {
      node: `${before}; '${node}' -e 0`,
      prompt: `${before}; ${hookCall('UserPromptSubmit', root, path)}`,
      start: `${before}; ${hookCall('SessionStart', root, path)}`,
    };
    const found = race(commands, { times: 3, rounds: 21 });
    const shown = readdirSync(sessionLayout(root, SESSION).shown).length;
    say(`hook with 20 new entries ${what} (${shown} times shown)`, found.prompt, 'node -e 0', found.node);
    say(`hook at the start of a session, board ${what}`, found.start, 'node -e 0', found.node);
    rmSync(root, { recursive: true });
  }
});

test('post', { timeout: 120_000 }, () => {
  const root = makeRoot(10, 0, 0);
  const post = `'${node}' '${dist}/cli.js' --root '${root}' post hello`;
  const found = race({ post, node: `'${node}' -e 0` }, { times: 5, rounds: 7 });
  say('agent-runner post (its fsyncs included)', found.post, 'node -e 0', found.node);
});
