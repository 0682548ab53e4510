/**
 * A file of keys that a person wrote (agent.md, config.yaml), read by its schema. Its mistakes are told all together, each
 * with its line. Pure.
 */
import { type Document, LineCounter, parseDocument, visit } from 'yaml';
import { nearestName } from '#blackboard/messages/peer-name.ts';
import { configurationError } from '#blackboard/system/errors.ts';

export interface Problem {
  /** Of the file, from 1. */
  line: number;
  sentence: string;
}

/** The document of a file, and where in the file it stands. */
export interface Source {
  path: string;
  document: Document;
  lines: LineCounter;
  /** Lines of the file before the document's first. */
  linesBefore: number;
}

/** What is known about keys, beside the schema. */
export interface KnownKeys {
  /** The keys that exist at a path: [] is the top. */
  at(path: readonly PropertyKey[]): readonly string[];
  /** What to say about keys that other programs use in such a file, and about our own from before they were renamed. */
  foreign: Readonly<Record<string, string>>;
  /** Where the keys are explained: `see …`. */
  page: string;
}

/** What such a file may hold. */
export interface KeysFile<Data> {
  path: string;
  /** Lines of the file before its YAML. */
  linesBefore: number;
  schema: { safeParse(value: unknown): { success: true; data: Data } | { success: false; error: SchemaError } };
  keys: KnownKeys;
  hint: string;
}

/** What its YAML says. Throws a configuration error that names each mistake with its line. */
export function readKeys<Data>(yaml: string, file: KeysFile<Data>): { data: Data; source: Source } {
  const { path, linesBefore, hint } = file;
  const lines = new LineCounter();
  const document = parseDocument(yaml, { lineCounter: lines, schema: 'core', logLevel: 'silent' });
  const wrong = (line: number, sentence: string) => problemsError(path, [{ line: line + linesBefore, sentence }], hint);
  const broken = document.errors[0];
  // Anything after a YAML mistake is read wrongly as well, so only the mistake is reported.
  if (broken) throw wrong(broken.linePos?.[0].line ?? 1, withoutPlace(broken.message));
  visit(document, {
    Alias: (_key, { range }) => {
      throw wrong(lines.linePos(range?.[0] ?? 0).line, 'aliases (*name) are not read: write the value out');
    },
  });
  const parsed = file.schema.safeParse(document.toJS({ maxAliasCount: 0 }) ?? {});
  const source = { path, document, lines, linesBefore };
  if (!parsed.success) throw problemsError(path, schemaProblems(parsed.error, source, file.keys), hint);
  return { data: parsed.data, source };
}

/**
 * yaml counts from the YAML's first line and puts that into its message: there would be two lines for one place.
 */
const withoutPlace = (message: string): string => message.split('\n')[0]!.replace(/ at line \d+, column \d+:?$/, '');

/** How many one error names: in a foreign file every line may be wrong. */
const PROBLEMS_MAX = 12;

/** One error for all of them, in the order of their lines. */
export function problemsError(path: string, problems: readonly Problem[], hint: string): Error {
  const [first, ...others] = [...problems].sort((a, b) => a.line - b.line);
  const told = others.slice(0, PROBLEMS_MAX - 1).map(({ line, sentence }) => `; line ${line}: ${sentence}`);
  const left = others.length - told.length;
  return configurationError(
    `${path}:${first!.line}: ${first!.sentence}${told.join('')}${left > 0 ? `; and ${left} more` : ''}`,
    hint,
  );
}

/** An issue of a schema, as zod reports it. */
interface SchemaError {
  issues: readonly { code?: string | undefined; path: PropertyKey[]; message: string; keys?: string[] }[];
}

/**
 * The issues of a schema as problems. A misspelt key is also missing under its right name: only the typo is reported.
 */
function schemaProblems(error: SchemaError, source: Source, keys: KnownKeys): Problem[] {
  const meant = new Set<string>();
  const unknown = error.issues.flatMap(issue =>
    issue.code !== 'unrecognized_keys'
      ? []
      : (issue.keys ?? []).map(key => {
          const nearest = nearestName(key, keys.at(issue.path));
          if (nearest) meant.add([...issue.path, nearest].join('.'));
          const foreign = issue.path.length === 0 && Object.hasOwn(keys.foreign, key) ? keys.foreign[key] : undefined;
          const known = foreign ?? (nearest ? `did you mean "${nearest}"?` : keys.page);
          return { line: lineOf(source, [...issue.path, key]), sentence: `unknown key "${key}": ${known}` };
        }),
  );
  const judged = new Set<string>();
  const others = error.issues.flatMap(issue => {
    if (issue.code === 'unrecognized_keys') return [];
    const where = issue.path.join('.');
    // Only the first problem of a value.
    if (judged.has(where)) return [];
    judged.add(where);
    const came = source.document.getIn(issue.path as (string | number)[]);
    if (came === undefined && where !== '')
      return meant.has(where) ? [] : [{ line: lineOf(source, issue.path), sentence: `"${where}" is missing` }];
    const what = where === '' ? 'the file' : `"${where}" is ${JSON.stringify(came)}`;
    return [{ line: lineOf(source, issue.path), sentence: `${what}: ${issue.message}` }];
  });
  return [...unknown, ...others];
}

/** The line of a key in the file; of the document's beginning if the key does not exist. */
export function lineOf({ document, lines, linesBefore }: Source, path: readonly PropertyKey[]): number {
  for (let depth = path.length; depth > 0; depth--) {
    const parent = depth === 1 ? document.contents : document.getIn(path.slice(0, depth - 1) as string[], true);
    const items = (parent as { items?: { key?: { value?: unknown; range?: [number] } }[] } | null)?.items ?? [];
    const pair = items.find(item => item.key?.value === path[depth - 1]);
    if (pair?.key?.range) return lines.linePos(pair.key.range[0]).line + linesBefore;
  }
  return 1 + linesBefore;
}
