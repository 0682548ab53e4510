/** Keeps a runner small: V8 by itself keeps what a start, or a busy minute, needed. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/**
 * One full collection, now: a runner with a thousand agents holds tens of MB for their start alone. From here on the space for
 * what is young does not double any more before V8 collects (16 MB more under a flood of signals): it is a program that
 * waits for weeks. A flag of V8 that Node passes on while it runs; one that it does not know changes nothing.
 */
export function trimHeap(): void {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  setFlagsFromString('--semi-space-growth-factor=1');
}
