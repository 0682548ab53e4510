/** What changes between two texts, line by line, as a person reads it. Pure. */

/** Lines of context around a change. */
const CONTEXT = 3;

/** As diff -u shows it, without line numbers; '' if nothing changes. */
export function lineDiff(before: string, after: string): string {
  const [old, now] = [before.split('\n'), after.split('\n')];
  let head = 0;
  while (head < old.length && head < now.length && old[head] === now[head]) head++;
  let tail = 0;
  while (tail < old.length - head && tail < now.length - head && old.at(-1 - tail) === now.at(-1 - tail)) tail++;
  const lines = merge(old.slice(head, old.length - tail), now.slice(head, now.length - tail));
  if (lines.length === 0) return '';
  const above = old.slice(Math.max(0, head - CONTEXT), head).map(line => `  ${line}`);
  const below = old.slice(old.length - tail, old.length - tail + CONTEXT).map(line => `  ${line}`);
  return `${[...above, ...lines, ...below].join('\n')}\n`;
}

/** The longest common subsequence of the middles; settings are small. */
function merge(old: readonly string[], now: readonly string[]): string[] {
  const common = Array.from({ length: old.length + 1 }, () => new Uint32Array(now.length + 1));
  for (let i = old.length - 1; i >= 0; i--)
    for (let j = now.length - 1; j >= 0; j--)
      common[i]![j] = old[i] === now[j] ? common[i + 1]![j + 1]! + 1 : Math.max(common[i + 1]![j]!, common[i]![j + 1]!);
  const lines: string[] = [];
  let [i, j] = [0, 0];
  while (i < old.length || j < now.length) {
    if (i < old.length && j < now.length && old[i] === now[j]) {
      lines.push(`  ${old[i++]}`);
      j++;
    } else if (j < now.length && (i === old.length || common[i]![j + 1]! > common[i + 1]![j]!))
      lines.push(`+ ${now[j++]}`);
    else lines.push(`- ${old[i++]}`);
  }
  return lines;
}
