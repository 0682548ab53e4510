#!/usr/bin/env node
// A stand-in for `claude -p` 2.1.332, for crash tests that need thousands of turns: same argv, stdin (text, or lines of
// JSON as long as it is open), stdout lines, exit codes, hooks, signals and transcript (late, in batches, lost with a SIGKILL), as test/contract proves for both. Answers
// come from ANTHROPIC_BASE_URL (Messages API, not streamed). Not imitated: MCP, CLAUDE.md, `@path`, slash commands,
// subagents, the registry in ~/.claude/sessions, lines that join a running turn, tools other than Bash, Read and Write. Its own variables:
//   FAKE_CLAUDE_OFFLINE=1        no server: echoes the first 200 characters of the prompt
//   FAKE_CLAUDE_LATENCY_MS=a-b   how long that takes (0-0)
//   FAKE_CLAUDE_FLUSH_MS=a-b     age at which transcript records are written (40-100)
//   FAKE_CLAUDE_RETRY_MS=n       first back-off after an API error, doubling (500)
//   FAKE_CLAUDE_PLAN=<json>      rate_limits of a login by plan, for get_usage (none)
//   FAKE_CLAUDE_STUCK=1          has its answer written down, and then hangs
//   FAKE_CLAUDE_LEDGER=<file>    one JSON line each: start {pid,session,at}, model-request {…,prompt}, end {…,code}
import { spawn } from 'node:child_process';
import fs from 'node:fs';

const version = '2.1.332';
const { env, pid } = process;
if (process.argv[2] === '--version') {
  process.stdout.write(`${version} (Claude Code)\n`);
  process.exit(0);
}

// ------------------------------------------------------------------------------------------------ argv

/** n: no value · v: one value · o: optional value · m: as many as follow, up to the next option */
const optionKinds = {
  '-p': 'n',
  '--print': 'n',
  '--verbose': 'n',
  '--strict-mcp-config': 'n',
  '--dangerously-skip-permissions': 'n',
  '--include-partial-messages': 'n',
  '--include-hook-events': 'n',
  '--disable-slash-commands': 'n',
  '--bare': 'n',
  '-r': 'o',
  '--resume': 'o',
  '--session-id': 'v',
  '--output-format': 'v',
  '--input-format': 'v',
  '--permission-mode': 'v',
  '--append-system-prompt': 'v',
  '--append-system-prompt-file': 'v',
  '--system-prompt': 'v',
  '--system-prompt-file': 'v',
  '--system-prompt-snapshot': 'v',
  '--settings': 'v',
  '--setting-sources': 'v',
  '--model': 'v',
  '--fallback-model': 'v',
  '--effort': 'v',
  '--max-turns': 'v',
  '--max-budget-usd': 'v',
  '--name': 'v',
  '-n': 'v',
  '--agent': 'v',
  '--agents': 'v',
  '--permission-prompt-tool': 'v',
  '--json-schema': 'v',
  '--plugin-dir': 'v',
  '--autocompact': 'v',
  '--add-dir': 'm',
  '--allowedTools': 'm',
  '--allowed-tools': 'm',
  '--disallowedTools': 'm',
  '--disallowed-tools': 'm',
  '--tools': 'm',
  '--mcp-config': 'm',
  '--betas': 'm',
  '--file': 'm',
};
const aliases = {
  '-p': '--print',
  '-r': '--resume',
  '-n': '--name',
  '--allowed-tools': '--allowedTools',
  '--disallowed-tools': '--disallowedTools',
};
const choices = {
  '--permission-mode': ['acceptEdits', 'auto', 'bypassPermissions', 'manual', 'dontAsk', 'plan', 'default'],
  '--output-format': ['text', 'json', 'stream-json'],
};

function refuse(words) {
  fs.writeSync(2, `${words}\n`);
  process.exit(1);
}

function parseArgv(argv) {
  const given = { words: [] };
  for (let at = 0; at < argv.length; at++) {
    const word = argv[at];
    if (word === '--') {
      given.words.push(...argv.slice(at + 1));
      break;
    }
    if (!word.startsWith('-') || word === '-') {
      given.words.push(word);
      continue;
    }
    const eq = word.startsWith('--') ? word.indexOf('=') : -1;
    const flag = eq < 0 ? word : word.slice(0, eq);
    const kind = optionKinds[flag];
    if (kind === undefined) refuse(`error: unknown option '${flag}'`);
    const name = aliases[flag] ?? flag;
    const isValue = next => next !== undefined && !(next.startsWith('-') && next !== '-');
    if (kind === 'n') given[name] = true;
    else if (kind === 'm') {
      const values = eq < 0 ? [] : [word.slice(eq + 1)];
      while (eq < 0 && isValue(argv[at + 1])) values.push(argv[++at]);
      if (values.length === 0) refuse(`error: option '${flag} <values...>' argument missing`);
      given[name] = [...(given[name] ?? []), ...values];
    } else if (eq >= 0) given[name] = word.slice(eq + 1);
    // A single value is taken as it comes, a leading dash included, as commander does.
    else if (kind === 'v' && argv[at + 1] === undefined) refuse(`error: option '${flag} <value>' argument missing`);
    else given[name] = kind === 'v' || isValue(argv[at + 1]) ? argv[++at] : true;
    if (choices[name] !== undefined && !choices[name].includes(given[name])) {
      const shown = choices[name].filter(choice => choice !== 'default').join(', ');
      const what = name === '--permission-mode' ? 'mode' : 'format';
      refuse(`error: option '${name} <${what}>' argument '${given[name]}' is invalid. Allowed choices are ${shown}.`);
    }
  }
  return given;
}

// ------------------------------------------------------------------------------------------------ small things

function uuid() {
  const hex = n => Array.from({ length: n }, () => Math.floor(Math.random() * 16).toString(16)).join('');
  return `${hex(8)}-${hex(4)}-4${hex(3)}-${'89ab'[Math.floor(Math.random() * 4)]}${hex(3)}-${hex(12)}`;
}

function between(range) {
  const [low = 0, high = low] = range.split('-').map(Number);
  return low + Math.random() * (high - low);
}

const pause = (ms, signal) =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal?.addEventListener('abort', () => {
      clearTimeout(timer);
      reject(signal.reason);
    });
  });

