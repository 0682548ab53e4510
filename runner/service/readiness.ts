/** Says that this runner watches, and that it stops, to whoever has started it and waits: `start --detach`, systemd. */
import type { SdNotify } from '#runner/service/sd-notify.ts';

/** The word over the channel that `start --detach` opens. */
export const READY = 'ready';

export async function announceReady(service: SdNotify | null): Promise<void> {
  service?.ready();
  if (!process.send) return;
  await new Promise<void>(resolve => process.send!(READY, () => resolve()));
  // An open channel would keep this process up, and its end would look like something that happened.
  if (process.connected) process.disconnect();
}
