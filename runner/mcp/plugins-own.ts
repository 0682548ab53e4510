/** Whether a server is the plugin's in a turn of an agent: there agent.md alone says whether there are tools. Loads nothing, as it is asked first. */
import { turnDirectoryVariable } from '#hooks/claude/turn-variable.ts';

/** claude names the plugin's directory to the servers that it starts of one. */
export const isPluginsInTurn = (env: NodeJS.ProcessEnv): boolean =>
  env.CLAUDE_PLUGIN_ROOT !== undefined && env[turnDirectoryVariable] !== undefined;