function readText(path) {
  try {
    return fs.readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}

function readStdin() {
  const chunks = [];
  const buffer = Buffer.alloc(65536);
  for (;;) {
    try {
      const size = fs.readSync(0, buffer);
      if (size === 0) return Buffer.concat(chunks).toString('utf8');
      chunks.push(Buffer.from(buffer.subarray(0, size)));
    } catch (error) {
      if (error.code === 'EOF') return Buffer.concat(chunks).toString('utf8');
      // A terminal or a non-blocking pipe with nothing in it yet.
      if (error.code !== 'EAGAIN') return '';
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2);
    }
  }
}

/** Blocking, so that a line that was printed is out even if a SIGKILL comes next. */
function print(words) {
  const bytes = Buffer.from(words);
  for (let at = 0; at < bytes.length; ) {
    try {
      at += fs.writeSync(1, bytes, at);
    } catch (error) {
      if (error.code === 'EPIPE') return;
      if (error.code !== 'EAGAIN') throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2);
    }
  }
}

// ------------------------------------------------------------------------------------------------ the run

const given = parseArgv(process.argv.slice(2));
const startedAt = Date.now();
const cwd = fs.realpathSync(process.cwd());
const home = env.HOME ?? '/';
const configDir = env.CLAUDE_CONFIG_DIR ?? `${home}/.claude`;
const format = given['--output-format'] ?? 'text';
const takesLines = given['--input-format'] === 'stream-json';
const modeGiven = given['--permission-mode'] ?? 'default';
// "manual" is the name on the command line; every record says "default".
let permissionMode = modeGiven === 'manual' ? 'default' : modeGiven;
const model = given['--model'] ?? 'claude-opus-5-5';
const uuidShape = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

const { sessionId, isResume, transcriptPath } = openSession();
let ledgerOpen = false;

function openSession() {
  if (given['--print'] !== true) refuse('fake-claude: only -p is imitated');
  if (format === 'stream-json' && given['--verbose'] !== true)
    refuse('Error: When using --print, --output-format=stream-json requires --verbose');
  const pathOf = id => `${configDir}/projects/${cwd.replace(/[^a-zA-Z0-9]/g, '-')}/${id}.jsonl`;
  const wanted = given['--session-id'];
  if (wanted !== undefined) {
    if (!uuidShape.test(wanted)) refuse('Error: Invalid session ID. Must be a valid UUID.');
    if (fs.existsSync(pathOf(wanted))) refuse(`Error: Session ID ${wanted} is already in use.`);
    return { sessionId: wanted, isResume: false, transcriptPath: pathOf(wanted) };
  }
  const old = given['--resume'];
  if (old === undefined) {
    const id = uuid();
    return { sessionId: id, isResume: false, transcriptPath: pathOf(id) };
  }
  const usage =
    'Error: --resume requires a valid session ID or session title when used with --print. Usage: claude -p --resume <session-id|title>';
  if (old === true) refuse(usage);
  const why = uuidShape.test(old)
    ? `No conversation found with session ID: ${old}`
    : `${usage}. Provided value "${old}" is not a UUID and does not match any session title.`;
  if (!uuidShape.test(old) || !fs.existsSync(pathOf(old))) {
    // Only stream-json says it on stdout as well.
    if (format === 'stream-json') {
      const result = {
        type: 'result',
        subtype: 'error_during_execution',
        duration_ms: 0,
        duration_api_ms: 0,
        is_error: true,
      };
      const rest = {
        num_turns: 0,
        stop_reason: null,
        session_id: uuidShape.test(old) ? old : uuid(),
        total_cost_usd: 0,
      };
      print(
        `${JSON.stringify({ ...result, ...rest, usage: usageOf({}), modelUsage: {}, permission_denials: [], uuid: uuid(), errors: [why] })}\n`,
      );
    }
    refuse(why);
  }
  return { sessionId: old, isResume: true, transcriptPath: pathOf(old) };
}

function ledger(what, more = {}) {
  if (!env.FAKE_CLAUDE_LEDGER) return;
  // One write in append mode, so lines of many processes never mix.
  const line = { what, pid, session: sessionId, at: Date.now(), ...more };
  fs.writeFileSync(env.FAKE_CLAUDE_LEDGER, `${JSON.stringify(line)}\n`, { flag: 'a' });
}

// ------------------------------------------------------------------------------------------------ settings and hooks

const settings = readSettings();

function readSettings() {
  const sources = (given['--setting-sources'] ?? 'user,project,local').split(',');
  const files = {
    user: `${configDir}/settings.json`,
    project: `${cwd}/.claude/settings.json`,
    local: `${cwd}/.claude/settings.local.json`,
  };
  const texts = Object.keys(files)
    .filter(name => sources.includes(name))
    .map(name => readText(files[name]));
  const flag = given['--settings'];
  if (flag !== undefined) {
    const path = flag.startsWith('/') ? flag : `${cwd}/${flag}`;
    const body = /^\{[\s\S]*\}$/.test(flag.trim()) ? flag : readText(path);
    if (body === null) refuse(`Error: Settings file not found: ${path}`);
    texts.push(body);
  }
  const all = texts
    .filter(body => body !== null)
    .map(body => {
      try {
        return JSON.parse(body);
      } catch {
        // The real one ignores a settings file it cannot read, too.
        return {};
      }
    });
  // The command line's own settings come last and win.
  const isOff =
    all
      .map(one => one.disableAllHooks)
      .filter(value => value !== undefined)
      .at(-1) === true;
  return {
    hooks: event => (isOff ? [] : all.flatMap(one => one.hooks?.[event] ?? [])),
    allow: [...all.flatMap(one => one.permissions?.allow ?? []), ...rules('--allowedTools')],
    deny: [...all.flatMap(one => one.permissions?.deny ?? []), ...rules('--disallowedTools')],
  };
}

/** "Bash(echo a, b) Read" and several values come to the same: split at commas and spaces outside brackets. */
function rules(flag) {
  return (given[flag] ?? []).flatMap(value => value.match(/[^\s,(]+(\([^)]*\))?/g) ?? []);
}

