/** `agent-runner broadcast`: one text to everybody else, or to some; a line for each peer. */
import { LETTER_OPTIONS, letterOf, type SendOptions } from '#runner/cli/commands/send.ts';
import type { Call, Declaration } from '#runner/cli/declare.ts';
import { tellAll } from '#runner/cli/terminal/tell-all.ts';

export const command: Declaration = {
  words: 'broadcast',
  heading: 'Messages',
  about: 'send a message to all agents and sessions, or to some; a line for each',
  arguments: [{ name: '[text]', about: 'the message, 256 KB at most; "-" reads it from stdin' }],
  options: [
    { flags: '--to <peers>', about: 'only these: names and groups (@backend), with commas between' },
    { flags: '--except <peers>', about: 'not these' },
    { flags: '--to-agents', about: 'only agents' },
    { flags: '--to-sessions', about: 'only sessions' },
    { flags: '--topic <name>', about: 'what it is about: a thread of that name' },
    ...LETTER_OPTIONS.filter(({ flags }) => !/^--(kind|thread)/.test(flags)),
    {
      flags: '--kind <kind>',
      about: 'note (the default), status or done to tell; request or question to set everybody to work',
      completes: ['note', 'status', 'done', 'request', 'question'],
    },
    { flags: '--no-wake', about: 'sessions that are idle are left so, and hear of it at their next prompt' },
  ],
  json: true,
  examples: [
    'agent-runner broadcast "the build is red, do not merge" --except ci',
    'agent-runner broadcast --to @backend --kind question "who changed the schema?"',
  ],
  exits: {
    64: 'nothing to send, a text over 256 KB, or a wrong option',
    65: 'the --id was used before with other words or files',
    66: 'nobody is there, or somebody named is not',
    75: 'some did not get it: repeat it with --id and the id it had, and only they get it',
    77: 'too many hops, or too many broadcasts in a minute',
  },
  allowsExcess: true,
};

interface Options extends Omit<SendOptions, 'thread' | 'wait'> {
  to?: string;
  except?: string;
  toAgents?: true;
  toSessions?: true;
  topic?: string;
}

const listOf = (text: string | undefined): string[] | undefined =>
  text
    ?.split(',')
    .map(name => name.trim())
    .filter(name => name !== '');

export async function run(call: Call, text: string | undefined, options: Options): Promise<number> {
  const { to, except, toAgents, toSessions, topic, ...rest } = options;
  const thread = topic === undefined ? {} : { thread: topic };
  const { to: _, explains: __, ...letter } = await letterOf('', text, { ...rest, ...thread });
  // Both: everybody, as without them.
  const only = toAgents === toSessions ? null : toAgents ? 'agents' : 'sessions';
  return tellAll(call, { ...letter, to: listOf(to) ?? null, except: listOf(except) ?? [], only });
}
