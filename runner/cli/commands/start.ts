/**
 * `agent-runner start`: runs the agents, here or in the background. The first SIGINT lets turns finish, the second ends them.
 */
import { resolve } from 'node:path';
import { exitCode, reasonOf, usageError } from '#blackboard/system/errors.ts';
import { quoted } from '#blackboard/text/shell-word.ts';
import { dashboardOrder } from '#runner/cli/commands/dashboard-serve.ts';
import type { Call, Declaration } from '#runner/cli/declare.ts';
import { openLink } from '#runner/cli/terminal/open-link.ts';
import type { DashboardOrder } from '#runner/dashboard/server.ts';
import { announceReady } from '#runner/service/readiness.ts';
import { printJson } from '#runner/text/printing.ts';
import { endBySigpipe, whenReaderLeaves } from '#runner/text/reader.ts';
import { whileWaiting } from '#runner/text/waiting.ts';
import type { VerbContext } from '#runner/verbs/context.ts';
import type { Runner } from '#runner/verbs/start.ts';
import type { DetachedOrder } from '#runner/verbs/start-detached.ts';

export const command: Declaration = {
  words: 'start',
  heading: 'Agents at work',
  about: 'run the agents, in the foreground; 75 if they run already',
  arguments: [{ name: '[name...]', about: 'only these (default: all, and those that come)', completes: 'agent' }],
  options: [
    { flags: '--once', about: 'work until the inboxes are empty, then exit; 1 if something was skipped' },
    { flags: '--detach', about: 'in the background; returns when it watches' },
    {
      flags: '--log <file>',
      about: 'write what it says into this file (with --detach: logs/runner.log in the root)',
      completes: 'file',
    },
    { flags: '--quiet', about: 'say nothing of turns, only of troubles' },
    { flags: '--dashboard', about: 'serve the page, too: agent-runner dashboard link opens it' },
    { flags: '--port <number>', about: 'of the page, at 127.0.0.1 (default: 7433)' },
  ],
  json: 'with --detach: print JSON',
  examples: ['agent-runner start --detach', 'agent-runner start reviewer tester --once'],
  exits: {
    1: '--once: something was skipped',
    66: 'no such agent',
    69: '--detach: it did not come up',
    75: 'the agents run already',
    78: 'agent.md, config.yaml or the environment is wrong, or there is no claude that works',
  },
};

type Options = { once?: boolean; detach?: boolean; log?: string; quiet?: boolean; dashboard?: boolean; port?: string };

export async function run(call: Call, names: string[], options: Options): Promise<number> {
  const context = await call.context();
  const once = options.once === true;
  const quiet = options.quiet === true;
  const log = options.log === undefined ? null : resolve(options.log);
  if (options.detach && once)
    throw usageError('--once ends by itself, and --detach is for what goes on', 'Leave one of them out.');
  if (options.port !== undefined && !options.dashboard)
    throw usageError('--port is of the page, and there is none', 'Add --dashboard.');
  const page = options.dashboard ? dashboardOrder({ port: options.port }) : null;
  if (options.detach) return detach(context, { names, quiet, log, pagePort: page?.port ?? null }, call.json);
  const { start } = await import('#runner/verbs/start.ts');
  const { agentTools } = await import('#runner/mcp/agent-tools.ts');
  const order = { names, once, log, quiet };
  const runner = await start(context, { ...order, whenReady: announceReady, toolServers: agentTools });
  const forget = onSignals(runner);
  await using _page = page && (await servePage(call, context, page));
  // Running turns may finish. A service goes on: only the process that keeps its log was restarted.
  const reader = whenReaderLeaves(() => runner.isService || runner.drain());
  const skipped = await runner.done.finally(() => {
    forget();
    if (reader.hasLeft() && !runner.isService) endBySigpipe();
  });
  return once && skipped.length > 0 ? exitCode.no : exitCode.ok;
}

/** Agents work without it: what is wrong with the page is said, and that is all. */
async function servePage(call: Call, context: VerbContext, order: Omit<DashboardOrder, 'onError'>) {
  try {
    const { openDashboard } = await import('#runner/dashboard/server.ts');
    const onError = (error: unknown) => call.warn(`the page: ${reasonOf(error)}`);
    const page = await openDashboard(context, { ...order, onError });
    await openLink(call, context, { origin: page.origin, opens: false, isServing: true });
    return page;
  } catch (error) {
    call.warn(`the page is not served: ${reasonOf(error)}`);
    return null;
  }
}

/** Returns when the runner in the background watches; if it ended before, with its output and exit code. */
async function detach(context: VerbContext, order: Omit<DetachedOrder, 'signal'>, json: boolean): Promise<number> {
  const { startDetached } = await import('#runner/verbs/start-detached.ts');
  const interrupted = new AbortController();
  const onSignal = () => interrupted.abort();
  for (const name of STOPPING) process.once(name, onSignal);
  const started = await whileWaiting('starting', { json, catchesSignals: true }, () =>
    startDetached(context, { ...order, signal: interrupted.signal }),
  );
  for (const name of STOPPING) process.off(name, onSignal);
  if (started.kind === 'ended') {
    process.stderr.write(started.said);
    return started.exit;
  }
  const { pid, root, log } = started.started;
  if (json) printJson(started.started);
  else
    process.stdout.write(
      `Runs in the background as pid ${pid}, watching ${root}\n` +
        `  what it says:  tail -f ${quoted(log)}\n` +
        `  stop it:       agent-runner stop\n`,
    );
  return exitCode.ok;
}

const STOPPING = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

function onSignals(runner: Runner): () => void {
  let timer: NodeJS.Timeout | undefined;
  const onSignal = (signal: NodeJS.Signals) => {
    if (timer) {
      runner.stopNow(signal);
      return;
    }
    runner.drain(signal);
    timer = setTimeout(() => runner.stopNow(), runner.graceMs);
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
  return () => {
    clearTimeout(timer);
    process.off('SIGTERM', onSignal);
    process.off('SIGINT', onSignal);
  };
}