/** Runs all hooks of an event at once, through sh, and gives what each said. */
async function runHooks(event, input, subject = '') {
  const wanted = settings.hooks(event).filter(({ matcher }) => {
    return !matcher || matcher === '*' || new RegExp(`^(?:${matcher})$`).test(subject);
  });
  const commands = wanted.flatMap(({ hooks }) => hooks ?? []).filter(hook => hook.type === 'command');
  const base = { session_id: sessionId, transcript_path: transcriptPath, cwd };
  const turn = event === 'SessionStart' ? {} : { prompt_id: promptId };
  const stdin = JSON.stringify({ ...base, ...turn, ...input, hook_event_name: event });
  // What has been said stands in the transcript when they look at it (measured), unless a test wants it late.
  if (env.FAKE_CLAUDE_FLUSH_MS === undefined && (event === 'PostToolUse' || event === 'Stop')) flush();
  const said = await Promise.all(commands.map(hook => runHook(hook, stdin)));
  if (event === 'SessionStart')
    for (const { code, stdout, stderr } of said) {
      const head = { type: 'system', hook_id: uuid(), hook_name: `SessionStart:${input.source}`, hook_event: event };
      say({ ...head, subtype: 'hook_started' });
      say({
        ...head,
        subtype: 'hook_response',
        output: stdout,
        stdout,
        stderr,
        exit_code: code,
        outcome: code === 0 ? 'success' : 'error',
      });
    }
  return said;
}

function runHook({ command, timeout = 60 }, stdin) {
  return new Promise(resolve => {
    const child = spawn('/bin/sh', ['-c', command], {
      cwd,
      env: childEnv(),
      timeout: timeout * 1000,
      killSignal: 'SIGKILL',
    });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', piece => (stdout += piece));
    child.stderr.on('data', piece => (stderr += piece));
    child.stdin.on('error', () => {});
    child.stdin.end(`${stdin}\n`);
    child.on('error', () => resolve({ command, code: 1, stdout: '', stderr: '', json: null }));
    child.on('close', code => {
      let json = null;
      try {
        if (code === 0 && stdout.trim().startsWith('{')) json = JSON.parse(stdout);
      } catch {
        // Then it is plain text for the model.
      }
      resolve({ command, code: code ?? 1, stdout, stderr, json });
    });
  });
}

function childEnv() {
  return {
    ...env,
    CLAUDECODE: '1',
    CLAUDE_PID: String(pid),
    CLAUDE_CODE_SESSION_ID: sessionId,
    CLAUDE_PROJECT_DIR: cwd,
    CLAUDE_CODE_ENTRYPOINT: 'sdk-cli',
    CLAUDE_CODE_SESSION_ATTENDED: '0',
    CLAUDE_CODE_CHILD_SESSION: '1',
  };
}

/** Why a hook says no: exit 2 with the reason on stderr, or a JSON decision. Null if it does not. */
function blockOf({ command, code, stderr, json }) {
  if (code === 2) return `[${command}]: ${stderr}`;
  return json?.decision === 'block' ? (json.reason ?? '') : null;
}

/** What a hook wants the model to read. */
function contextOf({ code, stdout, json }, isPlainRead) {
  if (code !== 0) return '';
  if (json !== null) return json.hookSpecificOutput?.additionalContext ?? '';
  return isPlainRead ? stdout.trim() : '';
}

// ------------------------------------------------------------------------------------------------ transcript

const server = createServers();
let conversation = [];
let costBefore = 0;
let tokensBefore = { input: 0, output: 0, cacheRead: 0, cacheCreation: 0 };
let lastUuid = null;
let pending = [];
let flushTimer = null;
let recordedSystem = null;
let turnIndex = 0;
/** Of the turn that is running. */
let promptId = uuid();

function flush() {
  clearTimeout(flushTimer);
  flushTimer = null;
  if (pending.length === 0) return;
  const batch = pending.join('');
  pending = [];
  fs.mkdirSync(transcriptPath.slice(0, transcriptPath.lastIndexOf('/')), { recursive: true });
  fs.writeFileSync(transcriptPath, batch, { flag: 'a', mode: 0o600 });
}

function keep(record) {
  pending.push(`${JSON.stringify(record)}\n`);
  flushTimer ??= setTimeout(flush, between(env.FAKE_CLAUDE_FLUSH_MS ?? '40-100'));
}

/** A record of the conversation's tree; returns its uuid. */
function keepNode(record, id = uuid()) {
  const where = { userType: 'external', entrypoint: 'sdk-cli', cwd, sessionId, version, gitBranch: 'HEAD' };
  keep({
    parentUuid: lastUuid,
    isSidechain: false,
    ...record,
    uuid: id,
    timestamp: new Date().toISOString(),
    ...where,
  });
  lastUuid = id;
  return id;
}

function keepUser(content, more = {}) {
  conversation.push({ role: 'user', content });
  return keepNode({ promptId, type: 'user', message: { role: 'user', content }, ...more }, more.uuid);
}

function keepContext(hookEvent, content, isJson) {
  if (content === '') return;
  conversation.push({ role: 'system', content });
  keepNode({
    type: 'attachment',
    attachment: isJson
      ? { type: 'hook_additional_context', content: [content], hookName: hookEvent, hookEvent }
      : { type: 'hook_success', hookName: hookEvent, hookEvent, content },
    renderedRole: 'system',
  });
}

function keepSynthetic(words, more = {}) {
  const message = {
    id: uuid(),
    type: 'message',
    role: 'assistant',
    model: '<synthetic>',
    stop_reason: 'stop_sequence',
  };
  return keepNode({
    type: 'assistant',
    message: { ...message, stop_sequence: '', content: [{ type: 'text', text: words }], usage: usageOf({}) },
    isApiErrorMessage: false,
    ...more,
  });
}

