/** The result of one check. */
import type { Doctor } from '#runner/results/setup.ts';
export type Check = Doctor['checks'][number];

export const well = (check: string, sentence: string): Check => ({ check, ok: true, sentence, mend: null });

export const wrong = (check: string, sentence: string, mend: string): Check => ({ check, ok: false, sentence, mend });
