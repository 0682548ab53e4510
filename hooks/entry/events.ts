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

const context = (hookEventName: EventName, text: string | null, more: Record<string, unknown> = {}): Printed =>
  text === null ? null : { hookSpecificOutput: { hookEventName, additionalContext: text, ...more } };

/** What hook.sh has to tell of signals, as the inside of a JSON string; null: none came. */
function toldOf(env: HookContext['env']): string | null {
  const told = env.AGENT_RUNNER_TOLD ?? '';
  return told === '' ? null : (JSON.parse(`"${told}"`) as string);
}

/** The two together, or null. */
const both = (first: string | null, second: string | null): string | null =>
  [first, second].filter(text => text !== null).join('\n\n') || null;

export const events: Record<EventName, (hook: HookContext, options: { deliverOnStop: boolean }) => Promise<Printed>> = {
  async SessionStart(hook) {
    if (!(await isFirstOfStart(hook))) return null;
    // Marks do not outlive a reboot, and a claude does not, either.
    await hook.files.remove(hook.layout.mark);
    const peer = await register(hook);
    if (!peer || !isAttended(hook.env)) return null;
    if (hook.event.source !== 'compact') await replaceFile(hook.files, hook.layout.state, 'idle\n');
    const watchPaths = (await hook.files.facts(hook.layout.nudge)) ? { watchPaths: [hook.layout.nudge] } : {};
    return context('SessionStart', await greeting(hook.files, hook.root, peer, hook.rootOption), watchPaths);
  },

  async UserPromptSubmit(hook) {
    const told = toldOf(hook.env);
    const news = await promptNews(hook).catch(error => {
      // Signals are told once: whatever goes wrong with the news, they are.
      if (told === null) throw error;
      return null;
    });
    return context('UserPromptSubmit', both(told, news));
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

async function promptNews(hook: HookContext): Promise<string | null> {
  const peer = await requireListener(hook);
  if (!(await maySpeak(hook, 'prompt'))) return null;
  const { isUnderWay } = await resolveUnproven(hook);
  if (isUnderWay) return null;
  const by = (await isQueuedPrompt(hook)) ? 'queued' : 'prompt';
  return sessionNews(hook, { by, name: peer?.name ?? null });
}

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
