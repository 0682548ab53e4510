/** Looks for the `stop` of a turn whose process only this runner can interrupt: a resident claude has it. */
import type { TurnLayout } from '#blackboard/layout.ts';
import type { Clock } from '#blackboard/system/clock.ts';
import type { Files } from '#blackboard/system/files.ts';
import { limits } from '#blackboard/system/limits.ts';
import { type BackgroundService, createLookLoop } from '#blackboard/system/look-loop.ts';
import type { Run } from '#runner/claude/port.ts';

/** Interrupts the run once somebody has written that it is to stop. */
export const createStopLook = (files: Files, clock: Clock, turn: TurnLayout, run: Run): BackgroundService =>
  createLookLoop({
    clock,
    onError() {},
    async look() {
      if ((await files.facts(turn.stop)) === null) return limits.stopLookMs;
      await run.interrupt();
      return Number.POSITIVE_INFINITY;
    },
  });
