/**
 * JSON with the positions of its parts, so that another program's file can be changed in one place and stays the same elsewhere. Pure.
 * jsonc-parser reads it. The changes are ours: modify() of 3.3.1 breaks the text when it removes the last item of a list on one line
 * (findings/jsonc-parser-*), and it formats what stands around a change, so that uninstall could not restore the file byte for byte.
 */
import { type Node, parseTree } from 'jsonc-parser';

export type { Node };

/** Parses a text that JSON.parse accepts (it runs first, and throws its SyntaxError). A byte order mark is skipped. */
export function parseJsonText(text: string): Node {
  JSON.parse(text.replace(/^\ufeff/, ''));
  return parseTree(text.replace(/^\ufeff/, ' '))!;
}

/** What an object or array of this type holds; nothing, if it is none. */
export const childrenOf = (node: Node | undefined, type: 'object' | 'array'): readonly Node[] =>
  node?.type === type ? node.children! : [];

/** A member's value. If a key occurs twice, the last one counts, as in JSON.parse. */
export const memberOf = (node: Node | undefined, key: string): Node | undefined =>
  childrenOf(node, 'object').findLast(({ children }) => children![0]!.value === key)?.children?.[1];

/** Adds a member or an item (`piece`: its text, on one or several lines, not indented) after the last one. */
export function appendTo(text: string, container: Node, piece: string, depth: number): string {
  const last = container.children!.at(-1);
  const eol = text.includes('\r\n') ? '\r\n' : '\n';
  // What the file itself indents by; two spaces if it does not say.
  const unit = /\n([ \t]+)"/.exec(text)?.[1] ?? '  ';
  // On its own line if the file is written in lines.
  if (last && !text.slice(container.offset, endOf(container)).includes('\n')) {
    const wrapped = container.type === 'object' ? `{${piece}}` : `[${piece}]`;
    return splice(text, endOf(last), endOf(last), `,${JSON.stringify(JSON.parse(wrapped)).slice(1, -1)}`);
  }
  const lead = `${eol}${unit.repeat(depth + 1)}`;
  const indented = lead + piece.replaceAll('\t', unit).split('\n').join(lead);
  if (last) return splice(text, endOf(last), endOf(last), `,${indented}`);
  return splice(text, container.offset + 1, endOf(container) - 1, `${indented}${eol}${unit.repeat(depth)}`);
}

/** Removes a member or an item, with the comma and the space before it. */
export function removeFrom(text: string, part: Node): string {
  const container = part.parent!;
  const index = container.children!.indexOf(part);
  const [before, after] = [container.children![index - 1], container.children![index + 1]];
  if (before) return splice(text, endOf(before), endOf(part), '');
  if (after) return splice(text, part.offset, after.offset, '');
  return splice(text, container.offset + 1, endOf(container) - 1, '');
}

/** The text with this put in place of a part. */
export const replacePart = (text: string, part: Node, piece: string): string =>
  splice(text, part.offset, endOf(part), piece);

const endOf = ({ offset, length }: Node): number => offset + length;

const splice = (text: string, start: number, end: number, piece: string): string =>
  text.slice(0, start) + piece + text.slice(end);
