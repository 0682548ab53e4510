/**
 * A person, proven by a button that they pressed in the pane of the plugin's mod. Two things prove it: the one-time word that the
 * mod was given for this press (blackboard/cards/press.ts), and where the command runs: started by claude itself, on the terminal
 * where its person sits. claude gives each command of its tools and hooks a kernel session without a terminal (2.1.332), and the
 * kernel lets no process back into one that it has left.
 */
import { type Press, takeWord } from '#blackboard/cards/press.ts';
import { sessionLayout } from '#blackboard/layout.ts';
import { OPERATOR } from '#blackboard/peers/operator.ts';
import { sessionOfProcess } from '#blackboard/peers/sessions.ts';
import { refusedError } from '#blackboard/system/errors.ts';
import type { Files } from '#blackboard/system/files.ts';
import { lineageOf, type ProcessIdentity, terminalOf } from '#blackboard/system/process-identity.ts';

/** Uses the word up. Throws 77 unless it proves this press. Returns the name that is put under what was decided. */
export async function requirePress(
  files: Files,
  root: string,
  press: Press & { word: string },
  nowMs: number,
  [self, above]: readonly ProcessIdentity[] = lineageOf(process.pid),
  terminal: (pid: number) => string | null = terminalOf,
): Promise<string> {
  const session = above ? await sessionOfProcess(files, root, above) : null;
  if (!self || !above || !session) throw notPressed(press, 'no claude of a session has started this command itself');
  const place = terminal(above.pid);
  if (place === null || terminal(self.pid) !== place)
    throw notPressed(press, 'it does not run on the terminal of its session');
  const problem = await takeWord(files, sessionLayout(root, session.id).mod.words, press.word, press, nowMs);
  if (problem !== null) throw notPressed(press, problem);
  return OPERATOR;
}

const notPressed = ({ verb }: Press, why: string): Error =>
  refusedError(
    `${verb} is for people, and no pressed button proves one: ${why}`,
    `Press it again, or call agent-runner ${verb} in a terminal of yours that no claude has started.`,
  );
