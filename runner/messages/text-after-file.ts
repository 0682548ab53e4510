/** `send reviewer --file a.pdf "read this"`: `--file` takes every word up to the next option, so the text is found among its files. */
import { stat } from 'node:fs/promises';

/**
 * The one word among the files that does not follow a `--file` itself and is the name of nothing: the text. Where there is a text already, or
 * several such words, all stay what they were taken for. `argv`: as typed.
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
  for (const each of files) if (!named.has(each) && !(await isThere(each))) words.push(each);
  const [only] = words;
  return words.length === 1 ? { text: only, files: files.filter(each => each !== only) } : { text, files };
}

const isThere = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );
