/** Errors of the system because something is not ours. Pure. */
import { errnoOf } from '#blackboard/system/errors.ts';

/** Whether it was refused because of its owner or its mode (EACCES, EPERM). */
export const isDenied = (error: unknown): boolean => errnoOf(error) === 'EACCES' || errnoOf(error) === 'EPERM';

/** Resolves to `value` if it was refused; any other error is thrown again. */
export async function unlessDenied<T, V>(work: Promise<T>, value: V): Promise<T | V> {
  try {
    return await work;
  } catch (error) {
    if (isDenied(error)) return value;
    throw error;
  }
}
