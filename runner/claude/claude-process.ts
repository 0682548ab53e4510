/** The claude port for real: the launcher, the session's files, the registry. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type AgentLayout, rootLayout, type TurnLayout } from '#blackboard/layout.ts';
import { systemClock } from '#blackboard/system/clock.ts';
import { configurationError, temporaryError } from '#blackboard/system/errors.ts';
import { type Files, readText } from '#blackboard/system/files.ts';
import { limits } from '#blackboard/system/limits.ts';
import { type ProcessIdentity, startTimeSync } from '#blackboard/system/process-identity.ts';
import { realPathOf } from '#blackboard/system/real-path.ts';
import { replaceCopy } from '#blackboard/system/record.ts';
import { stopChild, waitUntilGone } from '#blackboard/system/stop-process.ts';
import { readChild } from '#blackboard/turns/turns.ts';
import { agentSettings, type TurnSettings } from '#hooks/claude/agent-settings.ts';
import { claudeConfigDir, locateTranscript } from '#hooks/claude/session-files.ts';
import { findSessionOwner } from '#hooks/claude/session-registry.ts';
import { userLine } from '#hooks/claude/user-line.ts';
import type { AgentDefinition } from '#runner/agents/agent-file.ts';
import { keptRules } from '#runner/agents/kept-rules.ts';
import { restrained, restrainedSettings, withoutHooks } from '#runner/agents/signal-permissions.ts';
import { systemPrompt } from '#runner/agents/system-prompt.ts';
import { workDirectory } from '#runner/agents/worktree.ts';
import { isChildAlive } from '#runner/claude/child-elsewhere.ts';
import { childEnv, compactsAt, VENDOR_OFF } from '#runner/claude/child-env.ts';
import { claudeCommand } from '#runner/claude/claude-command.ts';
import { INSTALL_CLAUDE, tooOld } from '#runner/claude/claude-version.ts';
import { findProgram } from '#runner/claude/find-program.ts';
import { type Launcher, prepareLaunch } from '#runner/claude/launch.ts';
import { writeOrder } from '#runner/claude/order.ts';
import { claimsCommand } from '#runner/claude/our-hooks.ts';
import type { ChildExit, Claude, Run, RunOrder, ToolServerOf } from '#runner/claude/port.ts';
import { keepsPrompt } from '#runner/claude/prompt-probe.ts';
import { createResidency } from '#runner/claude/residency.ts';
import type { Residents } from '#runner/claude/residents.ts';
import { fileDenials, rootDenials } from '#runner/claude/root-denials.ts';
import type { SpareLauncher } from '#runner/claude/spare-launcher.ts';
import { cliPath } from '#runner/version.ts';

export interface ClaudeProcessOptions {
  files: Files;
  root: string;
  /** Absolute path of the claude executable. */
  executable: string;
  launcherPath: string;
  layout: AgentLayout;
  definition: AgentDefinition;
  /** The fingerprint of agent.md before `definition` was read from it. Absent: as it is now. */
  readAs?: string;
  env: Readonly<Record<string, string | undefined>>;
  /** Of the runner; absent: every turn has a process of its own. */
  residents?: Residents;
  /** Our MCP server for each claude whose stdin the runner holds. Absent: such a claude has none. */
  toolServers?: ToolServerOf | undefined;
  /** Of the runner; absent: every launcher starts with its turn. */
  spare?: SpareLauncher;
  /** Told when a resident was ended for a turn that nobody gave it. */
  onAstray?: () => void;
}

/** Programs, as they were when they ran, that say what becomes of a line: what they have told of turns before. */
const tellers = new Set<string>();