/** Reads the conversation of an earlier run and mends its end as the real one does. */
function loadTranscript() {
  for (const line of (readText(transcriptPath) ?? '').split('\n')) {
    let record;
    try {
      record = JSON.parse(line);
    } catch {
      continue;
    }
    if (record.type === 'cost-state') {
      costBefore = record.totalCostUSD;
      tokensBefore = record.tokens ?? tokensBefore;
    }
    if (record.uuid !== undefined && record.isSidechain === false) lastUuid = record.uuid;
    if (record.promptSource === 'sdk') linesOfBefore.add(record.uuid);
    if (record.attachment?.type === 'prompt_snapshot') recordedSystem ??= record.attachment.systemPrompt.join('\n');
    if (/^hook_(success|additional_context)$/.test(record.attachment?.type ?? ''))
      conversation.push({ role: 'system', content: [record.attachment.content].flat().join('\n') });
    if (record.turnPosition !== undefined) turnIndex = record.turnPosition.turnIndex;
    if ((record.type === 'user' || record.type === 'assistant') && !record.isSidechain && !record.isApiErrorMessage)
      conversation.push({ role: record.message.role, content: record.message.content });
    if (record.isApiErrorMessage) conversation.push({ role: 'error' });
  }
  const spoken = conversation.filter(message => message.role !== 'system');
  const last = spoken.at(-1);
  conversation = conversation.filter(message => message.role !== 'error');
  const open = last?.role === 'assistant' ? toolUsesOf(last.content) : [];
  if (open.length > 0) {
    const lost =
      "[Tool call interrupted: the session ended before this call's result was recorded, so its outcome is unknown. Check whether it took effect before relying on it or running it again.]";
    keepUser(open.map(({ id }) => ({ type: 'tool_result', content: lost, is_error: true, tool_use_id: id })));
  }
  if (open.length > 0 || last?.role === 'user') {
    keepSynthetic('No response requested.');
    conversation.push({ role: 'assistant', content: [{ type: 'text', text: 'No response requested.' }] });
  }
}

const toolUsesOf = content => (Array.isArray(content) ? content.filter(block => block.type === 'tool_use') : []);

// ------------------------------------------------------------------------------------------------ stdout

/** cost and tokens: of the process; the rest: of the turn that is running. */
const run = { turns: 0, cost: 0, tokens: { ...tokensBefore }, denials: [], apiMs: 0, stopReason: null, line: null };
/** Of the process, at its last result line. */
let costReported = 0;
let resultCount = 0;
/** Uuids of lines that this process has had; those that the resumed conversation has. */
const knownLines = new Set();
const linesOfBefore = new Set();

/** One line of stream-json; the other formats print the result alone. */
function say(line) {
  if (format === 'stream-json')
    print(`${JSON.stringify({ ...line, session_id: sessionId, uuid: line.uuid ?? uuid() })}\n`);
}

function usageOf({ input = 0, output = 0, cacheRead = 0, cacheCreation = 0 }) {
  return {
    input_tokens: input,
    cache_creation_input_tokens: cacheCreation,
    cache_read_input_tokens: cacheRead,
    output_tokens: output,
    server_tool_use: { web_search_requests: 0, web_fetch_requests: 0 },
    service_tier: 'standard',
  };
}

/** List price of the default model in USD per token. */
const costOf = t => t.input * 4e-6 + t.output * 20e-6 + t.cacheRead * 0.4e-6 + t.cacheCreation * 5e-6;
const sum = (a, b) => Object.fromEntries(Object.keys(a).map(key => [key, a[key] + b[key]]));

/** For what is still under way when a signal has ended the run. */
const never = () => new Promise(() => {});

async function finish(code, result) {
  if (isLeaving) return never();
  if (env.FAKE_CLAUDE_STUCK === '1') {
    flush();
    return never();
  }
  const all = sum(tokensBefore, run.tokens);
  const total = costBefore + run.cost;
  const line = {
    type: 'result',
    duration_ms: Date.now() - startedAt,
    duration_api_ms: run.apiMs,
    num_turns: run.turns,
    stop_reason: run.stopReason,
    session_id: sessionId,
    total_cost_usd: total,
    usage: usageOf(run.tokens),
    modelUsage:
      total === 0
        ? {}
        : {
            [model]: {
              inputTokens: all.input,
              outputTokens: all.output,
              cacheReadInputTokens: all.cacheRead,
              cacheCreationInputTokens: all.cacheCreation,
              costUSD: total,
            },
          },
    model_usage_since_last_result: run.cost === costReported ? {} : { [model]: { costUSD: run.cost - costReported } },
    permission_denials: run.denials,
    ...result,
    ...(run.line ? { user_message_uuid: run.line.uuids.at(-1), user_message_uuids: run.line.uuids } : {}),
    uuid: uuid(),
    queued_turn_count: 0,
    result_index: resultCount++,
  };
  costReported = run.cost;
  if (format === 'stream-json' || format === 'json') print(`${JSON.stringify(line)}\n`);
  else print(`${line.result ?? line.errors?.[0] ?? ''}\n`);
  const isCut = result.is_error && result.terminal_reason !== 'max_turns';
  tellLine(isCut ? 'cancelled' : 'completed');
  if (!takesLines) return leave(code);
  lastCode = code;
  if (endsAfterTurn) await leave(code);
}

/** What became of the lines of this turn. */
function tellLine(state) {
  for (const command_uuid of run.line?.uuids ?? []) say({ type: 'command_lifecycle', command_uuid, state });
}

let isLeaving = false;
/** What an end of input exits with. */
let lastCode = 0;
/** After a SIGINT. */
let endsAfterTurn = false;

async function leave(code) {
  isLeaving = true;
  await runHooks('SessionEnd', { reason: 'other' });
  keep({ type: 'last-prompt', leafUuid: lastUuid, sessionId });
  keep({ type: 'cost-state', sessionId, totalCostUSD: costBefore + run.cost, tokens: sum(tokensBefore, run.tokens) });
  flush();
  if (ledgerOpen) ledger('end', { code });
  process.exit(code);
}

// ------------------------------------------------------------------------------------------------ signals

/** Of the turn that is running. */
let abort = new AbortController();
let toolChild = null;

function killTool() {
  if (toolChild?.pid === undefined) return;
  try {
    process.kill(-toolChild.pid, 'SIGKILL');
  } catch {
    // Ended by itself in between.
  }
}

process.on('SIGINT', () => {
  endsAfterTurn = true;
  // Before the prompt is taken there is nothing to abort: exit 0 and no result line.
  if (run.turns === 0 || run.line === 'none') {
    if (ledgerOpen) ledger('end', { code: 0 });
    process.exit(0);
  }
  abort.abort(new Error('interrupted'));
  killTool();
});
for (const [signal, code] of [
  ['SIGTERM', 143],
  ['SIGHUP', 129],
])
  process.on(signal, () => {
    if (isLeaving) return;
    killTool();
    void leave(code);
  });

