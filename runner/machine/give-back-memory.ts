/** Gives back what the start needed and the waiting does not: V8 alone keeps it for as long as nothing else is allocated. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** One full collection, now. A runner with a thousand agents holds tens of MB for their start alone. */
export function giveBackMemory(): void {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
}