export function createClaudeProcess(options: ClaudeProcessOptions): Claude {
  const { files, env } = options;
  const configDir = claudeConfigDir(env);
  const residency = createResidency(options, {
    readSession: (id, from) => port.readSession(id, from),
    sessionBytes: id => port.sessionBytes(id),
    prepareChild: (order, process) => prepareChild(options, order, process),
    key: () => flagsKey(options, madeOfNow()),
    toolServer: () =>
      options.toolServers?.({
        layout: options.layout,
        cwd: () => workDirectory(files, options.layout, options.definition),
      }) ?? null,
    processRun: (turn, identity, over) => processRun(files, turn, identity, over),
  });
  let ran = '';
  const madeOfNow = () => madeOf(options, fingerprint([options.layout.definition]));
  const made = options.readAs === undefined ? madeOfNow() : madeOf(options, options.readAs);
  const port: Claude = {
    madeOf: () => made,
    madeOfNow,
    learn(tellsLines) {
      if (tellsLines) tellers.add(ran);
      else tellers.delete(ran);
    },
    keepsPrompt: isWanted => keepsPrompt(options, isWanted),
    residentFor: wish => residency.find(wish),
    contextOf: sessionId => residency.contextOf(sessionId),
    endResident: identity => residency.endStray(identity),
    letGo: async () => options.residents?.end(options.layout.name),
    prepare(order) {
      ran = fingerprint([options.executable]);
      const ready = residency.prepare(order);
      if (ready) return ready;
      const preparing = prepareChild(options, order);
      // start() reports it; a caller that never starts does not ask.
      preparing.catch(() => {});
      return {
        async start() {
          const launched = await (await preparing).go();
          if (launched.kind === 'not-started') return launched;
          return { kind: 'started', run: processRun(files, order.turn, launched.identity, launched.exited) };
        },
        [Symbol.dispose]: () => void preparing.then(launcher => launcher.dismiss()).catch(() => {}),
      };
    },
    async sessionBytes(sessionId) {
      return (await locateTranscript(configDir, sessionId))?.sizeBytes ?? null;
    },
    async readSession(sessionId, fromByte) {
      const found = await locateTranscript(configDir, sessionId);
      const bytes = found && (await files.read(found.path, { offset: fromByte }));
      return bytes ? new TextDecoder().decode(bytes) : '';
    },
    sessionOwner: sessionId =>
      findSessionOwner(configDir, sessionId, pid => (residency.isOwn(pid) ? null : startTimeSync(pid))),
    adopt(identity, turn, leave) {
      const ours = residency.runOf(identity, turn);
      if (ours) return ours;
      const gone = waitUntilGone(identity, { pollMs: limits.orphanLookMs, signal: leave }, systemClock);
      void residency.attendOrphan(identity, turn, gone).catch(() => {});
      const over = gone.then(() => null);
      return processRun(files, turn, identity, over);
    },
    isAlive: async (identity, turn) => !residency.isDone(identity, turn) && (await isChildAlive(files, turn, identity)),
    stopLeftovers: turn => residency.stopLeftovers(turn),
  };
  return port;
}

/**
 * A run with a process of its own: the process that holds the turn's name `child`. If that cannot be read, or is not
 * there yet, the process that was started.
 */
const processRun = (
  files: Files,
  turn: TurnLayout,
  identity: ProcessIdentity | null,
  over: Promise<ChildExit | null>,
): Run => ({
  identity,
  over,
  async interrupt() {
    const child = await readChild(files, turn).catch(() => null);
    const runs = child?.kind === 'started' ? child.identity : identity;
    if (runs === null) throw temporaryError(`turn ${turn.number} has not said yet which process runs it`);
    await stopChild(runs, { graceMs: limits.stopGraceMs }, systemClock);
  },
});

/** Files named in agent.md that claude needs to start. */
const filesNamed = ({ settings, mcpConfig }: AgentDefinition): string[] =>
  [settings, mcpConfig].filter(named => typeof named === 'string');

/** `readAs`: the fingerprint that agent.md had, or has. */
const madeOf = ({ executable, definition }: ClaudeProcessOptions, readAs: string): string =>
  [fingerprint([executable]), readAs, fingerprint(filesNamed(definition))].join('\n');

/** Changes when any of these files changes. Links are followed: an update of claude is often a new link target. */
export function fingerprint(paths: readonly string[]): string {
  const facts = paths.map(path => {
    try {
      const found = statSync(path);
      return `${path} ${found.ino} ${found.size} ${found.mtimeMs}`;
    } catch {
      // Not there, or closed to us: the start of claude says so.
      return path;
    }
  });
  return facts.join('\n');
}

