/** How full an agent's conversation is, as its resident claude said after a turn: `run/context.json`, for those who look at it. */
import { join } from 'node:path';
import type { AgentLayout } from '#blackboard/layout.ts';
import { type Files, readText } from '#blackboard/system/files.ts';
import { limits } from '#blackboard/system/limits.ts';
import { replaceCopy } from '#blackboard/system/record.ts';
import { parseObject } from '#blackboard/text/json.ts';
import type { ContextUsage } from '#hooks/claude/control-answers.ts';

interface AskedContext extends ContextUsage {
  sessionId: string;
  /** After which it was asked. */
  turn: number;
}

const pathOf = ({ run }: AgentLayout): string => join(run, 'context.json');

/** Not fsynced: the next turn makes it worthless. */
export const writeAskedContext = (files: Files, layout: AgentLayout, asked: AskedContext): Promise<void> =>
  replaceCopy(files, pathOf(layout), `${JSON.stringify(asked)}\n`);

/** null: it was not asked after that turn of that session. */
export async function readAskedContext(
  files: Files,
  layout: AgentLayout,
  of: { sessionId: string; turn: number },
): Promise<ContextUsage | null> {
  const text = await readText(files, pathOf(layout), limits.recordBytesMax).catch(() => null);
  const { sessionId, turn, tokens, window } = (parseObject(text ?? '') ?? {}) as Partial<AskedContext>;
  if (sessionId !== of.sessionId || turn !== of.turn) return null;
  return typeof tokens === 'number' && typeof window === 'number' ? { tokens, window } : null;
}
