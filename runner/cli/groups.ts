/** The declarations of agent-runner itself, and of commands that only group others. */
import type { Declaration } from '#runner/cli/declare.ts';

export const WHOLE: Declaration = {
  words: '',
  about: 'Supervised headless Claude Code agents, fed by files dropped into inboxes.',
  options: [
    { flags: '-V, --version', about: 'print the version, and that of the claude it would run' },
    {
      flags: '--root <directory>',
      about: 'the state directory (default: $AGENT_RUNNER_HOME, else ~/.agent-runner)',
      completes: 'directory',
    },
  ],
  examples: ['agent-runner list', 'agent-runner send reviewer "review the last commit"'],
};

export const GROUPS: readonly Declaration[] = [
  {
    words: 'templates',
    heading: 'To begin',
    about: 'what agents are made from: ours, and yours in templates/ of the root',
    examples: ['agent-runner templates', 'agent-runner templates show reviewer'],
  },
  {
    words: 'service',
    heading: 'Agents at work',
    about: 'the agents as a service of yours: systemd (--user) or launchd',
    examples: ['agent-runner service', 'agent-runner service install'],
  },
  {
    words: 'dashboard',
    heading: 'What they do',
    about: 'a page of all agents and sessions in your browser: see, answer, write',
    examples: ['agent-runner dashboard', 'agent-runner dashboard --open'],
  },
  {
    words: 'dead',
    heading: 'Messages',
    about: 'dead letters: what could not be worked on, with the reason',
    examples: ['agent-runner dead', 'agent-runner dead show 5f0c9e1b'],
  },
  {
    words: 'task',
    heading: 'The board, and your own sessions',
    about: 'add a task to a list on the board, take one, say that it is done',
    examples: ['agent-runner task add "tag the release"', 'agent-runner task take'],
  },
  {
    words: 'hooks',
    heading: 'The board, and your own sessions',
    about: 'the hooks that tell your interactive sessions what is new',
    examples: ['agent-runner hooks', 'agent-runner hooks install'],
  },
  {
    words: 'plugin',
    heading: 'The board, and your own sessions',
    about: 'the hooks, the MCP server and a skill together, as a plugin of claude',
    examples: ['agent-runner plugin', 'agent-runner plugin install'],
  },
];
