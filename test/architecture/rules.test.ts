import { expect, test } from 'vitest';
import { listFiles, productionFiles, readSource } from './source-tree.ts';

const files = productionFiles();

/** Where bytes enter, and where shapes of results are written down: the only files that may know zod, each with what comes in there. */
const ZOD: Readonly<Record<string, string>> = {
  'blackboard/events/decode-event.ts': 'events.jsonl',
  'blackboard/messages/message-decode.ts': 'message files and drops',
  'hooks/claude/agent-settings.ts': "a user's own settings for claude",
  'hooks/claude/permission-request.ts': 'what claude asks a person',
  'hooks/claude/tool-messages.ts': 'messages of claude for our MCP server',
  'hooks/claude/session-transcript.ts': "claude's transcript of a session",
  'hooks/claude/stream.ts': "claude's stream-json",
  'runner/agents/agent-file.ts': 'agent.md',
  'runner/pages/all.ts': 'nothing: it makes JSON Schemas of shapes',
  'runner/pages/json-page.ts': 'nothing: it writes shapes down',
  'runner/pages/shape-text.ts': 'nothing: it writes shapes down',
  ...Object.fromEntries(
    ['agents', 'all', 'board', 'cards', 'claims', 'messages', 'panes', 'service', 'setup', 'shared', 'signals'].map(
      name => [`runner/results/${name}.ts`, 'nothing: what we print, as a shape'],
    ),
  ),
  'runner/agents/config.ts': 'config.yaml',
};

/** Who may start processes, and which. */
const PROCESSES: Readonly<Record<string, string>> = {
  'blackboard/system/open-files.ts': 'lsof, where there is no /proc',
  'blackboard/system/process-identity.ts': 'ps and sysctl, where there is no /proc',
  'runner/claude/ask-claude.ts': 'claude, asked something that costs nothing',
  'runner/claude/child-elsewhere.ts': 'flock, where the child is in another container',
  'blackboard/system/descendants.ts': 'ps, where there is no /proc',
  'runner/claude/start-launcher.ts': 'the launcher of a turn',
  'runner/claude/leftovers.ts': 'ps, where there is no /proc',
  'runner/claude/claude-process.ts': 'claude --version',
  'runner/cli/commands/edit.ts': "the user's editor",
  'runner/cli/terminal/open-link.ts': "the user's browser",
  'runner/service/start-apart.ts': 'agent-runner itself, for what outlives a call',
  'runner/service/detach.ts': 'the runner itself, in the background',
  'blackboard/system/program.ts': 'the program of onOperatorMessage, what a service manager brings, and tmux',
};

const importersOf = (pattern: RegExp): string[] =>
  files.filter(({ imports }) => imports.some(({ specifier }) => pattern.test(specifier))).map(({ path }) => path);

const linesWith = (pattern: RegExp, allowed: (path: string) => boolean = () => false): string[] =>
  files
    .filter(({ path }) => !allowed(path))
    .flatMap(({ path, code }) =>
      code.split('\n').flatMap((line, at) => (pattern.test(line) ? [`${path}:${at + 1}: ${line.trim()}`] : [])),
    );

test('zod stands only where bytes enter, and each of these places is known', () => {
  expect(importersOf(/^zod(\/|$)/)).toEqual(Object.keys(ZOD).sort());
});

test('processes are started only in the places that are for it', () => {
  expect(importersOf(/^(node:)?child_process$|^execa$|^node:cluster$|^node:worker_threads$/)).toEqual(
    Object.keys(PROCESSES).sort(),
  );
});

test('only the command line, its end with its reader, and the entries of hooks end the process', () => {
  const mayExit = (path: string) =>
    ['runner/cli/main.ts', 'runner/text/reader.ts'].includes(path) || /^hooks\/entry\//.test(path);
  expect(linesWith(/\bprocess\.(exit|abort|reallyExit)\b(?!Code)/, mayExit)).toEqual([]);
});

