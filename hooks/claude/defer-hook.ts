/**
 * The PreToolUse hook of the calls that wait for a person without a process (agent.md's `deferFor`), and what it is told of a
 * decision. Measured with CLI 2.1.332: a deferred call ends the turn; after --resume claude asks the hook again, with the
 * same id, before it reads anything. Pure.
 */
import type { CardEnd } from '#blackboard/cards/card.ts';
import { limits } from '#blackboard/system/limits.ts';
import { EXPIRED_WORDS } from '#hooks/claude/permission-request.ts';
import { turnDirectoryVariable } from '#hooks/claude/turn-variable.ts';

/** Ids of calls that a shell compares: others are not deferred. */
export const isComparable = (call: string): boolean => /^[\w-]{1,200}$/.test(call);

const answerOf = (permissionDecision: 'allow' | 'deny' | 'defer', permissionDecisionReason: string): string =>
  JSON.stringify({
    hookSpecificOutput: { hookEventName: 'PreToolUse', permissionDecision, permissionDecisionReason },
  });

/** The file `decided` of a turn: the call's id, then what the hook prints for it. */
export function deferredDecision(call: string, end: CardEnd): string {
  const answer =
    end.kind === 'allowed' || end.kind === 'answered'
      ? answerOf('allow', 'Your operator has allowed this call.')
      : answerOf('deny', end.kind === 'expired' ? EXPIRED_WORDS : end.reason);
  return `${call}\n${answer}\n`;
}

/**
 * POSIX sh. The id is the last thing on stdin, behind what the model wrote, which therefore cannot name another one. What
 * goes wrong defers.
 */
const decideOrDefer = (() => {
  const decided = `"$${turnDirectoryVariable}/decided"`;
  const isOurs = `case $in in *"\\"tool_use_id\\":\\"$id\\"}") ;; *) false ;; esac`;
  const decide = `{ read -r id && read -r answer; } <${decided} && ${isOurs} && printf '%s\\n' "$answer"`;
  return `{ [ -f ${decided} ] && ${decide}; } 2>/dev/null || echo '${answerOf('defer', 'Your operator is asked.')}'`;
})();

export const deferCommand = `in=$(cat); ${decideOrDefer}`;

/** The same for one call alone, which a session holds, whatever rules there are by now: of others it says nothing. */
export const heldCommand = (call: string): string =>
  `in=$(cat); case $in in *'"tool_use_id":"${call}"}') ${decideOrDefer} ;; esac`;

const hook = (command: string) => ({
  ...{ type: 'command', command, onFailure: 'block', timeout: limits.hookTimeoutSeconds },
});

/** One for each rule, which claude itself compares, and one for the call that is held. Where the hook cannot run, the call is denied. */
export const deferHooks = (rules: readonly string[], held?: string) => ({
  hooks: [
    ...rules.map(rule => ({ ...hook(deferCommand), if: rule })),
    ...(held === undefined ? [] : [hook(heldCommand(held))]),
  ],
});
