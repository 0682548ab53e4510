/** Tells `start --detach` or systemd that this runner watches, and that it stops. */
import type { SdNotify } from '#runner/service/sd-notify.ts';

/** The word sent over the channel of `start --detach`. */
export const READY = 'ready';

export async function announceReady(service: SdNotify | null): Promise<void> {
  service?.ready();
  if (!process.send) return;
  await new Promise<void>(resolve => process.send!(READY, () => resolve()));
  // An open channel would keep this process alive, and its end would look like an event.
  if (process.connected) process.disconnect();
}
