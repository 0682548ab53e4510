import type { GlobalOptions } from '../cli.ts';
export async function run(_global: GlobalOptions): Promise<number> {
  return 70;
}