/** `stays`: a resident, which may cost that much. */
async function prepareChild(
  options: ClaudeProcessOptions,
  order: RunOrder,
  stays?: { budgetUsd: number },
): Promise<Launcher> {
  const bySignal = order.onlySignals !== undefined;
  const definition = bySignal ? restrained(options.definition, order.onlySignals!) : options.definition;
  const works = await workDirectory(options.files, options.layout, definition);
  if (works === null) throw temporaryError(`the worktree of ${options.layout.name} is not made yet`);
  const { turn } = order;
  const sitting = { cwd: works, stays: stays !== undefined };
  const env = childEnv(options.env, VENDOR_OFF);
  const launcher = prepareLaunch(
    options.files,
    { launcherPath: options.launcherPath, turnDir: turn.home, env, ...sitting },
    options.spare,
  );
  try {
    const argv = claudeCommand({
      claude: options.executable,
      definition,
      ...(await writeHandedFiles(options, order, bySignal)),
      attachments: options.layout.inbox.files,
      // A claude whose stdin the runner holds has the server in the runner.
      mcpServer: stays ? undefined : mcpServer(options.root),
      sessionId: order.sessionId,
      resume: order.resume,
      maxBudgetUsd: stays?.budgetUsd ?? order.maxBudgetUsd,
      asks: stays !== undefined && definition.approvals === 'on',
    });
    await breathe();
    const drops = order.held ? DROPS_DEFERRED : {};
    const variables = { ...compactsAt(order.contextWindow, options.env), ...drops, ...order.env };
    launcher.hand(await writeOrder(options.files, turn.home, { argv, variables, ...sitting }));
  } catch (error) {
    launcher.dismiss();
    throw error;
  }
  return launcher;
}

/** A held call whose tool is not there is told to the model as such; without it the whole turn fails (CLI 2.1.332). */
const DROPS_DEFERRED = { CLAUDE_CODE_DROP_UNAVAILABLE_DEFERRED_TOOL: '1' };

/**
 * input.jsonl and settings.json in the turn's directory, system-prompt.md in the agent's run directory, written again
 * only if it changed.
 */
async function writeHandedFiles(
  { files, root, layout, definition, executable }: ClaudeProcessOptions,
  order: RunOrder,
  bySignal: boolean,
) {
  const settingsFile = order.turn.settings;
  const systemPromptFile = join(layout.run, 'system-prompt.md');
  await files.makeDirectory(layout.run);
  const turn = {
    env: { ...VENDOR_OFF, ...order.env },
    // What a person allowed holds for work, not for a turn that a signal started.
    allow: bySignal ? [] : await keptRules(files, layout),
    // Without hooks the call that the session holds is denied with its tool.
    deny: [
      ...rootDenials(root),
      ...fileDenials(ruledBy(root, layout, definition)),
      ...(order.held && bySignal && !definition.signals.hooks ? [order.held.tool] : []),
    ],
    saysItself: tellers.has(fingerprint([executable])),
    beforeChange: claimsCommand(root, layout.name),
    // No message would wait for the card of a turn that a signal started: there the call is asked about like any other.
    deferFor: bySignal ? [] : definition.deferFor,
    held: order.held?.call,
  };
  await breathe();
  await Promise.all([
    writeInput(files, order),
    settingsText(definition, turn, bySignal).then(text => replaceCopy(files, settingsFile, text)),
    replaceIfChanged(files, systemPromptFile, systemPrompt(layout.name, definition.instructions)),
  ]);
  return { settingsFile, systemPromptFile };
}

/** Lets an fsync of the intent that has ended be followed by the next one, which then runs beside this work. */
const breathe = () => new Promise<void>(resolve => setImmediate(resolve));

/** Not fsynced: no launcher survives a power loss. */
async function writeInput(files: Files, { turn, line }: RunOrder): Promise<void> {
  const prompt = await readText(files, turn.prompt, Number.POSITIVE_INFINITY);
  if (prompt === null) throw temporaryError(`turn ${turn.number} has lost its prompt`, 'The runner looks again.');
  await files.append(turn.input, userLine(prompt, line));
}

/** Waited for, and its tools in the first request (CLI 2.1.332). It lives as long as the claude that starts it. */
const mcpServer = (root: string): string =>
  JSON.stringify({
    mcpServers: {
      'agent-runner': { command: process.execPath, args: [cliPath, '--root', root, 'mcp'], alwaysLoad: true },
    },
  });

