/** Opens the wake socket of a peer: its place, its door, its log. */
import type { Clock } from '#blackboard/system/clock.ts';
import type { Files } from '#blackboard/system/files.ts';
import { loadCredentials } from '#blackboard/system/peer-credentials.ts';
import { createDoor, type Door, type WakePeer } from '#runner/wake/intake.ts';
import { serveWake } from '#runner/wake/server.ts';
import { createSignalLog } from '#runner/wake/signal-log.ts';
import { makePlace } from '#runner/wake/socket-directory.ts';

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
