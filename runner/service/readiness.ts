/** Says that this runner watches to the process that started it by `start --detach` and waits. */

/** The word over the channel that `start --detach` opens. */
export const READY = 'ready';

export async function announceReady(): Promise<void> {
  if (!process.send) return;
  await new Promise<void>(resolve => process.send!(READY, () => resolve()));
  // An open channel would keep this process up, and its end would look like something that happened.
  if (process.connected) process.disconnect();
}
