/** What was typed: numbers, texts (which may be piped in instead), and the directory in which it was typed. */
import { stat } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { usageError } from '#blackboard/system/errors.ts';

const shown = (text: string): string => JSON.stringify(text.slice(0, 40));

/** Milliseconds of a number of seconds. Throws a usage error that names the flag. */
export function seconds(flag: string, text: string): number {
  if (/^\d{1,9}(\.\d{1,3})?$/.test(text)) return Number(text) * 1000;
  throw usageError(`expected ${flag} to be a number of seconds, got ${shown(text)}`);
}

/** An amount of USD above 0. Throws a usage error that names the flag. */
export function usd(flag: string, text: string): number {
  if (/^\d{1,9}(\.\d{1,20})?$/.test(text) && Number(text) > 0) return Number(text);
  throw usageError(`expected ${flag} to be an amount of USD such as 0.50, got ${shown(text)}`);
}

/** A whole number of `things`. Throws a usage error with an example. */
export function count(flag: string, text: string, things: string, example: number, min = 0): number {
  if (/^\d{1,9}$/.test(text) && Number(text) >= min) return Number(text);
  throw usageError(`${flag} ${shown(text)}: expected a number of ${things}, for example ${flag} ${example}`);
}

/** The directory in which a command is called; '' if it was removed meanwhile: absolute paths still work. */
export function here(): string {
  try {
    return process.cwd();
  } catch {
    return '';
  }
}

/** A text that was typed, or comes on stdin: for "-", or if something is piped in. null: neither, on a terminal. */
export function typedOrPiped(typed: string | undefined): string | Readable | null {
  if (typed !== undefined && typed !== '-') return typed;
  return typed === undefined && process.stdin.isTTY ? null : process.stdin;
}

/**
 * `send reviewer --file a.pdf "read this"`: `--file` takes all words up to the next option, so the text is among its
 * files. It is the only word there that does not follow a `--file` itself and names no file. If there is a text already,
 * or several such words, nothing changes. `argv`: as typed.
 */
export async function textAfterFile(
  text: string | undefined,
  files: readonly string[],
  argv: readonly string[],
): Promise<{ text: string | undefined; files: readonly string[] }> {
  if (text !== undefined || files.length < 2) return { text, files };
  const named = new Set(
    argv.flatMap((each, at) =>
      argv[at - 1] === '--file' ? [each] : each.startsWith('--file=') ? [each.slice(7)] : [],
    ),
  );
  const words: string[] = [];
  for (const each of files) if (!named.has(each) && !(await stat(each).catch(() => null))) words.push(each);
  const [only] = words;
  return words.length === 1 ? { text: only, files: files.filter(each => each !== only) } : { text, files };
}
