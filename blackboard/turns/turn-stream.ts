/**
 * Where claude's output of a turn is: in the turn's own directory, or, of a turn of a resident claude, behind what its
 * earlier turns wrote in the directory of the turn that started it.
 */
import { dirname } from 'node:path';
import { type TurnLayout, turnLayout } from '#blackboard/layout.ts';
import { type Files, readText } from '#blackboard/system/files.ts';
import { limits } from '#blackboard/system/limits.ts';
import type { Intent } from '#blackboard/turns/turn-records.ts';

export interface TurnStream {
  stream: string;
  stderr: string;
  /** Bytes of each before the turn. */
  from: number;
  stderrFrom: number;
}

export function streamOf(turn: TurnLayout, intent: Pick<Intent, 'resident'> | null): TurnStream {
  const resident = intent?.resident;
  const { stream, stderr } = resident ? turnLayout(dirname(turn.home), resident.first) : turn;
  return { stream, stderr, from: resident?.from ?? 0, stderrFrom: resident?.stderrFrom ?? 0 };
}

/** What claude wrote in this turn, up to the limit; null: the file is not there. */
export const readStream = (files: Files, { stream, from }: TurnStream): Promise<string | null> =>
  readText(files, stream, limits.streamBytesMax, from);

export const readStderr = (files: Files, { stderr, stderrFrom }: TurnStream): Promise<string | null> =>
  readText(files, stderr, limits.stderrBytesMax, stderrFrom);
