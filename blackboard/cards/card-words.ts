/** A card in words, for people: in a note, a list, an event. Everything in it that an agent wrote is made printable. Pure. */
import { ASK, type Asked, type CardEnd } from '#blackboard/cards/card.ts';
import { cutText } from '#blackboard/events/encode-event.ts';
import { limits } from '#blackboard/system/limits.ts';
import { shortId } from '#blackboard/system/short-id.ts';
import { printable, printableLine } from '#blackboard/text/printable.ts';

/** What is asked, in a line. */
export function cardQuestion({ kind, peer, tool, questions }: Asked): string {
  const who = printableLine(peer);
  if (kind === 'plan') return `${who} asks: may it begin with this plan?`;
  if (kind === 'permission') return `${who} asks: may it use ${shown(tool)}?`;
  const [first] = questions;
  const more = questions.length > 1 ? ` (and ${questions.length - 1} more)` : '';
  const [line = '', ...rest] = (first?.question ?? '').trim().split('\n');
  return `${who} asks: ${shown(line)}${rest.length > 0 ? ' …' : ''}${more}`;
}

/** What a person needs to decide beside that, in lines; empty: nothing more. */
export function cardText(card: Asked): string {
  const { kind, input, inputChars, reason, questions, rules } = card;
  const cut = inputChars > input.length ? `\n… (${inputChars - input.length} characters more)` : '';
  const lines =
    kind === 'question'
      ? questions.flatMap(each => optionLines(each, isSaid(card)))
      : `${argumentText(card)}${cut}`.split('\n').map(quoted);
  if (kind === 'question' && isMore(card)) lines.push(`All of it: agent-runner read ${shortId(card.id)}`);
  if (reason) lines.push(`Why it is asked: ${printableLine(reason)}`);
  const allowed = rules.map(rule => printableLine(ruleWords(rule))).join(', ');
  if (kind === 'permission' && rules.length > 0) lines.push(`--always would allow: ${allowed}`);
  return lines.join('\n');
}

/** One line of an agent's, and no more of it than a person reads. */
const shown = (text: string): string => cutText(printableLine(text), limits.cardTextCharsMax);

/** An agent's own lines, which could look like ours. */
const quoted = (line: string): string => `│ ${line}`;

/** A message, of which the card has no more than the beginning of its text. */
const isMore = ({ tool, input, questions: [first] }: Asked): boolean =>
  tool === ASK && (first?.question.length === limits.cardTextCharsMax || input.includes('"files":['));

/** Its only question stands in its first line already. */
const isSaid = ({ questions: [first, ...others] }: Asked): boolean =>
  others.length === 0 && first !== undefined && !first.question.trim().includes('\n');

function optionLines({ question, options, several }: Asked['questions'][number], isToldAbove: boolean): string[] {
  if (options.length === 0) return isToldAbove ? [] : printable(question).split('\n').map(quoted);
  const how = several ? ' (one or more, with commas)' : '';
  return [
    ...(isToldAbove ? (several ? ['one or more, with commas:'] : []) : [`${shown(question)}${how}`]),
    ...options.map(({ label, description }, at) => {
      const about = description === '' ? '' : `: ${shown(description)}`;
      return `  ${at + 1}. ${shown(label)}${about}`;
    }),
  ];
}

/** A command, a path or a plan as it is, for what most calls are about; else all arguments as JSON. */
function argumentText({ kind, input, inputChars }: Asked): string {
  if (inputChars > input.length) return printable(input);
  const given = JSON.parse(input) as Record<string, unknown>;
  // claude says beside it where it keeps the plan (CLI 2.1.332).
  if (kind === 'plan' && typeof given.plan === 'string') return printable(given.plan);
  const keys = Object.keys(given).filter(key => key !== 'description');
  const [only] = keys;
  const value = keys.length === 1 && only !== undefined ? given[only] : undefined;
  return printable(typeof value === 'string' ? value : JSON.stringify(given, null, 2));
}

/** `Bash(touch a *)`, as claude's settings have it. */
export const ruleWords = ({ toolName, ruleContent }: Asked['rules'][number]): string =>
  ruleContent === undefined ? toolName : `${toolName}(${ruleContent})`;

/** The commands that end it. */
export function cardCommands({ id, kind, tool }: Pick<Asked, 'id' | 'kind' | 'tool'>): string[] {
  const shown = shortId(id);
  const deny = `agent-runner deny ${shown} --reason "…"`;
  return kind === 'question'
    ? [`agent-runner answer ${shown} ${tool === ASK ? '<text>' : '<number or text>'}`, deny]
    : [`agent-runner approve ${shown}`, deny];
}

/** How it ended, in a few words. */
export function cardEndWords(end: CardEnd): string {
  switch (end.kind) {
    case 'allowed':
      return `allowed${end.always ? ' for good' : ''} by ${printableLine(end.by)}`;
    case 'answered':
      return `answered by ${printableLine(end.by)}: ${printableLine(Object.values(end.answers).join('; '))}`;
    case 'denied':
      return `denied by ${printableLine(end.by)}: ${printableLine(end.reason)}`;
    case 'expired':
      return 'nobody answered in time, which counts as denied';
    case 'withdrawn':
      return `withdrawn: ${printableLine(end.reason)}`;
  }
}
