/** `agent-runner claim`: says that one works on something, so that nobody else begins it. */
import { thingText } from '#blackboard/claims/claim.ts';
import { exitCode } from '#blackboard/system/errors.ts';
import { printableLine } from '#blackboard/text/printable.ts';
import type { Call, Declaration, OptionDeclaration } from '#runner/cli/declare.ts';
import { here } from '#runner/cli/terminal/typed.ts';
import { instantText } from '#runner/text/terminal.ts';
import type { ClaimInput } from '#runner/verbs/claim.ts';

/** What `<what>` means. */
export const THING_OPTIONS: readonly OptionDeclaration[] = [
  { flags: '--topic <topic>', about: 'the topic of the key' },
  {
    flags: '--as <kind>',
    about: 'entry, path or key, where it could be another one',
    completes: ['entry', 'path', 'key'],
  },
];

export const command: Declaration = {
  words: 'claim',
  heading: 'The board, and your own sessions',
  about: 'say that you work on something: one of any number of callers has it',
  arguments: [
    { name: '<what>', about: 'a path or glob, a key, or the id of an entry on the board', completes: 'file' },
  ],
  options: [
    { flags: '--ttl <duration>', about: 'it ends by itself after that: 90s, 30m, 2h, at most 7d (default: 30m)' },
    { flags: '--renew', about: 'extend a claim of yours' },
    ...THING_OPTIONS,
  ],
  json: true,
  examples: ["agent-runner claim 'src/parser/**'", 'agent-runner claim deploy --ttl 2h'],
  exits: { 1: 'somebody has it, perhaps you', 64: 'a wrong option', 66: 'no such entry', 77: 'too many claims' },
};

export async function run(call: Call, what: string, options: Omit<ClaimInput, 'what' | 'cwd'>): Promise<number> {
  const { claim } = await import('#runner/verbs/claim.ts');
  const result = await claim(await call.context(), { ...options, what, cwd: here() });
  const { state, claim: held } = result;
  const thing = printableLine(thingText(held.what));
  const until = instantText(Date.parse(held.until), Date.now());
  if (state === 'lost')
    call.warn(
      held.isOwn
        ? `you have ${thing} already, until ${until}; extend it with --renew`
        : `${thing} is claimed by ${printableLine(held.by)} until ${until}`,
    );
  call.show(result, () => (state === 'lost' ? '' : `${state} ${thing} until ${until}\n`));
  return state === 'lost' ? exitCode.no : exitCode.ok;
}
