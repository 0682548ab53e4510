/** `agent-runner` alone on a terminal: shows what is going on and what to do next. */
import { exitCode, isRunnerError } from '#blackboard/system/errors.ts';
import { showPeers, showTroubles } from '#runner/cli/commands/list.ts';
import type { Call } from '#runner/cli/declare.ts';
import { paintFor, plural, usdText } from '#runner/text/terminal.ts';
import type { VerbContext } from '#runner/verbs/context.ts';
import type { Overview } from '#runner/verbs/overview.ts';

export async function run(call: Call): Promise<number> {
  const { overview } = await import('#runner/verbs/overview.ts');
  let context: VerbContext;
  try {
    context = await call.context();
  } catch (error) {
    // Nothing is set up yet: that is where everybody begins.
    if (!isRunnerError(error) || error.exit !== exitCode.noSuch) throw error;
    process.stdout.write(BEGIN);
    return exitCode.ok;
  }
  const seen = await overview(context);
  showPeers(seen.listing, context.root);
  showTroubles(seen.listing);
  process.stdout.write(render(seen));
  return exitCode.ok;
}

function render({ cards, unread, parked, stuck, dead, isDown, todayUsd }: Overview): string {
  const lines: [string, string][] = [];
  if (cards > 0) lines.push([`${plural(cards, 'question')} for you`, 'agent-runner approvals']);
  if (unread > 0) lines.push([`${plural(unread, 'unread message')} for you`, 'agent-runner inbox']);
  if (parked > 0) lines.push([`${plural(parked, 'agent')} parked`, 'agent-runner inbox says why']);
  if (stuck > 0) lines.push([`${plural(stuck, 'agent')} waiting for you to mend something`, 'agent-runner doctor']);
  if (dead > 0) lines.push([plural(dead, 'dead letter'), 'agent-runner dead list']);
  if (isDown) lines.push(['no runner is up', 'agent-runner start']);
  lines.push([`${usdText(todayUsd)} spent today`, 'agent-runner costs']);
  lines.push(['everything else', 'agent-runner --help']);
  const paint = paintFor(process.stdout, process.env);
  const width = Math.max(...lines.map(([what]) => what.length));
  return `\n${lines.map(([what, how]) => `${what.padEnd(width)}   ${paint.dim(how)}\n`).join('')}`;
}

const BEGIN = `Nothing is set up yet. Begin with:

  agent-runner init                          makes ~/.agent-runner
  agent-runner add worker --cwd <directory>  an agent that works there
  agent-runner start                         runs it

See it work first, without an account: agent-runner demo
All commands: agent-runner --help
`;
