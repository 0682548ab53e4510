/** One function for each event of Claude Code that our hooks handle: from the event to what is printed. */
import { join } from 'node:path';
import { rootLayout } from '#blackboard/layout.ts';
import { readSession } from '#blackboard/peers/sessions.ts';
import { reasonOf } from '#blackboard/system/errors.ts';
import { limits } from '#blackboard/system/limits.ts';
import { replaceCopy, replaceFile } from '#blackboard/system/record.ts';
import { claimedPath } from '#hooks/session/claimed-path.ts';
import { greeting } from '#hooks/session/greeting.ts';
import { afterPrint, type HookContext, isAttended } from '#hooks/session/hook-context.ts';
import { permissionCard } from '#hooks/session/permission-card.ts';
import { register, requireListener } from '#hooks/session/register.ts';
import { maySpeak, sessionNews } from '#hooks/session/session-news.ts';
import type { Seen } from '#hooks/session/shown.ts';
import { signalNews } from '#hooks/session/signal-news.ts';
import { isQueuedPrompt, judgeAtPrompt, provenNow, settleSeen } from '#hooks/session/unproven.ts';

export type EventName =
  | 'SessionStart'
  | 'UserPromptSubmit'
  | 'PreToolUse'
  | 'PermissionRequest'
  | 'PostToolUse'
  | 'Stop';

/** What claude reads on stdout; null: nothing. */
export type Printed = Record<string, unknown> | null;

const context = (hookEventName: EventName, text: string | null, more: Record<string, unknown> = {}): Printed =>
  text === null ? null : { hookSpecificOutput: { hookEventName, additionalContext: text, ...more } };

export interface HookOptions {
  deliverOnStop: boolean;
  /** The agent whose turn it is; null or absent: a session. */
  agent?: string | null;
}

export const events: Record<EventName, (hook: HookContext, options: HookOptions) => Promise<Printed>> = {
  async SessionStart(hook) {
    if (!(await isFirstOfStart(hook))) return null;
    // Marks do not survive a reboot, and neither does a claude.
    await hook.files.remove(hook.layout.mark);
    await hook.files.remove(hook.layout.mod.stopped);
    const peer = await register(hook);
    if (!peer || !isAttended(hook.env)) return null;
    if (hook.event.source !== 'compact') await replaceFile(hook.files, hook.layout.state, 'idle\n');
    const watchPaths = (await hook.files.facts(hook.layout.nudge)) ? { watchPaths: [hook.layout.nudge] } : {};
    return context('SessionStart', await greeting(hook.files, hook.root, peer, hook.rootOption), watchPaths);
  },

  async UserPromptSubmit(hook) {
    // A prompt: signals may wake it again.
    await hook.files.remove(hook.layout.mod.stopped);
    // Each is told even if the other fails.
    const orNote = (news: Promise<string | null>) => news.catch(error => hook.note(reasonOf(error)).then(() => null));
    const signals = await orNote(signalNews(hook));
    const news = await orNote(promptNews(hook, signals?.length ?? 0));
    return context('UserPromptSubmit', [signals, news].filter(text => text !== null).join('\n\n') || null);
  },

  async PreToolUse(hook, { agent = null }) {
    const claimed = await claimedPath(hook, agent);
    if (!claimed?.isRefused) return context('PreToolUse', claimed?.text ?? null);
    const decision = { permissionDecision: 'deny', permissionDecisionReason: claimed.text };
    return { hookSpecificOutput: { hookEventName: 'PreToolUse', ...decision } };
  },

  async PermissionRequest(hook) {
    const decision = await permissionCard(hook);
    return decision && { hookSpecificOutput: { hookEventName: 'PermissionRequest', decision } };
  },

  async PostToolUse(hook) {
    const seen = await provenNow(hook, 'PostToolUse');
    const peer = hook.event.isSubagent ? null : await readSession(hook.files, hook.root, hook.event.sessionId);
    if (!peer || !(await maySpeak(hook, 'tool'))) return onlySettle(hook, 'tool', seen);
    return context('PostToolUse', await sessionNews(hook, { by: 'tool', name: peer.name, seen }));
  },

  async Stop(hook, { deliverOnStop }) {
    const seen = await provenNow(hook, 'Stop');
    if (!deliverOnStop || hook.event.stopHookActive || hook.event.isSubagent) return onlySettle(hook, 'stop', seen);
    const peer = await readSession(hook.files, hook.root, hook.event.sessionId);
    if (!peer || !(await maySpeak(hook, 'stop'))) return onlySettle(hook, 'stop', seen);
    const reason = await sessionNews(hook, { by: 'stop', name: peer.name, seen });
    if (reason === null) return null;
    await replaceCopy(hook.files, hook.layout.state, 'busy\n');
    return { decision: 'block', reason };
  },
};

async function promptNews(hook: HookContext, besideChars: number): Promise<string | null> {
  const peer = await requireListener(hook);
  if (!(await maySpeak(hook, 'prompt'))) return null;
  const { seen, isUnderWay } = await judgeAtPrompt(hook);
  if (isUnderWay) return onlySettle(hook, 'prompt', seen);
  const by = (await isQueuedPrompt(hook)) ? 'queued' : 'prompt';
  return sessionNews(hook, { by, name: peer?.name ?? null, seen, besideChars });
}

/** Shows nothing; marks what was seen as done. */
function onlySettle(hook: HookContext, by: 'prompt' | 'tool' | 'stop', seen: readonly Seen[]): null {
  afterPrint(hook, by, { seen: (files, time) => settleSeen(hook, files, seen, time) });
  return null;
}

/**
 * A start has no prompt_id to name it. The hooks of all installs begin within moments: the first one of this claude,
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
