/**
 * stdout and stderr. Node's own streams cost milliseconds to load (streams, net), so they are made when they are first
 * asked for. A command that prints a few lines and ends writes them to a pipe or a file itself, here.
 */
import { fstatSync, writeSync } from 'node:fs';
import { errnoOf } from '#blackboard/system/errors.ts';
import { printable } from '#blackboard/text/printable.ts';
import { cannotPrint, type StreamName } from '#runner/text/reader.ts';

const FILES: Readonly<Record<StreamName, number>> = { stdout: 1, stderr: 2 };
/** Those of Node's streams that are made when they are asked for, and were not asked for yet. */
const unused = new Set<StreamName>();

/** `prepare` gets each of Node's streams before anybody else does. Once in a process. */
export function whenFirstUsed(prepare: (stream: NodeJS.WriteStream, name: StreamName) => void): void {
  for (const name of ['stdout', 'stderr'] as const) {
    const { get, value } = Object.getOwnPropertyDescriptor(process, name)!;
    unused.add(name);
    Object.defineProperty(process, name, {
      configurable: true,
      enumerable: true,
      get() {
        const stream = get ? get.call(process) : value;
        if (unused.delete(name)) prepare(stream, name);
        return stream;
      },
    });
  }
}

/** What a short command needs of a stream. */
export interface Output {
  readonly isTTY: boolean;
  /** Of the terminal. */
  readonly columns: number | undefined;
  /** Text is made printable, bytes pass unchanged. May block until the reader takes it: for commands that have nothing else to do. */
  write(chunk: string | Uint8Array): void;
}

function output(name: StreamName): Output {
  const isPlain = () => unused.has(name) && isPipeOrFile(FILES[name]);
  return {
    get isTTY() {
      return !isPlain() && process[name].isTTY === true;
    },
    get columns() {
      return isPlain() ? undefined : process[name].columns;
    },
    write(chunk) {
      if (!isPlain()) process[name].write(chunk);
      else writeNow(name, typeof chunk === 'string' ? Buffer.from(printable(chunk)) : chunk);
    },
  };
}

export const stdout = output('stdout');
export const stderr = output('stderr');

function isPipeOrFile(file: number): boolean {
  const facts = fstatSync(file);
  return facts.isFIFO() || facts.isSocket() || facts.isFile();
}

function writeNow(name: StreamName, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; )
    try {
      at += writeSync(FILES[name], bytes, at);
    } catch (error) {
      // Full, and made non-blocking by another process that has it: Node's stream waits for the reader.
      if (errnoOf(error) === 'EAGAIN') process[name].write(bytes.subarray(at));
      else cannotPrint(name, error);
      return;
    }
}
