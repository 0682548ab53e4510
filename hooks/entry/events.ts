/** One function for each event of Claude Code that our hooks answer: from the event to what is printed. */
import { join } from 'node:path';
import { rootLayout } from '../../blackboard/layout.ts';
import { limits } from '../../blackboard/limits.ts';
import { replaceFile } from '../../blackboard/record.ts';
import { readSession } from '../../blackboard/sessions.ts';
import { greeting } from '../news/greeting.ts';
import { type HookContext, isAttended } from '../news/hook-context.ts';
import { register, requireListener } from '../news/register.ts';
import { maySpeak, sessionNews } from '../news/session-news.ts';
import { isQueuedPrompt, resolveUnproven, settleProven } from '../news/unproven.ts';

export type EventName = 'SessionStart' | 'UserPromptSubmit' | 'PostToolUse' | 'Stop';

/** What claude is to read on stdout; null: nothing. */
export type Printed = Record<string, unknown> | null;

const context = (hookEventName: EventName, text: string | null): Printed =>
  text === null ? null : { hookSpecificOutput: { hookEventName, additionalContext: text } };

export const events: Record<EventName, (hook: HookContext, options: { deliverOnStop: boolean }) => Promise<Printed>> = {
  async SessionStart(hook) {
    if (!(await isFirstOfStart(hook))) return null;
    // Marks do not outlive a reboot, and a claude does not, either.
    await hook.files.remove(hook.layout.mark);
    const peer = await register(hook);
    if (!peer || !isAttended(hook.env)) return null;
    if (hook.event.source !== 'compact') await replaceFile(hook.files, hook.layout.state, 'idle\n');
    return context('SessionStart', await greeting(hook.files, hook.root, peer, hook.rootOption));
  },

  async UserPromptSubmit(hook) {
    const peer = await requireListener(hook);
    if (!(await maySpeak(hook, 'prompt'))) return null;
    const { isUnderWay } = await resolveUnproven(hook);
    if (isUnderWay) return null;
    const by = (await isQueuedPrompt(hook)) ? 'queued' : 'prompt';
    return context('UserPromptSubmit', await sessionNews(hook, { by, name: peer?.name ?? null }));
  },

  async PostToolUse(hook) {
    await settleProven(hook, 'PostToolUse');
    const peer = hook.event.isSubagent ? null : await readSession(hook.files, hook.root, hook.event.sessionId);
    if (!peer || !(await maySpeak(hook, 'tool'))) return null;
    return context('PostToolUse', await sessionNews(hook, { by: 'tool', name: peer.name }));
  },

  async Stop(hook, { deliverOnStop }) {
    await settleProven(hook, 'Stop');
    if (!deliverOnStop || hook.event.stopHookActive || hook.event.isSubagent) return null;
    const peer = await readSession(hook.files, hook.root, hook.event.sessionId);
    if (!peer || !(await maySpeak(hook, 'stop'))) return null;
    const reason = await sessionNews(hook, { by: 'stop', name: peer.name });
    if (reason === null) return null;
    await replaceFile(hook.files, hook.layout.state, 'busy\n');
    return { decision: 'block', reason };
  },
};

/**
 * A start has no prompt_id that would name it. The hooks of all installs begin within moments: the first one of this claude,
 * this session and this source within some seconds speaks.
 */
async function isFirstOfStart({ files, root, event, env, clock }: HookContext): Promise<boolean> {
  const starts = rootLayout(root).sessionStarts;
  await files.makeDirectory(rootLayout(root).sessions);
  await files.makeDirectory(starts);
  const bucket = Math.floor(clock.nowMs() / limits.hookEventMs);
  const name = (number: number) =>
    join(starts, [event.sessionId, event.source ?? 'start', env.CLAUDE_PID ?? '0', number].join(','));
  if (await files.facts(name(bucket - 1))) return false;
  const isFirst = (await files.makeDirectory(name(bucket))) === 'made';
  if (isFirst) await sweepStarts(starts, files, clock.nowMs());
  return isFirst;
}

async function sweepStarts(starts: string, files: HookContext['files'], nowMs: number): Promise<void> {
  for (const name of await files.list(starts)) {
    const bucket = Number(name.split(',').at(-1));
    if (!(nowMs - bucket * limits.hookEventMs < limits.shownKeepMs)) await files.remove(join(starts, name));
  }
}
