/**
 * Whether a person calls a command: what only a person may do is refused to everybody else. A person is proven by a
 * terminal that no claude has started, or by the page that they opened from one; where nothing proves one, there is none. It fences a claude with an unrestricted
 * shell of the same user; it is no wall (docs/permissions.md).
 */
import { closeSync, openSync } from 'node:fs';
import { OPERATOR } from '#blackboard/peers/operator.ts';
import { refusedError } from '#blackboard/system/errors.ts';
import type { Files } from '#blackboard/system/files.ts';
import { lineageOf, type ProcessIdentity, startedWith } from '#blackboard/system/process-identity.ts';
import { callerOf, claudeSigns, isOfPage } from '#runner/agents/caller.ts';

/** What a person alone may do: the verbs' words. docs/permissions.md shows this table, and a test compares the two. */
export const FOR_PEOPLE = [
  'approve',
  'deny',
  'answer',
  'reply to a question',
  'plugin install',
  'plugin uninstall',
  'send --via tmux',
  'ask --via tmux',
  'cmd',
  'esc',
  'press',
  'dashboard link',
  'handover',
  'take',
] as const;

/** What changes what agents may do or spend: no agent and no session does it. A person's script needs no terminal for it. Shown there, too. */
export const NOT_FOR_AGENTS = [
  'add',
  'edit',
  'resume --raise',
  'hooks install',
  'hooks uninstall',
  'spawn',
  'fork',
  'kill',
  'dashboard',
  'connect another session',
  'disconnect another session',
] as const;

/** Throws 77 where an agent or a session calls, or where nothing proves that none does. */
export async function refuseAgents(
  files: Files,
  root: string,
  env: NodeJS.ProcessEnv,
  verb: (typeof NOT_FOR_AGENTS)[number],
): Promise<void> {
  const { kind, peer } = await callerOf(files, root, env);
  if (kind !== 'operator') throw refusedError(`${verb} is for people: ${kind} ${peer} calls`, hint(verb));
}

/** Throws 77 unless a person calls. Returns the name that is put under what was decided. */
export async function requirePerson(
  files: Files,
  root: string,
  env: NodeJS.ProcessEnv,
  verb: (typeof FOR_PEOPLE)[number],
  terminal: () => boolean = hasTerminal,
  line: readonly ProcessIdentity[] = lineageOf(process.pid),
): Promise<string> {
  const caller = await callerOf(files, root, env);
  if (caller.kind !== 'operator')
    throw refusedError(`${verb} is for people: ${caller.kind} ${caller.peer} calls`, hint(verb));
  if (isOfPage(env)) return OPERATOR;
  const sign = line.flatMap(({ pid }) => claudeSigns(name => startedWith(pid, name) ?? undefined))[0];
  if (sign !== undefined)
    throw refusedError(`${verb} is for people: a claude, or a turn, has started this terminal (${sign})`, hint(verb));
  if (!terminal()) throw refusedError(`${verb} is for people, and no terminal proves that one calls`, hint(verb));
  return OPERATOR;
}

const hint = (verb: string): string => `Call agent-runner ${verb} in a terminal of yours that no claude has started.`;

/** The process has a controlling terminal, whatever its stdin is. */
function hasTerminal(): boolean {
  try {
    closeSync(openSync('/dev/tty', 'r'));
    return true;
  } catch {
    return false;
  }
}
