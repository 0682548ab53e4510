/** What a service of this root is to run: the same for every service manager. */
import { createHash } from 'node:crypto';
import { realpath } from 'node:fs/promises';
import { delimiter, isAbsolute, join } from 'node:path';
import { rootLayout } from '#blackboard/layout.ts';
import { badDataError, temporaryError } from '#blackboard/system/errors.ts';
import type { Files } from '#blackboard/system/files.ts';
import { homeDirectory } from '#blackboard/system/home-directory.ts';
import { limits } from '#blackboard/system/limits.ts';
import { readConfig } from '#runner/agents/config.ts';
import { rootOwner } from '#runner/agents/root-owner.ts';
import { findClaude } from '#runner/claude/claude-process.ts';
import { instantText } from '#runner/text/terminal.ts';
import { packageRoot } from '#runner/version.ts';

export interface ServiceOrder {
  /** `agent-runner`, or with a hash of the root's path where that is not the usual one: several roots, several services. */
  name: string;
  root: string;
  /** node, our command, its arguments; without any of the service manager's own. */
  argv: readonly string[];
  /** What claude and the agents' own calls of agent-runner need; never a key. */
  environment: Readonly<Record<string, string>>;
  /** Seconds after which a runner that was told to stop is ended. */
  stopSeconds: number;
  home: string;
}

type Env = Readonly<Record<string, string | undefined>>;

/**
 * The order for this root, checked as far as can be without starting it: throws what `start` would (78: config.yaml, no
 * claude), and 65 for a path that no unit can hold.
 */
export async function serviceOrder(files: Files, root: string, env: Env): Promise<ServiceOrder> {
  const config = await readConfig(files, root);
  await findClaude(config.claude, env);
  const home = homeDirectory(env);
  const order: ServiceOrder = {
    name: await serviceName(root, home),
    root,
    argv: [process.execPath, join(packageRoot, 'dist', 'cli.js'), '--root', root, 'start'],
    environment: environmentOf(env),
    stopSeconds: Math.ceil(config.stopGraceSeconds) + limits.serviceStopSlackSeconds,
    home,
  };
  const broken = [...order.argv, ...Object.values(order.environment)].find(text => CONTROL.test(text));
  if (broken !== undefined)
    throw badDataError(`a path with a control character in it cannot stand in a service: ${JSON.stringify(broken)}`);
  return order;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for here.
const CONTROL = /[\u0000-\u001f\u007f]/;

export async function serviceName(root: string, home: string): Promise<string> {
  const usual = await realpath(join(home, '.agent-runner')).catch(() => null);
  return root === usual
    ? 'agent-runner'
    : `agent-runner-${createHash('sha256').update(root).digest('hex').slice(0, 8)}`;
}

function environmentOf(env: Env): Record<string, string> {
  const path = (env.PATH ?? '').split(delimiter).filter(isAbsolute);
  const { CLAUDE_CONFIG_DIR: claudeDirectory } = env;
  return {
    PATH: [...new Set(path)].join(delimiter),
    ...(claudeDirectory ? { CLAUDE_CONFIG_DIR: claudeDirectory } : {}),
  };
}

/** Throws a temporary error (75) if the agents run already, other than as `servicePid`. */
export async function refuseOtherRunner(files: Files, root: string, servicePid: number | null): Promise<void> {
  const owner = await rootOwner(files, root);
  if (!owner || owner.identity.pid === servicePid) return;
  throw temporaryError(
    `the agents of ${root} already run, not as a service: pid ${owner.identity.pid}, since ${instantText(Date.parse(owner.startedAt), Date.now())}`,
    'Stop that one first: agent-runner stop',
  );
}

/** `@NAME@` in a template, each replaced by its text as it stands. */
export function fillTemplate(template: string, values: Readonly<Record<string, string>>): string {
  return template.replace(/@([A-Z_]+)@/g, (whole, name: string) => values[name] ?? whole);
}

export const runnerLogOf = (order: ServiceOrder): string => rootLayout(order.root).runnerLog;
