/** Wherever a command names a peer, the beginning of its name is enough if no other begins so: found by what is declared. */
import { isIdPart } from '#blackboard/system/short-id.ts';
import type { Call, Declaration, Lookup } from '#runner/cli/declare.ts';
import { headLine } from '#runner/text/printing.ts';
import type { VerbContext } from '#runner/verbs/context.ts';

const PEERS: readonly unknown[] = ['agent', 'peer', 'agent+message', 'peer+message'] satisfies Lookup[];

/** `parsed`: the arguments in their order, then the options. Says on stderr whom a beginning meant. */
export async function withWholeNames(
  call: Call,
  { arguments: declared = [], options = [] }: Declaration,
  parsed: readonly unknown[],
): Promise<unknown[]> {
  let context: VerbContext | null | undefined;
  const whole = async (typed: unknown, completes: unknown): Promise<unknown> => {
    if (Array.isArray(typed)) return Promise.all(typed.map(each => whole(each, completes)));
    const isName =
      PEERS.includes(completes) && typeof typed === 'string' && !/^$|^self$|[^\p{L}\p{M}\p{N}-]/u.test(typed);
    if (!isName || (String(completes).includes('message') && isIdPart(typed))) return typed;
    // Without a root the command itself says what is missing.
    context ??= await call.context().catch(() => null);
    if (!context) return typed;
    const { meant } = await import('#runner/verbs/meant.ts');
    const name = await meant(context, { typed, onlyAgents: String(completes).startsWith('agent') });
    if (name !== typed) call.warn(`${headLine(typed, 60)} is ${name}`);
    return name;
  };
  const names = await Promise.all(
    declared.map(({ completes, isWhole }, at) => (isWhole ? parsed[at] : whole(parsed[at], completes))),
  );
  const given = { ...(parsed[declared.length] as Record<string, unknown>) };
  for (const { flags, completes } of options) {
    const key = /--([\w-]+)/.exec(flags)?.[1] ?? '';
    if (PEERS.includes(completes) && key in given) given[key] = await whole(given[key], completes);
  }
  return [...names, given, ...parsed.slice(declared.length + 1)];
}
