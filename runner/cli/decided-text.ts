/** What a person is told of a card that they ended. */
import { shortId } from '#blackboard/system/short-id.ts';
import { printableLine } from '#blackboard/text/printable.ts';
import type { Decided } from '#runner/results/cards.ts';

export function decidedText({ id, peer, tool, how, rules, ruleFiles }: Decided): string {
  const kept =
    rules.length === 0
      ? ''
      : `\n${printableLine(peer)} may do this unasked from now on: ${rules.map(printableLine).join(', ')}\nTo take it back, remove ${ruleFiles.map(printableLine).join(' and ')}`;
  return `${how} ${shortId(id)}: ${printableLine(tool)} of ${printableLine(peer)}${kept}\n`;
}
