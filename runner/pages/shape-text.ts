/** Shapes of results as docs/json.md writes them: in the notation of TypeScript. Pure. */
import type { z } from 'zod';

/** Shapes that have a name, by the shape itself. */
export type Names = ReadonlyMap<z.core.$ZodType, string>;

const COLUMNS = 140;

/** `type Send = { id: Id; to: string };`, and behind it what is said of the whole. */
export function typeText(name: string, shape: z.core.$ZodType, names: Names): string {
  const { about } = noteOf(shape);
  const text = textOf(shape, new Map([...names].filter(([, each]) => each !== name)), '');
  return `type ${name} =${text.startsWith('\n') ? '' : ' '}${text};${about ? ` // ${about}` : ''}`;
}

const noteOf = (shape: z.core.$ZodType): { about: string | undefined } => ({
  about: (shape as z.ZodType).description,
});

function textOf(shape: z.core.$ZodType, names: Names, indent: string): string {
  const name = names.get(shape);
  if (name) return name;
  const def = shape._zod.def as z.core.$ZodTypes['_zod']['def'];
  switch (def.type) {
    case 'string':
    case 'number':
    case 'boolean':
    case 'null':
      return def.type;
    case 'literal':
      return def.values.map(value => `'${String(value)}'`).join(' | ');
    case 'enum':
      return alternatives(
        Object.values(def.entries).map(value => `'${value}'`),
        indent,
      );
    case 'nullable':
      return `${textOf(def.innerType, names, indent)} | null`;
    case 'optional':
      return textOf(def.innerType, names, indent);
    case 'array': {
      const of = textOf(def.element, names, indent);
      return / [|&] /.test(of) && !of.startsWith('{') ? `(${of})[]` : `${of}[]`;
    }
    case 'union':
      return alternatives(
        def.options.map(option => textOf(option, names, `${indent}  `)),
        indent,
      );
    case 'object':
      return objectText(def.shape, names, indent);
    default:
      throw new Error(`docs/json.md has no notation for ${def.type}`);
  }
}

/** On one line where they fit, else one below the other. */
function alternatives(of: readonly string[], indent: string): string {
  const line = of.join(' | ');
  const isLong = line.length + indent.length > COLUMNS - 40 || line.includes('\n');
  return isLong ? `\n${of.map(each => `${indent}  | ${each}`).join('\n')}` : line;
}

function objectText(shape: Readonly<Record<string, z.core.$ZodType>>, names: Names, indent: string): string {
  const inner = `${indent}  `;
  const fields = Object.entries(shape).map(([key, field]) => {
    const isOptional = field._zod.def.type === 'optional';
    const about = names.has(field) ? undefined : noteOf(field).about;
    return { text: `${key}${isOptional ? '?' : ''}: ${textOf(field, names, inner)}`, about };
  });
  const line = `{ ${fields.map(({ text }) => text).join('; ')} }`;
  if (line.length + indent.length < COLUMNS - 30 && !line.includes('\n') && fields.every(({ about }) => !about))
    return line;
  return `{\n${fields.map(({ text, about }) => `${inner}${text};${about ? ` // ${about}` : ''}\n`).join('')}${indent}}`;
}