test('nothing prints by console: what people read goes to stdout by name, diagnostics to stderr', () => {
  expect(linesWith(/\bconsole\.\w+\s*\(/)).toEqual([]);
});

/** Who may print, beside `runner/cli`, and why. */
const PRINTS: Readonly<Record<string, string>> = {
  'runner/service/runner-log.ts': "the runner's own words go to stderr",
  'runner/text/output.ts': 'it is how a short command prints',
  'runner/text/printing.ts': 'it is how commands print',
  'runner/text/reader.ts': 'a reader that has left',
};

test('nothing prints below the command line: a verb returns what it did, and the command says it', () => {
  const mayPrint = (path: string) => path in PRINTS || /^(runner\/cli|hooks\/entry)\//.test(path);
  expect(linesWith(/\bstd(out|err)\.write\b|\bprint(Text|Json|JsonLine)\(/, mayPrint)).toEqual([]);
  expect(Object.keys(PRINTS).filter(path => !files.some(file => file.path === path))).toEqual([]);
});

test('a verb is told its surroundings: it asks the process for none', () => {
  const mayAsk = (path: string) => !/^runner\/(verbs|doctor|demo)\//.test(path);
  expect(linesWith(/\bprocess\.(env|argv|cwd|stdin|stdout|stderr|exit|exitCode|chdir)\b/, mayAsk)).toEqual([]);
});

test('there are no default exports', () => {
  expect(linesWith(/\bexport\s+default\b|\bas\s+default\b/)).toEqual([]);
});

test('no wait is a literal number: it stands in limits.ts, with its unit and its reason', () => {
  const literal =
    /\b(?:sleep|pause|delay|setTimeout|setInterval)\s*\(\s*\d|\bset(?:Timeout|Interval)\s*\(.*,\s*\d[\d_]*\s*[,)]|^\s*\},\s*\d[\d_]*\s*\)/;
  expect(linesWith(literal)).toEqual([]);
  expect(literal.test('setTimeout(() => done(), 500)')).toBe(true);
  expect(literal.test('}, 5_000);')).toBe(true);
  expect(literal.test('await clock.sleep(20)')).toBe(true);
  expect(literal.test('await clock.sleep(limits.lookMs, signal)')).toBe(false);
});

/** Loops that go on until something aborts and are no background service. */
const LOOPS: Readonly<Record<string, string>> = {
  'blackboard/system/look-loop.ts': 'the loop of all background services',
  'runner/turn/gates/slots.ts': 'a turn waits for its place',
  'runner/turn/supervise-child.ts': 'a stop is tried until it is written',
  'runner/turn/turn-clock.ts': 'a turn’s time, which stands still now and then',
  'runner/wake/wake-attempts.ts': 'the rungs of one ladder',
};

test('whatever a runner does in the background, again and again, is a look loop', () => {
  const inCommands = (path: string) => /^runner\/(cli|demo|text|verbs|pages)\//.test(path);
  const loops = linesWith(/\bwhile \(!.*\baborted\b/, inCommands).map(line => line.split(':')[0]);
  expect(loops.sort()).toEqual(Object.keys(LOOPS).sort());
});

test('a file is named by what it owns, never helpers, utils, common, manager or interfaces', () => {
  const named = files.filter(({ path }) => /(^|[/-])(utils?|helpers?|common|manager|interfaces|index)\.ts$/.test(path));
  expect(named.map(({ path }) => path)).toEqual([]);
});

const HEADER = /^(?:#!.*\n)?\s*(?:\/\*\*?\s*\S|\/\/\s*\S|#\s*\S)/;

test('every file begins with a comment that says its job', () => {
  const tree = [
    ...listFiles(['blackboard', 'hooks', 'runner', 'scripts'], ['.ts', '.mjs', '.sh']),
    ...listFiles(['test/support', 'test/architecture', 'test/unit'], ['.ts', '.mjs']).filter(
      path => !path.endsWith('.test.ts'),
    ),
  ];
  expect(tree.filter(path => !HEADER.test(readSource(path)))).toEqual([]);
});
