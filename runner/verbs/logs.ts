/** The last lines of the background runner's log, and what comes; all lines, or one agent's. */
import { rootLayout } from '#blackboard/layout.ts';
import { systemClock } from '#blackboard/system/clock.ts';
import { noSuchError } from '#blackboard/system/errors.ts';
import { requireAgent } from '#runner/agents/known-agent.ts';
import { liveRunnersOf } from '#runner/agents/runner-registry.ts';
import { createLineSplitter, lastLines, logBytes } from '#runner/text/follow-log.ts';
import type { VerbContext } from '#runner/verbs/context.ts';
import { requireWhole } from '#runner/verbs/whole-number.ts';

const LINES_MAX = 999_999_999;

export interface LogsOrder {
  /** null: all lines. */
  name: string | null;
  /** How many past lines. */
  lines: number;
  /** Whether to go on until the signal aborts. */
  follow: boolean;
  /** The absolute path of another log; null: that of the runner in the background. */
  log: string | null;
  signal: AbortSignal;
}

/** Each line without its newline. Throws 66 for an unknown agent, or a missing log. */
export async function* logs(context: VerbContext, order: LogsOrder): AsyncGenerator<string, void, undefined> {
  const { name, lines: count, log, signal } = order;
  requireWhole('lines', count, 0, LINES_MAX);
  if (name !== null) await requireAgent(context.files, context.root, name);
  const path = log ?? rootLayout(context.root).runnerLog;
  if ((await context.files.facts(path)) === null) throw await noLog(context, path, log !== null);
  const isWanted = (line: string) => name === null || isAbout(line, name);
  // One agent's last lines may be anywhere in the file.
  const { fromByte } = await lastLines(path, name === null ? count : Number.MAX_SAFE_INTEGER);
  const lines = createLineSplitter();
  let offset = fromByte;
  const backlog: string[] = [];
  for await (const bytes of logBytes(path, fromByte, { clock: systemClock, signal: AbortSignal.abort() })) {
    offset += bytes.length;
    for (const line of lines(bytes).filter(isWanted)) {
      backlog.push(line);
      if (backlog.length > count) backlog.shift();
    }
  }
  yield* backlog;
  if (!order.follow) return;
  for await (const bytes of logBytes(path, offset, { clock: systemClock, signal }))
    for (const line of lines(bytes).filter(isWanted)) if (!signal.aborted) yield line;
}

/** The error for a missing log; it names the place where the runner writes. */
async function noLog({ files, root, env }: VerbContext, path: string, isNamed: boolean): Promise<Error> {
  if (isNamed) return noSuchError(`there is no log ${path}`, 'That of start --detach is shown without --log.');
  const { findService } = await import('#runner/service/this-machine.ts');
  const found = await findService(root, env).catch(() => null);
  if (found?.isInstalled) {
    const isSystemd = found.manager.name === 'systemd';
    return noSuchError(
      `there is no log ${path}: the service writes to ${isSystemd ? 'the journal' : 'its own log'}`,
      isSystemd
        ? `See it with: journalctl --user -u ${found.service.name} -f`
        : 'See where with: agent-runner service status',
    );
  }
  const [runner] = await liveRunnersOf(files, root);
  if (runner)
    return noSuchError(
      `there is no log ${path}: the runner (pid ${runner.pid}) runs in the foreground and says everything on its own terminal`,
      'For a log, stop it, then: agent-runner start --detach',
    );
  return noSuchError(
    `there is no log ${path}: no runner has run in the background, and none runs now`,
    'Start one with: agent-runner start --detach',
  );
}

/** `<time> <name>: …` and `<time> agent-runner: … <name>…` */
const isAbout = (line: string, name: string): boolean => new RegExp(`(^|[^a-z0-9-])${name}([^a-z0-9-]|$)`).test(line);
