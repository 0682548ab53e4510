/** Opens the wake socket of a peer: its directory, its intake, its log. */
import type { Clock } from '#blackboard/system/clock.ts';
import type { Files } from '#blackboard/system/files.ts';
import { loadCredentials } from '#blackboard/system/peer-credentials.ts';
import type { About, Complain } from '#runner/events/complaints.ts';
import { createIntake, type Intake, type WakePeer } from '#runner/wake/intake.ts';
import { serveWake } from '#runner/wake/server.ts';
import { createSignalLog } from '#runner/wake/signal-log.ts';
import { makeSocketDirectory } from '#runner/wake/socket-directory.ts';

export interface PeerServer {
  root: string;
  files: Files;
  clock: Clock;
  complain: Complain;
}

/** `name`: of its directory below wake/ · `about`: for complaints. Throws if the directory cannot be created. */
export async function servePeer(
  { root, files, clock, complain }: PeerServer,
  name: string,
  about: About,
  peer: WakePeer,
): Promise<AsyncDisposable & { intake: Intake }> {
  const place = await makeSocketDirectory(files, root, name);
  const log = createSignalLog(files, place.log, problem => complain({ ...about, part: 'signals.log' }, problem));
  const onError = (problem: string) => complain(about, problem);
  const intake = createIntake({ files, root, place, clock, peer, log, onError });
  const { reader } = await loadCredentials();
  const server = await serveWake({ place, intake, credentials: reader });
  return { intake, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}
