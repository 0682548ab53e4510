/** What the system refuses us because it is not ours. Pure. */
import { errnoOf } from '#blackboard/system/errors.ts';

/** Whether it was refused for whose it is, or its mode (EACCES, EPERM). */
export const isDenied = (error: unknown): boolean => errnoOf(error) === 'EACCES' || errnoOf(error) === 'EPERM';

/** Resolves to `value` where it was refused; anything else that is thrown is thrown on. */
export async function unlessDenied<T, V>(work: Promise<T>, value: V): Promise<T | V> {
  try {
    return await work;
  } catch (error) {
    if (isDenied(error)) return value;
    throw error;
  }
}
