/** The result of one check. */
export interface Check {
  /** What was looked at: root, links, write, watch, node, claude, login… */
  check: string;
  ok: boolean;
  /** What was found, one sentence without a full stop. */
  sentence: string;
  /** What mends it, with the command; null where nothing is wrong. */
  mend: string | null;
}

export const well = (check: string, sentence: string): Check => ({ check, ok: true, sentence, mend: null });

export const wrong = (check: string, sentence: string, mend: string): Check => ({ check, ok: false, sentence, mend });
