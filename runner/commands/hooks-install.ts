/** Being written. */
import type { GlobalOptions } from '../global-options.ts';

export async function run(_global: GlobalOptions): Promise<number> {
  return 70;
}
