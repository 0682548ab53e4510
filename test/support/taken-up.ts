/** Whether a turn's claude has taken up its prompt, as its stream or our hook says. */
import { existsSync, readFileSync } from 'node:fs';
import type { TurnLayout } from '#blackboard/layout.ts';

export const isTakenUp = ({ submitted, stream }: TurnLayout): boolean =>
  existsSync(submitted) || (existsSync(stream) && readFileSync(stream, 'utf8').includes('"state":"started"'));
