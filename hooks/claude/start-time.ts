/** When a process began, as claude writes it and as we do. Pure. */

/** Linux: clock ticks. macOS: `ps -o lstart` in UTC; our own form has `_` instead of blanks. */
export const isSameStart = (a: string, b: string): boolean => normal(a) === normal(b);

const normal = (startTime: string) => startTime.trim().replace(/[\s_]+/g, '_');
