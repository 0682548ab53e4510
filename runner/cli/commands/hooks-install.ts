/** `agent-runner hooks install`: puts our hooks into a settings.json of Claude Code. */
import type { Call, Declaration } from '#runner/cli/declare.ts';
import { describeChange, hooksTarget, TARGET_OPTIONS, type TargetOptions } from '#runner/cli/terminal/hooks-target.ts';
import type { HooksInstall } from '#runner/results/board.ts';
import type { SettingsTexts } from '#runner/verbs/hooks-install.ts';

export const command: Declaration = {
  words: 'hooks install',
  about: 'put the hooks into a settings.json; nothing else in it changes',
  options: [
    ...TARGET_OPTIONS,
    { flags: '--approvals', about: 'what a session asks you in its dialog is a card, too' },
    { flags: '--deliver-on-stop', about: 'unread messages continue a turn that is about to stop, once' },
  ],
  json: true,
  examples: ['agent-runner hooks install', 'agent-runner hooks install --project --dry-run'],
  exits: {
    65: 'claude would not go by the file, which is unchanged',
    73: 'it cannot be read or written',
    75: 'another program changes it again and again',
    77: 'the hooks of another root are in it',
  },
};

export async function run(
  call: Call,
  options: TargetOptions & { deliverOnStop?: boolean; approvals?: boolean },
): Promise<void> {
  const target = hooksTarget(options, process.cwd());
  const { hooksInstall } = await import('#runner/verbs/hooks-install.ts');
  const { result, texts } = await hooksInstall(await call.context(), {
    ...target,
    deliverOnStop: options.deliverOnStop === true,
    approvals: options.approvals === true,
  });
  call.show(result, () => render(result, texts, target.isDry));
}

function render(result: HooksInstall, texts: SettingsTexts, isDry: boolean): string {
  const { path, changed, backup } = result;
  const done = changed && !isDry ? `The hooks are in ${path} now.\n` : describeChange(result, texts, isDry);
  return `${done}${backup ? `What it was before: ${backup}\n` : ''}${isDry ? '' : NEXT}`;
}

/** What they do, and the commands that show it. */
const NEXT = `
Claude sessions that start from now on have a name and an inbox, and are told what is new on the board.
  agent-runner hooks                 # whether claude runs the hooks
  agent-runner list                  # the sessions, once one has started
  agent-runner send <session> "hi"   # told at its next prompt
  agent-runner hooks uninstall       # takes them out again
`;
