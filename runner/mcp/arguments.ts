/**
 * What a tool takes, as data: its JSON Schema is made from it, and what came is held against it. Claude checks nothing
 * (CLI 2.1.332): a missing argument arrives missing, and "12" may arrive as 12. Pure.
 */
import { usageError } from '#blackboard/system/errors.ts';
import { limits } from '#blackboard/system/limits.ts';
import { printableJson, quotedName } from '#blackboard/text/printable.ts';

export interface Argument {
  /** `whole`: a whole number, not negative. */
  type: 'text' | 'texts' | 'whole' | 'flag';
  /** Each word of it stands in every request. */
  about?: string;
  oneOf?: readonly string[];
  isRequired?: true;
  /** Of a whole number. */
  most?: number;
}

export type Arguments = Readonly<Record<string, Argument>>;

interface Types {
  text: string;
  texts: readonly string[];
  whole: number;
  flag: boolean;
}

/** What a tool gets when all is well. */
export type Given<Taken extends Arguments> = {
  [Name in keyof Taken]: Types[Taken[Name]['type']] | (Taken[Name]['isRequired'] extends true ? never : undefined);
};

const SCHEMAS = {
  text: { type: 'string' },
  texts: { type: 'array', items: { type: 'string' } },
  whole: { type: 'integer' },
  flag: { type: 'boolean' },
} as const;

/** As short as it can be said: the model pays for it. */
export function inputSchema(taken: Arguments): { type: 'object' } & Record<string, unknown> {
  const properties = Object.entries(taken).map(([name, { type, about, oneOf }]) => [
    name,
    { ...SCHEMAS[type], ...(oneOf ? { enum: oneOf } : {}), ...(about ? { description: about } : {}) },
  ]);
  const required = Object.keys(taken).filter(name => taken[name]!.isRequired);
  return { type: 'object', properties: Object.fromEntries(properties), ...(required.length > 0 ? { required } : {}) };
}

/** Throws a usage error that names everything that is wrong: what was expected, what came, and what to do. */
export function checkedArguments<Taken extends Arguments>(tool: string, taken: Taken, came: unknown): Given<Taken> {
  if (typeof came !== 'object' || came === null || Array.isArray(came))
    throw usageError(`${tool} expects an object of arguments, got ${shown(came)}`, AGAIN);
  const problems: string[] = [];
  const given: Record<string, unknown> = {};
  for (const [name, argument] of Object.entries(taken)) {
    // null is how some models leave an argument away.
    const value = (came as Record<string, unknown>)[name] ?? undefined;
    const read = value === undefined ? undefined : READ[argument.type](value);
    if (value === undefined ? argument.isRequired : !fits(argument, read))
      problems.push(`"${name}": expected ${wanted(argument)}, got ${value === undefined ? 'nothing' : shown(value)}`);
    given[name] = read;
  }
  for (const name of Object.keys(came).filter(name => !Object.hasOwn(taken, name)))
    problems.push(
      `${quotedName(name, limits.mcpNameChars)}: it has no such argument, only ${Object.keys(taken).join(', ')}`,
    );
  if (problems.length > 0) throw usageError(`${tool}: ${problems.slice(0, PROBLEMS_SHOWN).join('; ')}`, AGAIN);
  return given as Given<Taken>;
}

const AGAIN = 'Nothing was done. Correct that and call it again.';
const PROBLEMS_SHOWN = 5;

/** The value as the tool takes it; undefined: it is none. */
const READ: Readonly<Record<Argument['type'], (value: unknown) => unknown>> = {
  text: textOf,
  texts(value) {
    const texts = (Array.isArray(value) ? value : [value]).map(textOf);
    return texts.includes(undefined) ? undefined : texts;
  },
  whole(value) {
    const number = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value;
    return Number.isSafeInteger(number) && (number as number) >= 0 ? number : undefined;
  },
  flag: value => (FLAGS.includes(value) ? String(value) === 'true' : undefined),
};

const FLAGS: readonly unknown[] = [true, 'true', false, 'false'];

/** A number that a model wrote without its quotes is a text still, unless digits of it are lost. */
function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  return Number.isSafeInteger(value) || typeof value === 'boolean' ? String(value) : undefined;
}

const fits = ({ oneOf, most }: Argument, read: unknown): boolean =>
  read !== undefined &&
  (oneOf === undefined || oneOf.includes(read as string)) &&
  (most === undefined || (read as number) <= most);

function wanted({ type, oneOf, most = limits.mcpCountMax }: Argument): string {
  if (oneOf) return `one of ${oneOf.join(', ')}`;
  return { text: 'a text', texts: 'a list of texts', whole: `a whole number from 0 to ${most}`, flag: 'true or false' }[
    type
  ];
}

const shown = (value: unknown): string =>
  typeof value === 'string'
    ? quotedName(value, limits.mcpNameChars)
    : printableJson(JSON.stringify(value).slice(0, limits.mcpNameChars));
