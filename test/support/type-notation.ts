// Reads types as docs/json.md writes them (a small part of TypeScript) and holds values against them. Pure. Keys that a type does
// not name are refused, so that a document cannot lag behind.

export type Type =
  | { kind: 'word'; word: string }
  | { kind: 'literal'; value: string }
  | { kind: 'list'; of: Type }
  | { kind: 'object'; keys: Map<string, { type: Type; optional: boolean }> }
  | { kind: 'union' | 'both'; of: Type[] };

/** Every `type Name = …;` of a text. Throws where it is written in another way. */
export function parseTypes(text: string): Map<string, Type> {
  const tokens = text.replace(/\/\/.*$/gm, '').match(/'[^']*'|\w+|[{}()[\]|&;:?=,]/g) ?? [];
  let at = 0;
  const peek = () => tokens[at];
  const take = (wanted?: string): string => {
    const token = tokens[at++];
    if (token === undefined || (wanted !== undefined && token !== wanted))
      throw new Error(
        `expected ${wanted ?? 'more'}, got ${token} after ${tokens.slice(Math.max(0, at - 8), at - 1).join(' ')}`,
      );
    return token;
  };
  const several = (separator: '|' | '&', kind: 'union' | 'both', one: () => Type): Type => {
    if (peek() === separator) take();
    const of = [one()];
    while (peek() === separator) {
      take();
      of.push(one());
    }
    return of.length === 1 ? of[0]! : { kind, of };
  };
  const union = (): Type => several('|', 'union', () => several('&', 'both', listed));
  const listed = (): Type => {
    let type = single();
    while (peek() === '[') {
      take('[');
      take(']');
      type = { kind: 'list', of: type };
    }
    return type;
  };
  const single = (): Type => {
    const token = take();
    if (token === '(') {
      const type = union();
      take(')');
      return type;
    }
    if (token === '{') return object();
    if (token.startsWith("'")) return { kind: 'literal', value: token.slice(1, -1) };
    return { kind: 'word', word: token };
  };
  const object = (): Type => {
    const keys = new Map<string, { type: Type; optional: boolean }>();
    while (peek() !== '}') {
      const key = take();
      const optional = peek() === '?';
      if (optional) take();
      take(':');
      keys.set(key, { type: union(), optional });
      if (peek() === ';') take();
    }
    take('}');
    return { kind: 'object', keys };
  };
  const found = new Map<string, Type>();
  while (at < tokens.length) {
    take('type');
    const name = take();
    take('=');
    found.set(name, union());
    take(';');
  }
  return found;
}

/** What is wrong with the value, as `place: what`; empty: nothing. */
export function violations(types: ReadonlyMap<string, Type>, type: Type, value: unknown, place = '$'): string[] {
  const wrong = (expected: string) => [`${place}: expected ${expected}, got ${JSON.stringify(value)?.slice(0, 120)}`];
  switch (type.kind) {
    case 'literal':
      return value === type.value ? [] : wrong(`'${type.value}'`);
    case 'word': {
      const { word } = type;
      if (word === 'null') return value === null ? [] : wrong('null');
      if (['string', 'number', 'boolean'].includes(word)) return typeof value === word ? [] : wrong(word);
      if (word === 'Time' && (typeof value !== 'string' || Number.isNaN(Date.parse(value)))) return wrong('a time');
      const named = types.get(word);
      if (!named) throw new Error(`there is no type ${word}`);
      return violations(types, named, value, place);
    }
    case 'list':
      if (!Array.isArray(value)) return wrong('a list');
      return value.flatMap((each, at) => violations(types, type.of, each, `${place}[${at}]`));
    case 'union': {
      const tries = type.of.map(each => violations(types, each, value, place));
      if (tries.some(found => found.length === 0)) return [];
      // The nearest one says most.
      return tries.sort((a, b) => a.length - b.length)[0]!;
    }
    case 'both':
      return violations(types, merged(types, type), value, place);
    case 'object': {
      if (typeof value !== 'object' || value === null || Array.isArray(value)) return wrong('an object');
      const unknown = Object.keys(value).filter(key => !type.keys.has(key));
      const keys = [...type.keys].flatMap(([key, { type: inner, optional }]) => {
        if (!Object.hasOwn(value, key)) return optional ? [] : [`${place}.${key}: is missing`];
        return violations(types, inner, (value as Record<string, unknown>)[key], `${place}.${key}`);
      });
      return [...unknown.map(key => `${place}.${key}: is not documented`), ...keys];
    }
  }
}

/** Objects joined by `&`, as one. */
function merged(types: ReadonlyMap<string, Type>, type: Type): Type & { kind: 'object' } {
  if (type.kind === 'object') return type;
  if (type.kind === 'word') return merged(types, types.get(type.word)!);
  if (type.kind !== 'both') throw new Error(`& joins objects only, not a ${type.kind}`);
  return { kind: 'object', keys: new Map(type.of.flatMap(each => [...merged(types, each).keys])) };
}
