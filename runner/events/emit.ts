/**
 * Emits a runner's events. Each event goes to events.jsonl, and what people read is made of the same event:
 * transcript.log, and the runner's own lines. The caller has already done what the event describes.
 */
import type { EventBody } from '#blackboard/events/event.ts';
import { recordEvents, rotateEvents } from '#blackboard/events/record-events.ts';
import { type AgentLayout, rootLayout } from '#blackboard/layout.ts';
import type { Clock } from '#blackboard/system/clock.ts';
import type { Files } from '#blackboard/system/files.ts';
import { runnerLine } from '#runner/events/runner-line.ts';
import { transcriptLines } from '#runner/events/transcript-lines.ts';

/** Resolves when what people follow has it. Never rejects. */
export type Emit = (...events: EventBody[]) => Promise<void>;

export interface RunnerEvents {
  /** Of one agent; `show` appends to its transcript. */
  of(layout: Pick<AgentLayout, 'name' | 'events'>, show: (text: string) => Promise<void>): Emit;
  /** Of no one agent. */
  emit: Emit;
  /** Any sentence, of no one agent. */
  log(line: string): void;
}

/** `print` takes the runner's own lines. `isQuiet`: none for each turn. */
export function createRunnerEvents(options: {
  root: string;
  files: Pick<Files, 'append' | 'facts' | 'move'>;
  clock: Pick<Clock, 'nowMs'>;
  print(line: string): void;
  isQuiet?: boolean;
}): RunnerEvents {
  const { files, clock } = options;
  const shared = { peer: null, events: rootLayout(options.root).events };
  const now = () => new Date(clock.nowMs()).toISOString();

  const print = (peer: string | null, bodies: readonly EventBody[]): void => {
    for (const body of bodies) {
      const line = options.isQuiet && body.type === 'turn.ended' ? null : runnerLine(peer, body);
      if (line !== null) options.print(line);
    }
  };
  let last: Promise<void> = Promise.resolve();
  const emit: Emit = (...bodies) => {
    print(null, bodies);
    const at = now();
    last = last.then(() => recordEvents(files, shared, at, ...bodies)).then(() => rotateEvents(files, shared.events));
    return last;
  };

  return {
    of(layout, show) {
      let before: Promise<void> = Promise.resolve();
      return async (...bodies) => {
        const text = bodies.map(transcriptLines).join('');
        const shown = text === '' ? undefined : show(text);
        print(layout.name, bodies);
        const [at, sink] = [now(), { peer: layout.name, events: layout.events }];
        // One after the other: not everybody waits for what was emitted before.
        before = before
          .then(() => recordEvents(files, sink, at, ...bodies))
          .then(() => rotateEvents(files, layout.events));
        await Promise.all([before, shown]);
      };
    },
    emit,
    log: text => void emit({ type: 'runner.said', text }),
  };
}
