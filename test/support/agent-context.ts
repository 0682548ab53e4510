/** What an engine in memory is given of an agent, where a test has nothing else to say: no limits, no events. */
import type { AgentLayout } from '#blackboard/layout.ts';
import { limits } from '#blackboard/system/limits.ts';
import type { AgentContext } from '#runner/turn/agent-ports.ts';

type Given = Pick<AgentContext, 'root' | 'definition' | 'files' | 'clock' | 'claude'> & { layout: AgentLayout };

export const agentContext = (given: Given & Partial<AgentContext>): AgentContext => ({
  maxHops: limits.hopsMax,
  random: () => 0.5,
  emit: async () => {},
  ...given,
});
