/** What a command needs to finish a turn where no runner does: the same as a runner has, for one agent. */
import type { AgentLayout } from '#blackboard/layout.ts';
import type { Clock } from '#blackboard/system/clock.ts';
import type { Files } from '#blackboard/system/files.ts';
import { limits } from '#blackboard/system/limits.ts';
import type { AgentDefinition } from '#runner/agents/agent-file.ts';
import { createClaudeProcess } from '#runner/claude/claude-process.ts';
import { createRunnerEvents, type RunnerEvents } from '#runner/events/emit.ts';
import { createTranscript } from '#runner/text/transcript-log.ts';
import type { AgentContext } from '#runner/turn/agent-ports.ts';
import { launcherPath } from '#runner/version.ts';

export interface Here {
  files: Files;
  root: string;
  layout: AgentLayout;
  clock: Clock;
  env: Readonly<Record<string, string | undefined>>;
  /** Of the runner that does it; absent: `print` takes what there is to say. */
  events?: RunnerEvents;
  print?(line: string): void;
}

/** It starts no claude: its program has no path. */
export function contextHere(here: Here, definition: AgentDefinition): AgentContext {
  const { files, root, layout, clock, env, events, print = () => {} } = here;
  const claude = createClaudeProcess({ files, root, executable: 'claude', launcherPath, layout, definition, env });
  const show = createTranscript(layout.transcript, () => {});
  const said = events ?? createRunnerEvents({ root, files, clock, print, isQuiet: true });
  return {
    ...{ root, layout, definition, files, clock, claude, maxHops: limits.hopsMax, random: Math.random },
    emit: said.of(layout.inbox, show),
  };
}
