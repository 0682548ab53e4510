// A session's hooks over a disk in memory, on a clock that the disk's effects move: they can be stopped at every effect, and every
// effect can take its time. What claude does with what was printed is done by the test.
import { join } from 'node:path';
import { makeBoard, postEntry } from '#blackboard/board/post.ts';
import { deliver } from '#blackboard/inbox/deliver.ts';
import { sessionLayout } from '#blackboard/layout.ts';
import type { Message } from '#blackboard/messages/message.ts';
import type { Clock } from '#blackboard/system/clock.ts';
import type { Files } from '#blackboard/system/files.ts';
import { newId, newNonce } from '#blackboard/system/ids.ts';
import { selfIdentity } from '#blackboard/system/process-identity.ts';
import { type EventName, events } from '#hooks/entry/events.ts';
import type { HookContext } from '#hooks/session/hook-context.ts';
import type { HookEvent } from '#hooks/session/hook-event.ts';
import { createMemoryFiles } from '#test/support/memory-files.ts';

export const ROOT = '/root';
const ID = '963bf434-039c-4310-b9b7-061eef298631';
const TRANSCRIPT = '/transcript.jsonl';

/** How long one effect takes, milliseconds. */
export type CostOf = (verb: keyof Files, args: unknown[]) => number;

export interface Run {
  event: EventName;
  promptId: string;
  /** Dies at this effect, counted from 1; after its last one where there are fewer. */
  diesAt?: number;
  /** What effects cost. */
  costOf?: CostOf;
  /** As the event, with `begunMs` as it pleases. */
  begunMs?: number;
}

export interface Ran {
  /** null: nothing was printed. */
  text: string | null;
  /** It came to its end. */
  ended: boolean;
  effects: number;
  /** Milliseconds from its begin to the print, and to its end. */
  printedMs: number;
  endedMs: number;
}

/** `whileAsleep`: what happens while a hook waits. */
export async function hookStage({ whileAsleep = async () => {} }: { whileAsleep?(): Promise<void> } = {}) {
  let nowMs = Date.parse('2026-11-21T12:00:00Z');
  const disk = createMemoryFiles(() => nowMs);
  disk.prepare(ROOT, join(ROOT, 'sessions'), join(ROOT, 'agents'));
  await makeBoard(disk, ROOT);
  const sleep = async (ms: number) => {
    nowMs += ms;
    await whileAsleep();
  };
  const clock: Clock = { nowMs: () => nowMs, monotonicMs: () => nowMs, sleep };

  const layout = sessionLayout(ROOT, ID);
  const self = selfIdentity();
  const noted: string[] = [];
  let last = '';

  async function run({
    event,
    promptId,
    diesAt = Number.POSITIVE_INFINITY,
    costOf = () => 0,
    ...more
  }: Run): Promise<Ran> {
    const begunMs = more.begunMs ?? nowMs;
    const startedMs = nowMs;
    let effects = 0;
    let printed: unknown = null;
    let printedMs = 0;
    let died = () => {};
    const death = new Promise<'died'>(resolve => {
      died = () => resolve('died');
    });
    const files = new Proxy<Files>(disk, {
      get:
        (target, verb: keyof Files) =>
        async (...args: unknown[]) => {
          if (++effects >= diesAt) {
            died();
            return new Promise(() => {});
          }
          nowMs += costOf(verb, args);
          return (target[verb] as (...given: unknown[]) => unknown).apply(target, args);
        },
    });
    const told: HookEvent = {
      ...{ sessionId: ID, cwd: '/src/app', transcript: TRANSCRIPT, promptId, promptMark: 'mark', source: 'startup' },
      ...{ toolUseId: null, isSubagent: false, stopHookActive: false },
    };
    const context: HookContext = {
      ...{ files, root: ROOT, clock, begunMs, event: told, layout, self, rootOption: '', afterwards: [] },
      env: { CLAUDE_CODE_SESSION_ATTENDED: '1', CLAUDE_PID: String(process.pid) },
      note: async reason => void noted.push(reason),
    };
    const live = async () => {
      printed = await events[event](context, { deliverOnStop: false });
      printedMs = nowMs - startedMs;
      if (printed === null) printed = '';
      for (const rest of context.afterwards) await rest();
      return 'ended' as const;
    };
    const how = await Promise.race([live(), death]);
    const text = (printed as { hookSpecificOutput?: { additionalContext: string } } | null)?.hookSpecificOutput;
    return {
      text: text?.additionalContext ?? null,
      ended: how === 'ended',
      effects,
      printedMs,
      endedMs: nowMs - startedMs,
    };
  }

  return {
    disk,
    layout,
    noted,
    run,
    now: () => nowMs,
    pass: (ms: number) => {
      nowMs += ms;
    },
    async post(text: string) {
      const entry = { id: newId(nowMs), at: new Date(nowMs).toISOString(), from: 'a', kind: 'note' as const, text };
      await postEntry(disk, ROOT, entry, { self, nowMs });
    },
    async send(body: string, more: Partial<Message> = {}): Promise<string> {
      const id = newId(nowMs);
      const head = {
        id,
        from: 'operator',
        kind: 'note' as const,
        at: new Date(nowMs).toISOString(),
        trace: id,
        hops: 0,
      };
      await deliver(disk, layout.inbox, { ...head, body, ...more });
      return id;
    },
    /** The prompt stands in the conversation, with what claude read from our hook; null: it read nothing. */
    async claudeTakes(promptId: string, text: string | null) {
      const [prompt, word] = [newNonce(), newNonce()];
      const content = text === null ? [] : [text];
      const records = [
        { type: 'user', uuid: prompt, parentUuid: null, promptId, message: { content: 'a prompt' } },
        {
          type: 'attachment',
          uuid: word,
          parentUuid: prompt,
          attachment: { type: 'hook_additional_context', content },
        },
      ];
      for (const record of records) await disk.append(TRANSCRIPT, `${JSON.stringify(record)}\n`);
      last = word;
    },
    /** The model has answered the last prompt. */
    async modelAnswers() {
      const record = { type: 'assistant', uuid: newNonce(), parentUuid: last, message: { model: 'claude' } };
      await disk.append(TRANSCRIPT, `${JSON.stringify(record)}\n`);
    },
  };
}
