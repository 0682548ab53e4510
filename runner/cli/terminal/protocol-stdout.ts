/** stdout for a protocol alone: whatever else this process prints goes to stderr. */
import { Writable } from 'node:stream';

/** From here on nothing else reaches stdout, `console.log` included. Once in a process. */
export function protocolStdout(): Writable {
  const { stdout, stderr } = process;
  const write = stdout.write.bind(stdout);
  stdout.write = ((...args: Parameters<typeof stderr.write>) => stderr.write(...args)) as typeof stdout.write;
  // As bytes: text would be made printable on its way, as a terminal needs it (guard.ts).
  return new Writable({ decodeStrings: true, write: (chunk: Uint8Array, _, done) => void write(chunk, done) });
}
