/** fsyncs that run beside other work, and are over before the step that relies on all of them. */
export interface PendingFsyncs {
  add(sync: Promise<void>): void;
  /** Resolves when all that were added are over; rejects with the first that failed. */
  passed(): Promise<void>;
}

export function createPendingFsyncs(): PendingFsyncs {
  const syncs: Promise<void>[] = [];
  return {
    add(sync) {
      // A caller that gives up before it waits for them need not hear of a failure.
      sync.catch(() => {});
      syncs.push(sync);
    },
    async passed() {
      await Promise.all(syncs);
    },
  };
}
