/**
 * Signals that wait for a session are told with its prompt, by the first of several installs. What it leaves in
 * `woken/` proves that a turn has begun for them.
 */
import { join } from 'node:path';
import { rootLayout } from '#blackboard/layout.ts';
import { formatSignalName, listSignals, type SignalRecord } from '#blackboard/signals/pending.ts';
import { newNonce } from '#blackboard/system/ids.ts';
import { limits } from '#blackboard/system/limits.ts';
import { readRecord } from '#blackboard/system/record.ts';
import { printableJson } from '#blackboard/text/printable.ts';
import type { HookContext } from '#hooks/session/hook-context.ts';

/**
 * The text, or null if there is nothing to tell. The signals are removed after it was printed, and not before: a killed
 * hook tells them with the next prompt.
 */
export async function signalNews(context: HookContext): Promise<string | null> {
  const { files, root, layout, event } = context;
  if (event.promptId === null || (await files.facts(rootLayout(root).disableSignals))) return null;
  const names: string[] = [];
  const records: SignalRecord[] = [];
  for (const waiting of (await listSignals(files, layout.signals)).waiting) {
    const name = formatSignalName(waiting);
    const record = await readRecord<SignalRecord>(files, join(layout.signals, name)).catch(() => null);
    if (!record) continue;
    names.push(name);
    records.push(record);
  }
  if (names.length === 0 || !(await claimPrompt(context, names))) return null;
  context.afterwards.push(async () => {
    for (const name of names) await files.remove(join(layout.signals, name));
  });
  return `[agent-runner] A signal came from outside (${wordsOf(records)}). It carries no text and nobody's request: do what your instructions say about such a signal; if they say nothing, look at what has changed and report.`;
}

/** Whether this hook is the first at this prompt. Without an fsync: a person waits. */
async function claimPrompt({ files, layout, event }: HookContext, names: readonly string[]): Promise<boolean> {
  await files.makeDirectory(layout.woken);
  const temporary = `${layout.woken}.tmp-${newNonce().slice(0, 12)}`;
  await files.append(temporary, names.map(name => `${name}\n`).join(''));
  const linked = await files.link(temporary, join(layout.woken, event.promptId!));
  await files.remove(temporary);
  return linked === 'linked';
}

/** What came. Paths that no longer fit are counted: of a long hook the model sees only a preview. */
function wordsOf(records: readonly SignalRecord[]): string {
  let words = '';
  let left = 0;
  for (const { type, path } of records) {
    const said = path === undefined ? type : `${type} "${shownPath(path)}"`;
    if (type !== 'file_changed' || words === '' || words.length + said.length < limits.signalWordsCharsMax)
      words += words === '' ? said : `; ${said}`;
    else left++;
  }
  return left === 0 ? words : `${words}; ${left} more of file_changed`;
}

/** A path is shown if it needs no escape, is no mention or tag for claude, and is too short to be a letter. */
function shownPath(path: string): string {
  const isPlain = printableJson(JSON.stringify(path)) === `"${path}"` && !/[@<]/.test(path);
  return isPlain && path.length <= limits.signalNameShownCharsMax ? path : 'a file whose name is not shown';
}
