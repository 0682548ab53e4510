/**
 * Follows the transcripts of the sessions that our hooks know, and does what the rules of config.yaml say once a conversation is fuller
 * than they allow and idles. It looks when a transcript has changed; tmux is asked only while a rule waits to be followed.
 */
import { dirname } from 'node:path';
import { sessionLayout } from '#blackboard/layout.ts';
import { sendNote } from '#blackboard/peers/notes.ts';
import { OPERATOR } from '#blackboard/peers/operator.ts';
import { livingSessions, type SessionPeer } from '#blackboard/peers/sessions.ts';
import type { Clock } from '#blackboard/system/clock.ts';
import { reasonOf } from '#blackboard/system/errors.ts';
import type { Files } from '#blackboard/system/files.ts';
import { derivedId } from '#blackboard/system/ids.ts';
import { limits } from '#blackboard/system/limits.ts';
import { type BackgroundService, createLookLoop } from '#blackboard/system/look-loop.ts';
import { writeRecord } from '#blackboard/system/record.ts';
import { claudeConfigDir, locateTranscript } from '#hooks/claude/session-files.ts';
import type { ContextRule } from '#runner/agents/config.ts';
import type { Complain } from '#runner/events/complaints.ts';
import { type RuleKeys, typeForRule } from '#runner/panes/rule-write.ts';
import { readContext, readTurn } from '#runner/panes/transcript.ts';
import { isFor, partOf, ruleStep } from '#runner/wake/context-rules.ts';

export interface ContextWatcherOptions {
  root: string;
  files: Files;
  clock: Clock;
  env: Readonly<Record<string, string | undefined>>;
  rules: readonly ContextRule[];
  complain: Complain;
  /** Reports changes in these directories from now on, or no longer. */
  watch: { add(directory: string, listener: () => void): void; forget(directory: string): void };
  /** Types into a pane; calls `begin` right before the first key. */
  type?(peer: SessionPeer, keys: RuleKeys, begin: () => Promise<void>): Promise<'done' | 'closed'>;
}

export function createContextWatcher(options: ContextWatcherOptions): BackgroundService {
  const { root, files, clock, env, rules, complain, watch } = options;
  const type = options.type ?? ((peer, keys, begin) => typeForRule({ files, root, env }, peer, keys, begin));
  /** By session: its transcript when it was last read, in short, and when it is to be looked at again although that is as it was. */
  const seen = new Map<string, { state: string; againMs: number }>();
  let watched = new Set<string>();
  let timer: NodeJS.Timeout | undefined;
  /** A busy session writes many lines: they are read together. */
  const changed = (): void => {
    timer ??= setTimeout(() => {
      timer = undefined;
      loop.hint();
    }, limits.contextLookMs).unref();
  };

  async function look(): Promise<number> {
    const living = (await livingSessions(files, root)).filter(peer => rules.some(rule => isFor(rule, peer)));
    const directories = new Set<string>();
    let waits = false;
    for (const peer of living) {
      const path = await transcriptOf(peer);
      if (path === null) continue;
      directories.add(dirname(path));
      try {
        if (await lookAt(peer, path)) waits = true;
        complain({ peer: peer.id, name: peer.name, part: 'contextRules' }, null);
      } catch (error) {
        complain({ peer: peer.id, name: peer.name, part: 'contextRules' }, reasonOf(error));
      }
    }
    for (const id of seen.keys()) if (!living.some(peer => peer.id === id)) seen.delete(id);
    for (const each of watched) if (!directories.has(each)) watch.forget(each);
    for (const each of directories) if (!watched.has(each)) watch.add(each, changed);
    watched = directories;
    return waits ? limits.contextAgainMs : limits.slowLookMs;
  }

  /** Whether a rule waits for a draft, a dialog or somebody else's keys to go. */
  async function lookAt(peer: SessionPeer, path: string): Promise<boolean> {
    const facts = await files.facts(path);
    const state = `${facts?.inode} ${facts?.sizeBytes}`;
    const nowMs = clock.monotonicMs();
    const last = seen.get(peer.id);
    if (last?.state === state && nowMs < last.againMs) return last.againMs < Number.POSITIVE_INFINITY;
    const context = readContext(path);
    const turn = readTurn(path)?.turn ?? null;
    let waits = false;
    for (const rule of rules) {
      if (!isFor(rule, peer)) continue;
      const record = sessionLayout(root, peer.id).crossed(keyOf(rule));
      const step = ruleStep(rule, { context, turn, isCrossed: (await files.facts(record)) !== null });
      if (step === 'forget') await files.remove(record);
      if (step !== 'act') continue;
      // One for each look: what it does changes what the next one sees.
      if ((await follow(rule, peer, record, partOf(rule, context!))) === 'done') {
        seen.delete(peer.id);
        return waits;
      }
      waits = true;
    }
    seen.set(peer.id, { state, againMs: waits ? nowMs + limits.contextAgainMs : Number.POSITIVE_INFINITY });
    return waits;
  }

  async function follow(
    rule: ContextRule,
    peer: SessionPeer,
    record: string,
    part: number,
  ): Promise<'done' | 'closed'> {
    const at = new Date(clock.nowMs()).toISOString();
    // Durable before the first key: a runner that dies behind this leaves it at that.
    const begin = async () => void (await writeRecord(files, record, { at, when: rule.when, part }));
    if (rule.do !== 'notify') return type(peer, typeof rule.do === 'string' ? { command: rule.do } : rule.do, begin);
    await begin();
    await sendNote({ files, root, clock, layout: { name: peer.name } }, OPERATOR, {
      key: ['context', peer.id, keyOf(rule), at],
      body: `The conversation of ${peer.name} fills ${Math.round(part * 100)} % of its model's window (${rule.when}), and it idles.`,
    });
    return 'done';
  }

  async function transcriptOf({ id, transcript, configDir }: SessionPeer): Promise<string | null> {
    if (transcript !== null && (await files.facts(transcript)) !== null) return transcript;
    return (await locateTranscript(configDir ?? claudeConfigDir(env), id))?.path ?? transcript;
  }

  const loop = createLookLoop({
    clock,
    look,
    onError: error => complain({ peer: null, part: 'contextRules' }, reasonOf(error)),
    onWell: () => complain({ peer: null, part: 'contextRules' }, null),
  });
  return {
    ...loop,
    async [Symbol.asyncDispose]() {
      await loop[Symbol.asyncDispose]();
      clearTimeout(timer);
      for (const each of watched) watch.forget(each);
    },
  };
}

/** Of a rule: one that is changed counts by itself. */
const keyOf = ({ when, do: what, window }: ContextRule): string =>
  derivedId('context rule', JSON.stringify([when, what, window ?? null]));
