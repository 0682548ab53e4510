/** fsyncs that go on beside other work, and are over before the step that relies on all of them. */
export interface PendingFsyncs {
  add(sync: Promise<void>): void;
  /** Resolves when all that were added are over; rejects with the first that failed. */
  passed(): Promise<void>;
}

export function createPendingFsyncs(): PendingFsyncs {
  const syncs: Promise<void>[] = [];
  return {
    add(sync) {
      // Whoever turns back before the barrier need not hear of it.
      sync.catch(() => {});
      syncs.push(sync);
    },
    async passed() {
      await Promise.all(syncs);
    },
  };
}
