/** `agent-runner post`: puts an entry on the board, for everybody to see at their next turn; prints its id. */
import { exitCode } from '#blackboard/system/errors.ts';
import { printableLine } from '#blackboard/text/printable.ts';
import type { Call, Declaration } from '#runner/cli/declare.ts';
import { here, typedOrPiped } from '#runner/cli/terminal/typed.ts';
import type { PostInput } from '#runner/verbs/post.ts';

export const command: Declaration = {
  words: 'post',
  heading: 'The board, and your own sessions',
  about: 'put an entry on the board: every agent and session sees it at its next turn',
  arguments: [{ name: '[text]', about: 'what to say; "-" reads it from stdin' }],
  options: [
    {
      flags: '--kind <kind>',
      about: 'note, task, question, status, alert or artifact',
      fallback: 'note',
      completes: ['note', 'task', 'question', 'status', 'alert', 'artifact'],
    },
    { flags: '--topic <topic>', about: 'what it is about; an agent may wake on it' },
    { flags: '--key <key>', about: 'the newest value of a key replaces the older ones' },
    {
      flags: '--if-rev <id>',
      about: 'only while this entry is the newest value of the key (0: while it has none); else exit 1, and the value',
    },
    { flags: '--ttl <duration>', about: 'not shown any more after that: 90s, 15m, 2h, 7d' },
    { flags: '--ref <path>', about: 'a file or address that it is about', completes: 'file' },
  ],
  json: true,
  examples: [
    'agent-runner post "the build is green again" --topic build',
    'agent-runner post --key freeze "until 18:00"',
    'agent-runner post --key freeze --if-rev 5f0c9e1b "until 20:00"',
  ],
  exits: { 1: '--if-rev: the key has another value', 64: 'nothing to say, or a wrong option', 65: 'too long' },
  allowsExcess: true,
};

export async function run(
  call: Call,
  text: string | undefined,
  options: Omit<PostInput, 'text' | 'cwd'>,
): Promise<number> {
  const { post } = await import('#runner/verbs/post.ts');
  const posted = await post(await call.context(), { ...options, text: typedOrPiped(text), cwd: here() });
  if ('current' in posted) {
    call.warn(
      `nothing was posted: ${posted.current ? `the newest value is ${posted.current.id}` : 'the key has no value'}`,
    );
    call.show(posted, ({ current }) => (current ? `${current.id} ${printableLine(current.text)}\n` : ''));
    return exitCode.no;
  }
  call.show(posted, () => `${posted.id}\n`);
  for (const warning of posted.warnings ?? []) call.warn(`it stands; ${warning}`);
  return exitCode.ok;
}
