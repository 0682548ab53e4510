/** What `approve`, `deny` and `answer` share: they are called for a button of the plugin's pane, too. */
import { limits } from '#blackboard/system/limits.ts';
import type { OptionDeclaration } from '#runner/cli/declare.ts';

export const pressedOption: OptionDeclaration = {
  flags: '--pressed',
  about: 'for the plugin’s pane: stdin has the word that its pressed button was given',
};

/** null: a person calls from a terminal. */
export async function pressedWord({ pressed }: { pressed?: boolean }): Promise<string | null> {
  if (pressed !== true) return null;
  let text = '';
  for await (const piece of process.stdin.setEncoding('utf8')) {
    text += piece;
    if (text.length > limits.pressWordCharsMax) break;
  }
  return text.trim();
}