/** Changes when a process that was started for an earlier turn would not be as one that is started now. */
async function flagsKey(options: ClaudeProcessOptions, madeOf: string): Promise<string> {
  const { files, root, layout, definition } = options;
  const own = { settingsFile: '', systemPromptFile: '', attachments: '', sessionId: '', resume: false, asks: true };
  const deny = [...rootDenials(root), ...fileDenials(ruledBy(root, layout, definition))];
  const said = [
    claudeCommand({ claude: options.executable, definition, ...own, mcpServer: undefined, maxBudgetUsd: 0 }),
    await settingsText(
      definition,
      { env: {}, deny, allow: await keptRules(files, layout), beforeChange: claimsCommand(root, layout.name) },
      false,
    ),
    systemPrompt(layout.name, definition.instructions),
    await workDirectory(files, layout, definition),
    childEnv(options.env, VENDOR_OFF),
    madeOf,
  ];
  return createHash('sha256').update(JSON.stringify(said)).digest('hex');
}

/** The real paths of the files that say what the agent may do. */
export function ruledBy(root: string, layout: AgentLayout, { settings, mcpConfig }: AgentDefinition): string[] {
  const named = [layout.definition, rootLayout(root).config, settings, mcpConfig];
  const real = named.filter(path => typeof path === 'string').map(realPathOf);
  return real.filter(path => !path.startsWith(`${root}/`));
}

async function settingsText(definition: AgentDefinition, turn: TurnSettings, bySignal: boolean): Promise<string> {
  const settings = await userSettings(definition);
  if (!bySignal) return agentSettings(settings, turn);
  const text = agentSettings(restrainedSettings(settings, definition.signals), turn);
  return definition.signals.hooks ? text : withoutHooks(text);
}

/** Compared before each turn: what a power loss damages is written again. */
async function replaceIfChanged(files: Files, path: string, text: string): Promise<void> {
  const there = await files.read(path);
  if (!there || new TextDecoder().decode(there) !== text) await replaceCopy(files, path, text);
}

/** The settings that agent.md names, or has. */
export async function userSettings(definition: AgentDefinition): Promise<Record<string, unknown>> {
  const { settings } = definition;
  if (settings === undefined || typeof settings === 'object') return settings ?? {};
  try {
    return JSON.parse(await readFile(settings, 'utf8')) as Record<string, unknown>;
  } catch (error) {
    throw configurationError(`settings ${settings} of agent.md cannot be read as JSON: ${(error as Error).message}`);
  }
}

/** The absolute path of the claude executable. Throws a configuration error that says what to install. */
export async function findClaude(wanted: string, env: Readonly<Record<string, string | undefined>>): Promise<string> {
  const found = findProgram(wanted, env);
  if (found !== null) return found;
  throw configurationError(
    `expected the claude command, found no "${wanted}"${wanted.includes('/') ? '' : ' in PATH'}`,
    `Install it with: ${INSTALL_CLAUDE} (or name its path in config.yaml: claude: /path/to/claude)`,
  );
}

/**
 * Asks that claude for its version. Throws a configuration error if it is too old. False: it gave none; its first turn
 * will tell, because an update may be under way.
 */
export async function requireVersion(executable: string, env: NodeJS.ProcessEnv): Promise<boolean> {
  const version = await claudeVersion(executable, env);
  const fault = version && tooOld(version);
  if (fault)
    throw configurationError(`claude ${version} (${executable}) ${fault}`, `Install it with: ${INSTALL_CLAUDE}`);
  return version !== null;
}

/** `2.1.329` of `claude --version`, or null. */
export function claudeVersion(executable: string, env: NodeJS.ProcessEnv): Promise<string | null> {
  return new Promise(resolve => {
    execFile(executable, ['--version'], { env, timeout: 10_000 }, (error, stdout) =>
      resolve(error ? null : (/\d+\.\d+\.\d+/.exec(stdout)?.[0] ?? null)),
    );
  });
}

/** What `claude auth status` says (CLI 2.1.329: JSON, exit 1 if nobody is logged in); null: an unknown answer. */
export function claudeLogin(
  executable: string,
  env: NodeJS.ProcessEnv,
): Promise<{ loggedIn: boolean; method: string | null } | null> {
  return new Promise(resolve => {
    execFile(executable, ['auth', 'status'], { env, timeout: 20_000 }, (_error, stdout) => {
      try {
        const { loggedIn, authMethod } = JSON.parse(stdout) as Record<string, unknown>;
        const method = typeof authMethod === 'string' ? authMethod : null;
        resolve(typeof loggedIn === 'boolean' ? { loggedIn, method } : null);
      } catch {
        resolve(null);
      }
    });
  });
}
