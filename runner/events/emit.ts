/**
 * Emits a runner's events. Each event goes to events.jsonl, and what people read is made of the same event:
 * transcript.log, and the runner's own lines. The caller has already done what the event describes.
 */
import type { EventBody } from '#blackboard/events/event.ts';
import { type EventSink, recordEvents, rotateEvents } from '#blackboard/events/record-events.ts';
import { rootLayout } from '#blackboard/layout.ts';
import type { Clock } from '#blackboard/system/clock.ts';
import type { Files } from '#blackboard/system/files.ts';
import { runnerLine } from '#runner/events/runner-line.ts';
import { transcriptLines } from '#runner/events/transcript-lines.ts';

/** Resolves when what people follow has it. Never rejects. */
export type Emit = (...events: EventBody[]) => Promise<void>;

export interface RunnerEvents {
  /** Of one peer. `show` appends to its transcript; `name`: what lines call it, if that is not what events do. */
  of(sink: EventSink, show?: (text: string) => Promise<void>, name?: string): Emit;
  /** Of no one peer. */
  emit: Emit;
}

/** `print` takes the runner's own lines, and resolves when they can be read. `isQuiet`: none for each turn. */
export function createRunnerEvents(options: {
  root: string;
  files: Pick<Files, 'append' | 'facts' | 'move'>;
  clock: Pick<Clock, 'nowMs'>;
  print(line: string): unknown;
  isQuiet?: boolean;
}): RunnerEvents {
  const { files, clock } = options;
  const print = async (peer: string | null, bodies: readonly EventBody[]): Promise<void> => {
    const lines = bodies.map(body => (options.isQuiet && body.type === 'turn.ended' ? null : runnerLine(peer, body)));
    await Promise.all(lines.map(line => (line === null ? undefined : options.print(line))));
  };
  const of: RunnerEvents['of'] = (sink, show, name) => {
    let before: Promise<void> = Promise.resolve();
    return async (...bodies) => {
      const text = show ? bodies.map(transcriptLines).join('') : '';
      const shown = text === '' ? undefined : show?.(text);
      const printed = print(name ?? sink.peer, bodies);
      const at = new Date(clock.nowMs()).toISOString();
      // One after the other: not everybody waits for what was emitted before.
      before = before.then(() => recordEvents(files, sink, at, ...bodies)).then(() => rotateEvents(files, sink.events));
      await Promise.all([before, shown, printed]);
    };
  };
  return { of, emit: of({ peer: null, events: rootLayout(options.root).events }) };
}
