/** Whether this machine lets a test do what it is about. */
import { execFileSync } from 'node:child_process';

/** null: it works here; else why a test that needs it is skipped. */
export function whyNot(command: string, ...args: string[]): string | null {
  try {
    execFileSync(command, args, { stdio: 'pipe' });
    return null;
  } catch (error) {
    return `${[command, ...args].join(' ')}: ${String((error as Error).message)
      .split('\n')
      .slice(0, 2)
      .join(' ')}`;
  }
}
