/** Makes all text for stdout and stderr printable. Only our own escapes pass. Bytes pass unchanged, for pipes. */
import { printable } from '#blackboard/text/printable.ts';

/** Colours (terminal.ts), and a line that is cleared (waiting.ts). */
// biome-ignore lint/suspicious/noControlCharactersInRegex: escapes are what is looked for.
const OURS = /(\u001b\[(?:0|1|2|3[1-6])m|\r\u001b\[K)/;

/** The text as it is printed. */
export const guarded = (text: string, isTerminal: boolean): string =>
  isTerminal
    ? text
        .split(OURS)
        .map((part, at) => (at % 2 === 1 ? part : printable(part)))
        .join('')
    : printable(text);

type Stream = Pick<NodeJS.WriteStream, 'isTTY' | 'write'>;

/** From here on nothing goes past it. Once for a stream. */
export function guardTerminal(stream: Stream): void {
  const write = stream.write.bind(stream) as (chunk: unknown, ...more: unknown[]) => boolean;
  stream.write = (chunk: unknown, ...more: unknown[]) =>
    write(typeof chunk === 'string' ? guarded(chunk, stream.isTTY === true) : chunk, ...more);
}