function sayInterrupted(words) {
  const content = [{ type: 'text', text: words }];
  say({ type: 'user', message: { role: 'user', content }, parent_tool_use_id: null });
  keepUser(content);
  run.turns++;
}

async function prevented() {
  if (isLeaving) return never();
  sayInterrupted('[Request interrupted by user]');
  const more = { api_error_status: null, result: '' };
  await finish(0, { subtype: 'success', is_error: false, terminal_reason: 'stop_hook_prevented', ...more });
}

async function interrupted(inTool) {
  if (isLeaving) return never();
  sayInterrupted(inTool ? '[Request interrupted by user for tool use]' : '[Request interrupted by user]');
  const why = `[ede_diagnostic] result_type=user last_content_type=n/a stop_reason=${run.stopReason}`;
  const terminal = inTool ? 'aborted_tools' : 'aborted_streaming';
  await finish(0, { subtype: 'error_during_execution', is_error: true, terminal_reason: terminal, errors: [why] });
}

// ------------------------------------------------------------------------------------------------ the model

function systemPrompt() {
  const file = given['--append-system-prompt-file'];
  const appended = file === undefined ? (given['--append-system-prompt'] ?? '') : readText(file);
  if (appended === null) refuse(`Error: Append system prompt file not found: ${file}`);
  const now = `You are a fake Claude agent.\n${appended}`;
  // The trap of the real one: what the first request said is said for ever, unless snapshots are off.
  if (given['--system-prompt-snapshot'] === 'off') return now;
  return recordedSystem ?? now;
}

class ApiFailure extends Error {
  constructor(status, type, message, retryAfterMs = 0) {
    super(message);
    this.status = status;
    this.type = type;
    this.retryAfterMs = retryAfterMs;
  }
}

async function askModel(prompt) {
  ledger('model-request', { prompt });
  if (env.FAKE_CLAUDE_OFFLINE === '1') {
    await pause(between(env.FAKE_CLAUDE_LATENCY_MS ?? '0-0'), abort.signal);
    const content = [{ type: 'text', text: prompt.slice(0, 200) }];
    return { id: `msg_${uuid()}`, content, stop_reason: 'end_turn', usage: { input_tokens: 10, output_tokens: 5 } };
  }
  const attemptsMax = Number(env.CLAUDE_CODE_MAX_RETRIES ?? 10);
  for (let attempt = 1; ; attempt++) {
    try {
      return await post();
    } catch (error) {
      const isFinal = error.status !== null && error.status < 500 && ![401, 408, 409, 429].includes(error.status);
      if (!(error instanceof ApiFailure) || isFinal || attempt > attemptsMax) throw error;
      // Asked to wait for long, it gives up at once instead.
      if (error.retryAfterMs > 60_000) throw error;
      const backoff = Math.min(Number(env.FAKE_CLAUDE_RETRY_MS ?? 500) * 2 ** (attempt - 1), 32_000);
      const delay = Math.max(backoff, error.retryAfterMs);
      const kind =
        { 401: 'authentication_failed', 429: 'rate_limit' }[error.status] ??
        (error.status === null ? 'unknown' : 'server_error');
      say({
        type: 'system',
        subtype: 'api_retry',
        attempt,
        max_retries: attemptsMax,
        retry_delay_ms: delay,
        error_status: error.status,
        error: kind,
      });
      await pause(delay, abort.signal);
    }
  }
}

async function post() {
  const { request } = await import('node:http');
  const startedRequestAt = Date.now();
  const body = JSON.stringify({
    model,
    max_tokens: 32_000,
    system: [{ type: 'text', text: system }],
    messages: merged(conversation),
    tools: ['Bash', 'Read', 'Write'].map(name => ({ name, input_schema: { type: 'object' } })),
  });
  const headers = {
    'content-type': 'application/json',
    'x-api-key': env.ANTHROPIC_API_KEY ?? '',
    'anthropic-version': '2023-06-01',
    'x-claude-code-session-id': sessionId,
    'user-agent': `claude-cli/${version} (external, sdk-cli)`,
  };
  const { status, text, retryAfterMs } = await new Promise((resolve, reject) => {
    const dropped = error =>
      reject(abort.signal.aborted ? error : new ApiFailure(null, null, error.code ?? error.message));
    const sent = request(
      `${env.ANTHROPIC_BASE_URL}/v1/messages`,
      { method: 'POST', headers, signal: abort.signal },
      answer => {
        let words = '';
        answer.setEncoding('utf8');
        answer.on('data', piece => (words += piece));
        answer.on('error', dropped);
        answer.on('end', () =>
          resolve({
            status: answer.statusCode,
            text: words,
            retryAfterMs: 1000 * (Number(answer.headers['retry-after']) || 0),
          }),
        );
      },
    );
    sent.on('error', dropped);
    sent.end(body);
  });
  run.apiMs += Date.now() - startedRequestAt;
  const answer = JSON.parse(text);
  if (status !== 200)
    throw new ApiFailure(status, answer.error?.type ?? null, answer.error?.message ?? text, retryAfterMs);
  return answer;
}

/** The API wants roles to alternate: neighbours of one role become one message of several blocks. */
function merged(messages) {
  const found = [];
  for (const { role, content } of messages) {
    const blocks = typeof content === 'string' ? [{ type: 'text', text: content }] : content;
    const last = found.findLast(message => message.role !== 'system');
    if (role !== 'system' && last?.role === role) last.content.push(...blocks);
    else found.push({ role, content: [...blocks] });
  }
  return found;
}

