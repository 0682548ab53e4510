/** `agent-runner spawn <name>`: opens an interactive session of claude in tmux. */
import type { Call, Declaration } from '#runner/cli/declare.ts';
import { OPEN_EXITS, OPEN_OPTIONS, SOCKET_OPTION } from '#runner/cli/terminal/pane-options.ts';
import { spawnedText } from '#runner/cli/terminal/pane-text.ts';
import { seconds } from '#runner/cli/terminal/typed.ts';

export const command: Declaration = {
  words: 'spawn',
  heading: 'Agents at work',
  about: 'open an interactive session of claude in tmux',
  arguments: [
    { name: '<name>', about: 'of the session, in tmux and for agent-runner' },
    { name: '[claude-options...]', about: 'behind --: options of claude, as they are' },
  ],
  options: [
    { flags: '--cwd <directory>', about: 'where it works (default: here)', completes: 'directory' },
    { flags: '--resume <id>', about: 'go on with the conversation of this session' },
    ...OPEN_OPTIONS,
    SOCKET_OPTION,
  ],
  json: true,
  examples: [
    'agent-runner spawn reviewer --cwd ~/src/app --prompt "review the last commit"',
    'agent-runner spawn planner -- --permission-mode plan --model opus',
  ],
  exits: OPEN_EXITS,
};

interface Options {
  cwd?: string;
  resume?: string;
  prompt?: string;
  trust?: boolean;
  timeout: string;
  socket?: string;
}

export async function run(call: Call, name: string, args: string[], options: Options): Promise<void> {
  const { spawn } = await import('#runner/verbs/spawn.ts');
  const { cwd = process.cwd(), resume = null, prompt = null, trust = false, timeout, socket } = options;
  const timeoutMs = seconds('--timeout', timeout);
  const order = { name, cwd, args, resume, prompt, isTrusted: trust, socket, timeoutMs };
  call.show(await spawn(await call.context(), order), spawnedText);
}
