// The pages of docs/: every command on them, from the top of each page in an empty HOME, with the real claude and a model that is a
// script; and what they say that comes of it.
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { deliver } from '#blackboard/inbox/deliver.ts';
import { inboxLayout, rootLayout } from '#blackboard/layout.ts';
import { makeRoot } from '#blackboard/root.ts';
import { newId } from '#blackboard/system/ids.ts';
import { createRunnerFiles } from '#blackboard/system/runner-files.ts';
import { type ModelRequest, wholeText } from '#runner/demo/model-server/model-request.ts';
import { type Reply, text, tool } from '#runner/demo/model-server/reply.ts';
import { cliPath } from '#test/support/agent-fixture.ts';
import { type Block, blocksOf, missingLines, pageScript, readPage } from '#test/support/docs-page.ts';
import { realClaudePath, type Sealed, sealed } from '#test/support/isolated-claude.ts';
import { apiError } from '#test/support/model/failures.ts';
import { type ModelServer, startModelServer } from '#test/support/model/server.ts';
import { until } from '#test/support/until.ts';
import { userSystemd, whyNoUserSystemd } from '#test/support/user-systemd.ts';

const docs = fileURLToPath(new URL('../../docs/', import.meta.url));
const all = readdirSync(docs).filter(name => name.endsWith('.md') && name !== 'README.md');
/** Pages to look something up in; tests of their own hold them against what there is. */
const REFERENCE = new Set([
  'approvals.md',
  'commands.md',
  // It serves until it is ended, for a person: test/outside/dashboard.test.ts does the same.
  'dashboard.md',
  'drops.md',
  'exit-codes.md',
  'json.md',
  // test/unit/runner/dashboard/metrics.test.ts
  'metrics.md',
  'permissions.md',
  // Needs a person: plugin.test.ts does the same.
  'plugin.md',
  'states.md',
  // Its sentences are held one by one: test/unit/runner/status/message-words.test.ts.
  'message-words.md',
  'agent-md.md',
  'guarantees.md',
  // On a terminal, until it is ended: test/unit/runner/cli/top/top.test.ts.
  'top.md',
]);
const pages = all.filter(name => !REFERENCE.has(name));