async function failed(error) {
  const { status, type, message } = error;
  const host = (env.ANTHROPIC_BASE_URL ?? '').replace(/^https?:\/\//, '');
  let words = `API Error: ${status} ${message}`;
  let terminal = 'api_error';
  if (status === null)
    words = `API Error: Connection dropped (${message}). Check the gateway set in ANTHROPIC_BASE_URL, then try again.`;
  else if (status === 401 || status === 403) words = `Failed to authenticate. ${words}`;
  else if (status === 404)
    words = 'There is an issue with the selected model. It may not exist or you may not have access to it.';
  else if (status === 429) words = `API Error: Request rejected (429) · ${message}`;
  else if (status >= 500)
    words += `. This is a server-side issue, usually temporary — try again in a moment. If it persists, check your inference gateway (${host}).`;
  else if (status === 413) [words, terminal] = ['Request too large (max 32MB).', 'image_error'];
  else if (/prompt is too long/i.test(message))
    [words, terminal] = [`Prompt is too long · ${message}`, 'prompt_too_long'];
  const kind =
    { 401: 'authentication_failed', 403: 'authentication_failed', 429: 'rate_limit' }[status] ??
    (status >= 500 ? 'server_error' : 'unknown');
  const id = keepSynthetic(words, { error: kind, isApiErrorMessage: true, apiErrorStatus: status });
  const shown = {
    model: '<synthetic>',
    role: 'assistant',
    type: 'message',
    stop_reason: 'stop_sequence',
    content: [{ type: 'text', text: words }],
  };
  say({ type: 'assistant', message: shown, parent_tool_use_id: null, uuid: id, error: kind, is_api_error: true });
  run.stopReason = 'stop_sequence';
  const more = status === null ? { api_error: 'connection_failed' } : { api_error_type: type };
  await finish(1, {
    subtype: 'success',
    is_error: true,
    terminal_reason: terminal,
    api_error_status: status,
    ...more,
    result: words,
  });
}

// ------------------------------------------------------------------------------------------------ tools

/** Commands the real one runs unasked in manual mode, as far as tests use them. */
const harmless = new Set(['echo', 'ls', 'pwd', 'cat', 'true', 'whoami']);

function isAllowed(name, input) {
  const isIn = list => list.some(rule => matches(rule, name, input.command ?? ''));
  // Each command of a line may be allowed by a rule of its own; one that is denied denies the line.
  const commands = commandsOf(input);
  if (isIn(settings.deny) || commands.some(command => settings.deny.some(rule => matches(rule, name, command))))
    return false;
  if (permissionMode === 'bypassPermissions') return true;
  if (name === 'Read') return isIn(settings.allow) || roots().some(root => `${input.file_path}`.startsWith(`${root}/`));
  if (name === 'Write') return permissionMode === 'acceptEdits' || isIn(settings.allow);
  if (name !== 'Bash') return true;
  return commands.every(command => {
    return harmless.has(command.split(/\s/)[0]) || settings.allow.some(rule => matches(rule, name, command));
  });
}

/** Bash, Bash(git status), Bash(git:*), Bash(git *); patterns of other tools are taken as matching. */
function matches(rule, name, command) {
  const [, tool, pattern] = /^([^(]+)(?:\((.*)\))?$/s.exec(rule) ?? [];
  if (tool !== name) return false;
  if (pattern === undefined || name !== 'Bash') return true;
  return pattern.endsWith('*') ? command.startsWith(pattern.replace(/:?\*$/, '').trim()) : command === pattern;
}

const roots = () => [cwd, ...(given['--add-dir'] ?? []).map(path => (path.startsWith('/') ? path : `${cwd}/${path}`))];

function commandsOf(input) {
  if (typeof input.command !== 'string') return [];
  return input.command
    .split(/&&|\|\||[;|\n]/)
    .map(command => command.trim())
    .filter(command => command !== '');
}

/** Runs one tool call with its hooks; gives the tool_result block. */
async function useTool({ id, name, input }) {
  const about = { permission_mode: permissionMode, tool_name: name, tool_input: input, tool_use_id: id };
  const before = await runHooks('PreToolUse', about, name);
  const decided = before
    .map(hook => hook.json?.hookSpecificOutput?.permissionDecision)
    .find(value => value !== undefined);
  const blocked = before.map(blockOf).find(reason => reason !== null);
  if (blocked !== undefined || decided === 'deny') return deny(id, name, input, blocked ?? 'denied by a hook', false);
  let allowed = decided === 'allow' || isAllowed(name, input);
  if (!allowed) {
    const asked = await runHooks('PermissionRequest', about, name);
    allowed = asked.some(hook => hook.json?.hookSpecificOutput?.decision?.behavior === 'allow');
  }
  if (!allowed) return deny(id, name, input, `${name} needs approval.`, true);
  const result = await perform(name, input);
  const after = await runHooks('PostToolUse', { ...about, tool_response: result.content }, name);
  for (const hook of after) keepContext('PostToolUse', contextOf(hook, false), true);
  return { tool_use_id: id, type: 'tool_result', ...result };
}

function deny(id, name, input, words, isListed) {
  if (isListed) run.denials.push({ tool_name: name, tool_use_id: id, tool_input: input });
  say({ type: 'system', subtype: 'permission_denied', tool_name: name, tool_use_id: id, message: words });
  return { type: 'tool_result', content: words, is_error: true, tool_use_id: id };
}

function perform(name, input) {
  try {
    if (name === 'Read') return { content: fs.readFileSync(input.file_path, 'utf8'), is_error: false };
    if (name === 'Write') {
      fs.writeFileSync(input.file_path, input.content);
      return { content: `File created successfully at: ${input.file_path}`, is_error: false };
    }
  } catch (error) {
    return { content: error.message, is_error: true };
  }
  if (name !== 'Bash') return { content: `Error: No such tool available: ${name}`, is_error: true };
  return new Promise(resolve => {
    // In a session of its own like the real one's: it outlives a SIGKILL of ours.
    toolChild = spawn('/bin/bash', ['-c', input.command], {
      cwd,
      env: childEnv(),
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let words = '';
    toolChild.stdout.on('data', piece => (words += piece));
    toolChild.stderr.on('data', piece => (words += piece));
    toolChild.on('close', (code, signal) => {
      toolChild = null;
      const shown = words.trimEnd();
      if (code === 0) resolve({ content: shown || '(Bash completed with no output)', is_error: false });
      else
        resolve({
          content: `Exit code ${code ?? (signal === 'SIGKILL' ? 137 : 1)}${shown && `\n${shown}`}`,
          is_error: true,
        });
    });
  });
}

// ------------------------------------------------------------------------------------------------ the turn

let system = '';
const stopsMax = 8;

async function main() {
  if (takesLines) return serveLines();
  const prompt = given.words[0] ?? readStdin();
  if (prompt.trim() === '')
    refuse('Error: Input must be provided either through stdin or as a prompt argument when using --print');
  const opening = await open();
  await takeTurn(prompt, null, opening);
}

/** Before the first turn; gives what the SessionStart hooks said. */
function open() {
  ledgerOpen = true;
  ledger('start');
  if (isResume) loadTranscript();
  system = systemPrompt();
  const source = isResume ? 'resume' : 'startup';
  return runHooks('SessionStart', { source }, source);
}

/** Lines of JSON until stdin ends: what waits together becomes one turn. */
async function serveLines() {
  const waiting = [];
  let isOver = false;
  let wake = () => {};
  let rest = '';
  process.stdin.setEncoding('utf8');
  process.stdin.on('data', piece => {
    const lines = (rest + piece).split('\n');
    rest = lines.pop();
    for (const line of lines) takeLine(line, waiting);
    wake();
  });
  process.stdin.on('end', () => {
    if (rest.trim() !== '') takeLine(rest, waiting);
    isOver = true;
    server.leave();
    wake();
  });
  process.stdin.on('error', () => {
    isOver = true;
    wake();
  });
  let opening = await open();
  for (;;) {
    while (waiting.length === 0 && !isOver)
      await new Promise(resolve => {
        wake = resolve;
      });
    if (waiting.length === 0) return leave(lastCode);
    await server.ready;
    const lines = waiting.splice(0);
    abort = new AbortController();
    promptId = uuid();
    Object.assign(run, { turns: 0, denials: [], apiMs: 0, stopReason: null });
    run.line = { uuids: lines.flatMap(line => line.uuid ?? []) };
    tellLine('started');
    await takeTurn(lines.map(({ prompt }) => prompt).join('\n'), run.line.uuids.at(-1), opening);
    if (isLeaving) return;
    run.line = 'none';
    opening = [];
  }
}

/** One line of stdin. */
function takeLine(text, waiting) {
  if (text.trim() === '') return;
  let line;
  try {
    line = JSON.parse(text);
  } catch {
    refuse(`Error parsing streaming input line (type=unknown, ${text.length} chars): SyntaxError`);
  }
  if (line.type === 'control_request') return control(line, waiting);
  if (line.type === 'control_response') return server.take(line.response);
  if (line.type !== 'user') return;
  if (line.message?.role !== 'user') refuse(`Error: Expected message role 'user', got '${line.message?.role}'`);
  const { uuid: id } = line;
  // Neither is run: one of this process is dropped without a word, one of before is told to be done.
  if (id !== undefined && knownLines.has(id)) return;
  if (linesOfBefore.has(id)) return say({ type: 'command_lifecycle', command_uuid: id, state: 'completed' });
  if (id !== undefined) knownLines.add(id);
  const { content } = line.message;
  waiting.push({
    uuid: id,
    prompt: typeof content === 'string' ? content : content.map(part => part.text ?? '').join('\n'),
  });
  if (id !== undefined) say({ type: 'command_lifecycle', command_uuid: id, state: 'queued' });
}

/** MCP servers of who feeds it: asked for their tools before the first turn, in control requests. */
function createServers() {
  const asked = new Map();
  let isGone = false;
  /** null: nobody answers any more. */
  const ask = (server_name, message) =>
    new Promise(resolve => {
      const request_id = uuid();
      if (isGone) return resolve(null);
      asked.set(request_id, resolve);
      const request = { subtype: 'mcp_message', server_name, message: { ...message, jsonrpc: '2.0' } };
      say({ type: 'control_request', request_id, request });
    });
  const listed = [];
  async function connect(name) {
    const hello = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'claude-code', version } };
    const answers = [
      await ask(name, { method: 'initialize', params: hello, id: 0 }),
      await ask(name, { method: 'notifications/initialized' }),
      await ask(name, { method: 'tools/list', id: 1 }),
    ];
    const tools = answers[2]?.response?.mcp_response?.result?.tools;
    listed.push({ name, tools: (tools ?? []).map(tool => `mcp__${name}__${tool.name}`), isThere: tools !== undefined });
  }
  const servers = {
    ready: Promise.resolve(),
    listed,
    open(names) {
      servers.ready = Promise.all(names.map(connect));
    },
    take(response) {
      asked.get(response.request_id)?.(response);
      asked.delete(response.request_id);
    },
    leave() {
      isGone = true;
      for (const resolve of asked.values()) resolve(null);
    },
  };
  return servers;
}

function control({ request_id, request }, waiting) {
  const answer = response => say({ type: 'control_response', response: { request_id, ...response } });
  if (request.subtype === 'initialize') {
    server.open(request.sdkMcpServers ?? []);
    return answer({ subtype: 'success', response: { commands: [], pid } });
  }
  if (request.subtype === 'interrupt') {
    answer({ subtype: 'success', response: { still_queued: waiting.flatMap(line => line.uuid ?? []) } });
    abort.abort(new Error('interrupted'));
    return killTool();
  }
  if (request.subtype === 'set_permission_mode') {
    permissionMode = request.mode === 'manual' ? 'default' : request.mode;
    return answer({ subtype: 'success', response: { mode: permissionMode } });
  }
  if (request.subtype === 'get_context_usage') {
    const totalTokens = Math.ceil(JSON.stringify(conversation).length / 4);
    return answer({
      subtype: 'success',
      response: { totalTokens, maxTokens: 200_000, percentage: totalTokens / 2_000 },
    });
  }
  // As sdk.d.ts of the SDK (0.3.332) has it: without a plan, rate_limits is null.
  if (request.subtype === 'get_usage') {
    const limits = env.FAKE_CLAUDE_PLAN === undefined ? null : JSON.parse(env.FAKE_CLAUDE_PLAN);
    const session = { total_cost_usd: costBefore + run.cost, model_usage: {} };
    const response = { session, subscription_type: limits && 'max', rate_limits_available: limits !== null };
    return answer({ subtype: 'success', response: { ...response, rate_limits: limits, behaviors: null } });
  }
  answer({
    subtype: 'error',
    error: `Unsupported control request subtype: ${request.subtype}`,
    error_code: 'unsupported_request',
  });
}

/** One turn; `id`: the uuid that its prompt has in the transcript. */
async function takeTurn(prompt, id, opening) {
  keep({
    type: 'queue-operation',
    operation: 'enqueue',
    timestamp: new Date().toISOString(),
    sessionId,
    content: prompt,
  });
  keep({ type: 'queue-operation', operation: 'dequeue', timestamp: new Date().toISOString(), sessionId });
  const shown = {
    type: 'system',
    subtype: 'init',
    cwd,
    tools: ['Bash', 'Read', 'Write', ...server.listed.flatMap(({ tools }) => tools)],
    mcp_servers: server.listed.map(({ name, isThere }) => ({
      ...{ name, status: isThere ? 'connected' : 'failed', source: 'sdk' },
    })),
    model,
    permissionMode,
  };
  say({
    ...shown,
    capabilities: ['interrupt_receipt_v1', 'msg_lifecycle_v1'],
    apiKeySource: 'ANTHROPIC_API_KEY',
    claude_code_version: version,
    original_cwd: cwd,
    additional_directories: roots().slice(1),
  });

  const submitted = await runHooks('UserPromptSubmit', { permission_mode: permissionMode, prompt });
  const blocked = submitted.map(blockOf).find(reason => reason !== null);
  if (blocked !== undefined) {
    const words = `UserPromptSubmit operation blocked by hook:\n${blocked}\n\nOriginal prompt: ${prompt}`;
    keepNode({ type: 'system', subtype: 'informational', content: words, isMeta: false, preventContinuation: true });
    say({ type: 'system', subtype: 'informational', content: words, prevent_continuation: true });
    return finish(0, { subtype: 'success', is_error: false, result: words });
  }
  turnIndex++;
  const turnPosition = { promptIndex: 0, turnIndex };
  keepUser(prompt, {
    permissionMode,
    promptSource: 'sdk',
    turnOrigin: 'sdk',
    turnPosition,
    ...(id ? { uuid: id } : {}),
  });
  run.turns = 1;
  for (const hook of opening) keepContext('SessionStart', contextOf(hook, true), hook.json !== null);
  for (const hook of submitted) keepContext('UserPromptSubmit', contextOf(hook, true), hook.json !== null);
  if (recordedSystem === null)
    keepNode({ type: 'attachment', attachment: { type: 'prompt_snapshot', systemPrompt: [system] } });
  // As in the real one: a copy of the prompt that is no proof of anything, for anyone who searches the file for text.
  keep({ type: 'api-request-blob', sessionId, hash: uuid(), message: { role: 'user', content: prompt } });
  await converse(prompt);
}

async function converse(prompt) {
  let stops = 0;
  const budget = Number(given['--max-budget-usd'] ?? Infinity);
  const isSpent = () => run.cost >= budget;
  const spent = () => limit('error_max_budget_usd', 'budget_exhausted', `Reached maximum budget ($${budget})`);
  if (run.cost > 0 && isSpent()) return spent();
  for (;;) {
    let answer;
    try {
      answer = await askModel(prompt);
    } catch (error) {
      if (abort.signal.aborted) return interrupted(false);
      if (error instanceof ApiFailure) return failed(error);
      throw error;
    }
    if (isLeaving) return never();
    takeAnswer(answer);
    if (isSpent()) return spent();
    const tools = toolUsesOf(answer.content);
    if (tools.length > 0) {
      const results = [];
      for (const call of tools) results.push(await useTool(call));
      const id = uuid();
      say({ type: 'user', message: { role: 'user', content: results }, parent_tool_use_id: null, uuid: id });
      keepUser(results);
      run.turns++;
      if (abort.signal.aborted || isLeaving) return interrupted(true);
      const turnsMax = Number(given['--max-turns'] ?? Infinity);
      if (run.turns > turnsMax)
        return limit('error_max_turns', 'max_turns', `Reached maximum number of turns (${turnsMax})`);
      continue;
    }
    const words = answer.content.map(block => block.text ?? '').join('');
    const hooksRun = runHooks('Stop', {
      permission_mode: permissionMode,
      stop_hook_active: stops > 0,
      last_assistant_message: words,
      background_tasks: [],
    });
    const cutOff = new Promise(resolve => abort.signal.addEventListener('abort', () => resolve(null), { once: true }));
    const stopped = await Promise.race([hooksRun, cutOff]);
    // The answer is out: no more is said, and the result line has none of it.
    if (stopped === null) return prevented();
    const reason = stopped.map(hook => (hook.code === 2 ? hook.stderr : blockOf(hook))).find(found => found !== null);
    if (abort.signal.aborted || isLeaving) return interrupted(false);
    if (reason === undefined || stops >= stopsMax)
      return finish(0, {
        subtype: 'success',
        is_error: false,
        terminal_reason: 'completed',
        api_error_status: null,
        result: reason === undefined ? words : '',
      });
    stops++;
    const feedback = `Stop hook feedback:\n${reason}`;
    say({
      type: 'user',
      message: { role: 'user', content: [{ type: 'text', text: feedback }] },
      parent_tool_use_id: null,
      isSynthetic: true,
    });
    keepUser(feedback, { isMeta: true });
    run.turns++;
  }
}

function takeAnswer(answer) {
  const { usage = {} } = answer;
  const tokens = {
    input: usage.input_tokens ?? 0,
    output: usage.output_tokens ?? 0,
    cacheRead: usage.cache_read_input_tokens ?? 0,
    cacheCreation: usage.cache_creation_input_tokens ?? 0,
  };
  run.tokens = sum(run.tokens, tokens);
  run.cost += costOf(tokens);
  run.stopReason = answer.stop_reason;
  conversation.push({ role: 'assistant', content: answer.content });
  const message = {
    id: answer.id,
    type: 'message',
    role: 'assistant',
    model: answer.model ?? model,
    stop_sequence: null,
  };
  // One record and one line for each block, all of one message id.
  for (const block of answer.content) {
    const shown = { ...message, content: [block] };
    const id = uuid();
    keepNode(
      {
        type: 'assistant',
        message: { ...shown, stop_reason: answer.stop_reason, usage: usageOf(tokens) },
        madeBy: 'model',
      },
      id,
    );
    say({
      type: 'assistant',
      message: { ...shown, stop_reason: null, usage: { ...usageOf(tokens), output_tokens: 1 } },
      parent_tool_use_id: null,
      uuid: id,
    });
  }
}

const limit = (subtype, terminal, words) =>
  finish(1, { subtype, is_error: true, terminal_reason: terminal, errors: [words] });

await main();
