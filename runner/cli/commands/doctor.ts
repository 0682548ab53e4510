/** `agent-runner doctor`: tries what agents need, and says what mends what is wrong. Leaves nothing behind. */

import { listAgents } from '#blackboard/peers/peers.ts';
import { rootPath } from '#blackboard/root.ts';
import { createDiskFiles } from '#blackboard/system/disk-files.ts';
import { exitCode } from '#blackboard/system/errors.ts';
import { printableLine } from '#blackboard/text/printable.ts';
import type { Declaration } from '#runner/cli/declare.ts';
import type { GlobalOptions } from '#runner/cli/terminal/global-options.ts';
import { checkAgents, checkConfig } from '#runner/doctor/agent-checks.ts';
import { checkClaude } from '#runner/doctor/claude-checks.ts';
import { type Check, well, wrong } from '#runner/doctor/finding.ts';
import { checkHooks } from '#runner/doctor/hooks-checks.ts';
import { checkClock, checkDescriptors, checkNode, checkWatch } from '#runner/doctor/machine-checks.ts';
import { checkDisk, checkRoot } from '#runner/doctor/root-checks.ts';
import { readAllFacts, stateSource } from '#runner/status/agent-facts.ts';
import { signalProblem } from '#runner/status/health.ts';
import { terminalColumns, wrapTo } from '#runner/text/columns.ts';
import { printJson } from '#runner/text/printing.ts';
import { paintFor, plural } from '#runner/text/terminal.ts';
import { showWaiting } from '#runner/text/waiting.ts';

export const command: Declaration = {
  words: 'doctor',
  heading: 'To begin',
  about: 'try everything agents need here, and say what mends what is wrong; exit 1 with findings',
  json: true,
  examples: ['agent-runner doctor', 'agent-runner doctor --json'],
  exits: { 1: 'there are findings' },
};

export async function run(global: GlobalOptions): Promise<number> {
  const checks = await allChecks(rootPath(global.root, process.env), global.json);
  const findings = checks.filter(({ ok }) => !ok);
  if (global.json) printJson({ healthy: findings.length === 0, checks });
  else process.stdout.write(wrapTo(render(checks, findings.length), terminalColumns()));
  return findings.length === 0 ? exitCode.ok : exitCode.no;
}

async function allChecks(root: string, json: boolean | undefined): Promise<Check[]> {
  using _shown = showWaiting('trying what agents need', { json });
  const checks: Check[] = [checkNode(process.versions.node)];
  const usable = await checkRoot(root);
  checks.push(usable);
  // Of a root that is not there, or not to be trusted, nothing else is tried.
  if (usable.ok || usable.mend?.startsWith('chmod 700')) checks.push(...(await checksOfRoot(root)));
  checks.push(...(await checkClaude(root, process.env)));
  const unasked = await signalProblem();
  checks.push(
    unasked ? wrong('signals', unasked.sentence, unasked.mend) : well('signals', 'the kernel says who sends a signal'),
  );
  return checks;
}

async function checksOfRoot(root: string): Promise<Check[]> {
  const files = createDiskFiles();
  const disk = await checkDisk(files, root);
  const names = await listAgents(files, root);
  const descriptors = checkDescriptors(names.length);
  const nowMs = Date.now();
  const agents = await readAllFacts(stateSource(root, files, process.env, nowMs), names);
  return [
    ...disk,
    ...(await checkWatch(root, names)),
    ...(descriptors ? [descriptors] : []),
    await checkClock(files, root),
    await checkConfig(files, root),
    ...(await checkHooks(root, process.env)),
    ...(await checkAgents(files, root, agents, nowMs)),
  ];
}

function render(checks: readonly Check[], findings: number): string {
  const paint = paintFor(process.stdout, process.env);
  const width = Math.max(...checks.map(({ check }) => check.length));
  const indent = ' '.repeat(width + 8);
  const lines = checks.map(({ check, ok, sentence, mend }) => {
    const mark = ok ? 'ok   ' : paint.red('WRONG');
    return `${mark} ${check.padEnd(width)}  ${printableLine(sentence)}\n${mend === null ? '' : `${indent}${paint.bold(printableLine(mend))}\n`}`;
  });
  return `${lines.join('')}\n${findings === 0 ? 'All is well.' : `${plural(findings, 'finding')}: what mends each stands below it.`}\n`;
}
