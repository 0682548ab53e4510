/**
 * JSON with the positions of its parts, so that another program's file can be changed in one place and stays the same
 * elsewhere. Pure.
 */

export type Node = {
  /** Character offsets in the text, `end` behind the last one. */
  start: number;
  end: number;
} & (
  | { kind: 'object'; members: Member[] }
  | { kind: 'array'; items: Node[] }
  | { kind: 'scalar'; value: string | number | boolean | null }
);

export interface Member {
  key: string;
  /** Of the key's quote. */
  start: number;
  value: Node;
}

/** Parses a text that JSON.parse accepts (it runs first, and throws its SyntaxError). A byte order mark is skipped. */
export function parseJsonText(text: string): Node {
  const first = text.startsWith('\ufeff') ? 1 : 0;
  JSON.parse(text.slice(first));
  let at = first;
  const skip = () => {
    while (/[ \t\r\n]/.test(text[at] ?? '')) at++;
  };
  const string = (): string => {
    const start = at++;
    while (text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
    return JSON.parse(text.slice(start, ++at)) as string;
  };
  const list = (close: string, item: () => void) => {
    at++;
    for (skip(); text[at] !== close; skip()) {
      if (text[at] === ',') at++;
      else item();
    }
    at++;
  };
  const value = (): Node => {
    skip();
    const start = at;
    if (text[at] === '{') {
      const members: Member[] = [];
      list('}', () => {
        const keyStart = at;
        const key = string();
        skip();
        at++;
        members.push({ key, start: keyStart, value: value() });
      });
      return { kind: 'object', members, start, end: at };
    }
    if (text[at] === '[') {
      const items: Node[] = [];
      list(']', () => items.push(value()));
      return { kind: 'array', items, start, end: at };
    }
    if (text[at] === '"') return { kind: 'scalar', value: string(), start, end: at };
    while (/[^\s,\]}]/.test(text[at] ?? ' ')) at++;
    return { kind: 'scalar', value: JSON.parse(text.slice(start, at)), start, end: at };
  };
  return value();
}

/** If a key occurs twice, the last one counts, as in JSON.parse. */
export const memberOf = (node: Node | undefined, key: string): Member | undefined =>
  node?.kind === 'object' ? node.members.findLast(member => member.key === key) : undefined;

/** Adds a member or an item (`piece`: its text, on one or several lines, not indented) after the last one. */
export function appendTo(text: string, container: Node, piece: string, depth: number): string {
  if (container.kind === 'scalar') throw new Error('a scalar holds nothing');
  const ends =
    container.kind === 'object' ? container.members.map(({ value }) => value.end) : container.items.map(n => n.end);
  const last = ends.at(-1);
  const inside = text.slice(container.start, container.end);
  const eol = text.includes('\r\n') ? '\r\n' : '\n';
  const unit = indentUnit(text);
  // On its own line if the file is written in lines.
  const isFlat = last !== undefined && !inside.includes('\n');
  if (isFlat)
    return splice(text, last, last, `,${JSON.stringify(JSON.parse(wrap(container, piece)), null, 0).slice(1, -1)}`);
  const indented = piece
    .replaceAll('\t', unit)
    .split('\n')
    .join(`${eol}${unit.repeat(depth + 1)}`);
  const lead = `${eol}${unit.repeat(depth + 1)}`;
  if (last !== undefined) return splice(text, last, last, `,${lead}${indented}`);
  return splice(text, container.start + 1, container.end - 1, `${lead}${indented}${eol}${unit.repeat(depth)}`);
}

const wrap = (container: Node, piece: string): string => (container.kind === 'object' ? `{${piece}}` : `[${piece}]`);

/** Removes the n-th member or item, with the comma and the space before it. */
export function removeFrom(text: string, container: Node, index: number): string {
  if (container.kind === 'scalar') throw new Error('a scalar holds nothing');
  const parts: { start: number; end: number }[] =
    container.kind === 'object'
      ? container.members.map(({ start, value }) => ({ start, end: value.end }))
      : container.items;
  const [before, part, after] = [parts[index - 1], parts[index]!, parts[index + 1]];
  if (before) return splice(text, before.end, part.end, '');
  if (after) return splice(text, part.start, after.start, '');
  return splice(text, container.start + 1, container.end - 1, '');
}

/** What the file itself indents by; two spaces if it does not say. */
const indentUnit = (text: string): string => /\n([ \t]+)"/.exec(text)?.[1] ?? '  ';

const splice = (text: string, start: number, end: number, piece: string): string =>
  text.slice(0, start) + piece + text.slice(end);
