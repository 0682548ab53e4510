/** `agent-runner hooks uninstall`: takes our hooks out of a settings.json, which is then as it was before. */
import { quoted } from '#blackboard/text/shell-word.ts';
import type { Call, Declaration } from '#runner/cli/declare.ts';
import { describeChange, hooksTarget, TARGET_OPTIONS, type TargetOptions } from '#runner/cli/terminal/hooks-target.ts';

export const command: Declaration = {
  words: 'hooks uninstall',
  about: 'take the hooks out of a settings.json again',
  options: TARGET_OPTIONS,
  json: true,
  examples: ['agent-runner hooks uninstall', 'agent-runner hooks uninstall --project'],
  exits: { 65: 'the file is not valid JSON, and unchanged' },
};

export async function run(call: Call, options: TargetOptions): Promise<void> {
  const target = hooksTarget(options, process.cwd());
  const { hooksUninstall } = await import('#runner/verbs/hooks-uninstall.ts');
  const { result, texts } = await hooksUninstall(await call.context(), target);
  call.show(result, () => describeChange(result, texts, target.isDry));
  for (const other of call.json ? [] : result.otherRoots)
    call.warn(`the hooks of another root stay: agent-runner --root ${quoted(other)} hooks uninstall`);
}
