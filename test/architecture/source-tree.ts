/** The source files as the architecture tests see them: text without comments, and what each file imports. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';

export const packageRoot = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** The floors of the house, from the ground up. */
export const FLOORS = ['blackboard', 'hooks', 'runner'] as const;

export interface SourceFile {
  /** From the package's root, `runner/cli/main.ts`. */
  path: string;
  text: string;
  /** The same without comments: strings stay. */
  code: string;
  imports: Import[];
}

export interface Import {
  /** As it is written. */
  specifier: string;
  /** From the package's root, for a file of ours; null for a package or a builtin. */
  file: string | null;
  /** Gone when the types are: it loads nothing. */
  isType: boolean;
  /** `import('./x.ts')`: loads when that line runs. */
  isLater: boolean;
}

/** Every file below these directories whose name ends so, sorted. */
export function listFiles(directories: readonly string[], endings: readonly string[]): string[] {
  const walk = (directory: string): string[] =>
    readdirSync(join(packageRoot, directory), { withFileTypes: true }).flatMap(entry => {
      const path = `${directory}/${entry.name}`;
      if (entry.isDirectory()) return walk(path);
      return endings.some(ending => entry.name.endsWith(ending)) ? [path] : [];
    });
  return directories.flatMap(walk).sort();
}

/** Every page that is shipped or read with the sources. */
export const listPages = (): string[] =>
  [
    ...readdirSync(packageRoot).filter(name => name.endsWith('.md')),
    ...listFiles(['docs'], ['.md']),
    'test/contract/claude-facts.md',
  ].sort();

export const readSource = (path: string): string => readFileSync(join(packageRoot, path), 'utf8');

export function parseSource(path: string, text: string): SourceFile {
  const code = withoutComments(text);
  return { path, text, code, imports: importsOf(path, code) };
}

/** All TypeScript that is shipped. */
export const productionFiles = (): SourceFile[] =>
  listFiles(FLOORS, ['.ts']).map(path => parseSource(path, readSource(path)));

/**
 * Blanks comments out, line by line, and leaves strings alone. Template literals inside template literals are read as code
 * between two literals, which keeps quotes paired; a quote never reaches beyond its line.
 */
export function withoutComments(text: string): string {
  const token = /\/\*[\s\S]*?\*\/|\/\/[^\n]*|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\[\s\S]|[^`\\])*`/g;
  return text.replace(token, found => (/^\/[/*]/.test(found) ? found.replace(/[^\n]/g, ' ') : found));
}

const STATEMENT =
  /(?:^|[\n;}])\s*(import|export)\s+(type\s+)?(?:[\w*{}\s,$]+?\s+from\s+)?'([^'\n]+)'|\bimport\s*\(\s*['"`]([^'"`\n]+)['"`]\s*\)/g;

function importsOf(path: string, code: string): Import[] {
  return [...code.matchAll(STATEMENT)].map(found => {
    const specifier = (found[3] ?? found[4])!;
    const isOurs = /^[.#]/.test(specifier);
    return {
      specifier,
      file: isOurs ? fileOf(path, specifier) : null,
      isType: found[2] !== undefined || isTypeQuery(code, found),
      isLater: found[4] !== undefined,
    };
  });
}

/** `#` stands for the package's root. */
const fileOf = (path: string, specifier: string): string =>
  specifier.startsWith('#') ? specifier.slice(1) : normalize(join(dirname(path), specifier));

/** `typeof import('./x.ts')` and `import('./x.ts').Name` in a type load nothing. */
const isTypeQuery = (code: string, found: RegExpMatchArray): boolean =>
  found[4] !== undefined && /typeof\s+$/.test(code.slice(0, found.index));

export const floorOf = (path: string): number => FLOORS.findIndex(floor => path.startsWith(`${floor}/`));

/** The first circle of files that import one another, types included; null if there is none. */
export function findCycle(files: readonly SourceFile[]): string[] | null {
  const byPath = new Map(files.map(file => [file.path, file]));
  const finished = new Set<string>();
  const visit = (path: string, trail: readonly string[]): string[] | null => {
    if (trail.includes(path)) return [...trail.slice(trail.indexOf(path)), path];
    if (finished.has(path)) return null;
    for (const { file } of byPath.get(path)?.imports ?? []) {
      const cycle = file === null ? null : visit(file, [...trail, path]);
      if (cycle) return cycle;
    }
    finished.add(path);
    return null;
  };
  for (const { path } of files) {
    const cycle = visit(path, []);
    if (cycle) return cycle;
  }
  return null;
}

/**
 * Packages that this file loads, through every file of ours it reaches; type imports load nothing. `atStart`: without what
 * is only imported when a line with `import()` runs.
 */
export function loadedPackages(
  from: string,
  files: readonly SourceFile[],
  { atStart = false } = {},
): Map<string, string> {
  const byPath = new Map(files.map(file => [file.path, file]));
  const loaded = new Map<string, string>();
  const seen = new Set<string>();
  const visit = (path: string) => {
    if (seen.has(path)) return;
    seen.add(path);
    for (const { file, specifier, isType, isLater } of byPath.get(path)?.imports ?? []) {
      if (isType || (atStart && isLater)) continue;
      if (file === null) loaded.set(specifier, path);
      else visit(file);
    }
  };
  visit(from);
  return loaded;
}
