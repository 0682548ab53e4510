/** `agent-runner doctor`: checks everything agents need, and prints the fix of what is wrong. */
import { exitCode } from '#blackboard/system/errors.ts';
import { printableLine } from '#blackboard/text/printable.ts';
import type { Call, Declaration } from '#runner/cli/declare.ts';
import type { Doctor } from '#runner/results/setup.ts';
import { paintFor, plural } from '#runner/text/terminal.ts';
import { whileWaiting } from '#runner/text/waiting.ts';

export const command: Declaration = {
  words: 'doctor',
  heading: 'To begin',
  about: 'try everything agents need here, and say what mends what is wrong; exit 1 with findings',
  json: true,
  examples: ['agent-runner doctor', 'agent-runner doctor --json'],
  exits: { 1: 'there are findings' },
};

export async function run(call: Call): Promise<number> {
  const { doctor } = await import('#runner/verbs/doctor.ts');
  const context = call.unchecked();
  const found = await whileWaiting('trying what agents need', call, () => doctor(context, { cwd: process.cwd() }));
  call.show(found, () => render(found));
  return found.healthy ? exitCode.ok : exitCode.no;
}

function render({ checks, healthy }: Doctor): string {
  const paint = paintFor(process.stdout, process.env);
  const width = Math.max(...checks.map(({ check }) => check.length));
  const indent = ' '.repeat(width + 8);
  const lines = checks.map(({ check, ok, sentence, mend }) => {
    const mark = ok ? 'ok   ' : paint.red('WRONG');
    return `${mark} ${check.padEnd(width)}  ${printableLine(sentence)}\n${mend === null ? '' : `${indent}${paint.bold(printableLine(mend))}\n`}`;
  });
  const findings = checks.filter(({ ok }) => !ok).length;
  return `${lines.join('')}\n${healthy ? 'All is well.' : `${plural(findings, 'finding')}: what mends each stands below it.`}\n`;
}