let place: Sealed;
let server: ModelServer;
let root: string;
beforeEach(async () => {
  server = await startModelServer(answer);
  place = await sealed({ baseUrl: server.url });
  root = join(place.home, '.agent-runner');
  const bin = join(place.root, 'bin');
  mkdirSync(bin);
  symlinkSync(cliPath, join(bin, 'agent-runner'));
  symlinkSync(realClaudePath(), join(bin, 'claude'));
  Object.assign(place.env, { PATH: `${bin}:${place.env.PATH}`, npm_config_prefix: join(place.root, 'prefix') });
});
afterEach(async () => {
  await place[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

/** What the agents on the pages do; told apart by what they were asked. */
function answer(request: ModelRequest): Reply {
  const { prompt, toolRounds } = request;
  const is = (name: string) => wholeText({ ...request.body, messages: [] }).includes(`# You are "${name}", run by`);
  if (is('planner') && toolRounds === 0)
    return tool('Bash', { command: 'agent-runner ask worker "Write CHANGES.md."', description: 'Ask the worker' });
  if (prompt.includes('Which branch') && toolRounds === 0)
    return tool('Bash', { command: 'git status', description: 'Look' });
  if (isFirstOfTrouble(prompt)) return apiError(401, 'invalid x-api-key');
  return text('Done, and nothing else was touched.');
}

/** On the page on trouble, claude is not logged in until the operator has been told. */
const isFirstOfTrouble = (prompt: string): boolean =>
  prompt.includes('Review the last commit') &&
  isOnTroublePage &&
  readdirSync(inboxLayout(rootLayout(root).operator).new).length === 0;
let isOnTroublePage = false;

async function play(blocks: readonly Block[], env: Record<string, string>): Promise<string> {
  const { code, stdout } = await place.run({
    executable: '/bin/bash',
    args: ['-c', pageScript(blocks)],
    cwd: place.home,
    env,
  });
  expect({ code, missing: missingLines(blocks, stdout) }, stdout).toEqual({ code: 0, missing: [] });
  return stdout;
}

it('the index names every page', () => {
  const index = readFileSync(join(docs, 'README.md'), 'utf8');
  expect(all.filter(name => !index.includes(`](${name})`))).toEqual([]);
});

it.each(pages)('%s: every command on it works as it says', async name => {
  isOnTroublePage = name === 'trouble.md';
  const blocks = readPage(join(docs, name));
  expect(blocks.length).toBeGreaterThan(2);
  const needsSystemd = blocks.some(({ mode }) => mode === 'systemd');
  const systemd = needsSystemd && whyNoUserSystemd() === null ? await userSystemd(place.root, place.env) : null;
  try {
    await play(systemd ? blocks : blocks.filter(({ mode }) => mode !== 'systemd'), systemd?.env ?? {});
  } finally {
    await systemd?.[Symbol.asyncDispose]();
  }
  if (name === 'uninstall.md') expect(tracesIn(place.home)).toEqual([]);
});

/** Files in HOME that are ours, or speak of us. npm and claude keep logs and caches of their own. */
function tracesIn(home: string): string[] {
  const ours = /agent-runner|src-app/;
  return readdirSync(home, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name))
    .filter(path => !path.startsWith(join(home, '.npm/')) && !path.startsWith(join(home, 'tmp/')))
    .filter(path => ours.test(path) || (/settings.*\.json$/.test(path) && ours.test(readFileSync(path, 'utf8'))));
}

describe('the notifiers on the page on unattended work', () => {
  const examples = blocksOf(join(docs, 'unattended-night.md'), 'yaml');

  let log = '';

  /** Programs of these names that write down their arguments and what is on their stdin. */
  function stub(name: string): string {
    const said = join(place.root, `${name}.said`);
    const path = join(place.root, 'bin', name);
    writeFileSync(
      path,
      `#!/bin/sh\nfor each; do printf '%s\\0' "$each"; done > ${said}.part\ncat >> ${said}.part\nmv ${said}.part ${said}\n`,
    );
    chmodSync(path, 0o700);
    return said;
  }

  it.each([
    ['notify-send', ['--', 'agent-runner', 'TEXT']],
    ['osascript', ['-e', 'on run argv', '-e', expect.stringContaining('item 1 of argv'), '-e', 'end run', 'TEXT']],
    ['curl', ['-fsS', '-H', 'Title: agent-runner', '--data-binary', '@-', expect.stringMatching(/^https/), 'TEXT']],
  ])('%s gets the text whole, and as no flag', async (name, expected) => {
    const said = stub(name);
    const example = examples.find(each => each.includes(name))!;
    await makeRoot(createRunnerFiles(), root, false);
    writeFileSync(rootLayout(root).config, example);
    const runner = place.start({ executable: process.execPath, args: [cliPath, 'start'] });
    log = '';
    runner.child.stderr.on('data', piece => {
      log += piece;
    });
    await until('the runner to watch', () => log.includes('watching'), { about: () => log });
    const id = newId(Date.now());
    const body = '-u critical\n$(id) "quoted" \'single\' \\ %s';
    const head = { id, from: 'worker', kind: 'note' as const, at: new Date().toISOString(), trace: id, hops: 0 };
    await deliver(createRunnerFiles(), inboxLayout(rootLayout(root).operator), { ...head, body });
    await until('the notifier', () => existsSync(said), { about: () => log });
    const words = readFileSync(said, 'utf8').split('\0');
    const wanted = expected.map(each => (each === 'TEXT' ? `From worker, note\n${body}` : each));
    expect(words.filter(word => word !== '')).toEqual(wanted);
    expect(parse(example).onOperatorMessage[0]).not.toMatch(/sh$/);
  });
});
