/** What every command is called with (declare.ts), made from the options of the whole command line. */
import type { Call } from '#runner/cli/declare.ts';
import { terminalColumns, wrapTo } from '#runner/text/columns.ts';
import { stderr } from '#runner/text/output.ts';
import { printJson, printLines } from '#runner/text/printing.ts';
import { uncheckedContext, verbContext } from '#runner/verbs/context.ts';

/** Options that every command takes. */
export interface GlobalOptions {
  root?: string;
  json?: boolean;
}

export function callOf({ root, json }: GlobalOptions, env: NodeJS.ProcessEnv = process.env): Call {
  let made: ReturnType<Call['context']> | undefined;
  return {
    root,
    json: json === true,
    env,
    context() {
      made ??= verbContext(root, env);
      return made;
    },
    unchecked: () => uncheckedContext(root, env),
    show(result, said) {
      if (json) printJson(result);
      else printLines(said(result));
    },
    warn: sentence => stderr.write(`${wrapTo(`agent-runner: ${sentence}`, terminalColumns(stderr))}\n`),
  };
}
