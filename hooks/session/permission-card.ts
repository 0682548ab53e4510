/**
 * What a session asks its person, as a card beside the session's own dialog: the first answer wins. Measured with CLI
 * 2.1.332: the dialog stands and takes keys while this hook waits; what the hook says first closes it; a refusal in the dialog
 * ends the hook by a signal, a yes there is told to nobody. Where nobody answers the card in time, the dialog decides.
 */
import { askPerson } from '#blackboard/cards/ask-person.ts';
import type { Card, CardEnd } from '#blackboard/cards/card.ts';
import { isOverdue, raiseCard, readCard, useCard } from '#blackboard/cards/cards.ts';
import { closeCard } from '#blackboard/cards/close-card.ts';
import { readSession, type SessionPeer, type StatusOf } from '#blackboard/peers/sessions.ts';
import { limits } from '#blackboard/system/limits.ts';
import { isAlive } from '#blackboard/system/process-identity.ts';
import { registryStatus } from '#hooks/claude/session-status.ts';
import { type HookContext, isAttended } from '#hooks/session/hook-context.ts';

/** What claude takes from the hook; null: nothing, the dialog decides. */
export type PermissionDecision = { behavior: 'allow' } | { behavior: 'deny'; message: string };

/** Its questions are no yes or no: they are the dialog's alone. */
const CHOICES: readonly string[] = ['AskUserQuestion', 'ExitPlanMode'];

export async function permissionCard(
  hook: HookContext,
  statusOf: StatusOf = registryStatus,
): Promise<PermissionDecision | null> {
  const { files, root, event, env, clock } = hook;
  const peer = await readSession(files, root, event.sessionId);
  const { call = null } = event;
  if (!peer || call === null || !isAttended(env) || CHOICES.includes(call.tool)) return null;
  const at = new Date(clock.nowMs()).toISOString();
  const { card, end } = await raiseCard(files, root, {
    ...{
      kind: 'permission',
      peer: peer.name,
      session: peer.id,
      life: peer.id,
      turn: 0,
      message: null,
      tool: call.tool,
    },
    ...{ arguments: call.input, reason: null, rules: [], questions: [], at },
    untilAt: new Date(clock.nowMs() + limits.approvalTimeoutMs).toISOString(),
    occasion: event.promptId ?? at,
  });
  if (end === null) await askPerson({ files, root, clock }, card);
  const ended =
    (await waitForEnd(hook, card, peer, statusOf)) ?? (await close(hook, card, 'the session has its answer'));
  const use = { at: new Date(clock.nowMs()).toISOString(), turn: 0, call: event.toolUseId ?? '' };
  if (ended.kind === 'withdrawn' || !(await useCard(files, root, card.id, use))) return null;
  if (ended.kind === 'allowed') return { behavior: 'allow' };
  return ended.kind === 'denied' ? { behavior: 'deny', message: ended.reason } : null;
}

/** How the card ended; null: the session does not wait any more. */
async function waitForEnd(
  { files, root, clock, ending }: HookContext,
  card: Card,
  peer: SessionPeer,
  statusOf: StatusOf,
): Promise<CardEnd | null> {
  let hasWaited = false;
  for (const beganMs = clock.nowMs(); ; ) {
    const nowMs = clock.nowMs();
    const end = (await readCard(files, root, card.id, nowMs))?.end ?? null;
    if (end?.kind === 'expired' && isOverdue(card, nowMs))
      return (await closeCard({ files, root, clock }, card, end)).end;
    if (end !== null) return end;
    const waits = (await statusOf(peer))?.word ?? null;
    hasWaited ||= waits === 'waiting' || nowMs - beganMs >= limits.cardDialogMs;
    const isOver = hasWaited && waits !== null && waits !== 'waiting';
    if (ending?.aborted || isOver || (peer.process && !(await isAlive(peer.process)))) return null;
    await clock.sleep(limits.cardHookLookMs, ...(ending ? [ending] : []));
  }
}

const close = async ({ files, root, clock }: HookContext, card: Card, reason: string): Promise<CardEnd> => {
  const end = { kind: 'withdrawn', at: new Date(clock.nowMs()).toISOString(), reason } as const;
  return (await closeCard({ files, root, clock }, card, end)).end;
};
