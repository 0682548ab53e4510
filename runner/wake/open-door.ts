/** Opens the wake socket of a peer: its place, its door, its log. */
import type { Clock } from '../../blackboard/clock.ts';
import type { Files } from '../../blackboard/files.ts';
import { createDoor, type Door, type WakePeer } from '../../blackboard/wake/door.ts';
import { loadCredentials } from '../../blackboard/wake/peer-credentials.ts';
import { makePlace } from '../../blackboard/wake/place.ts';
import { serveWake } from '../../blackboard/wake/server.ts';
import { createSignalLog } from '../../blackboard/wake/signal-log.ts';

export interface DoorOptions {
  root: string;
  files: Files;
  clock: Clock;
  complain(about: string, problem: string | null): void;
}

/** `name`: of its directory below wake/ · `about`: of complaints. Throws where the place cannot be made. */
export async function openDoor(
  { root, files, clock, complain }: DoorOptions,
  name: string,
  about: string,
  peer: WakePeer,
): Promise<AsyncDisposable & { door: Door }> {
  const place = await makePlace(files, root, name);
  const log = createSignalLog(files, place.log, problem => complain(`${about}: log`, problem));
  const onError = (problem: string) => complain(about, problem);
  const door = createDoor({ files, root, place, clock, peer, log, onError });
  const { reader } = await loadCredentials();
  const server = await serveWake({ place, door, credentials: reader });
  return { door, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}
