/**
 * What launch.sh is to become in a turn, as a file in the turn's directory that it reads as a shell does. Its name is new each time:
 * a launcher that another life of the agent left finds none of its own. Means nothing after a reboot.
 */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { Files } from '#blackboard/system/files.ts';
import { newNonce } from '#blackboard/system/ids.ts';
import { ownPlace } from '#blackboard/system/process-place.ts';
import { quoted } from '#blackboard/text/shell-word.ts';

export interface Order {
  /** The command and its arguments. */
  readonly argv: readonly string[];
  /** Where it works. */
  readonly cwd: string;
  /** What the turn adds to the launcher's environment. Names are ours, and a shell's. */
  readonly variables: Readonly<Record<string, string>>;
  readonly stays?: boolean;
  /** It is for a person, in the terminal where the launcher stands. */
  readonly terminal?: boolean;
}

/** Returns the file's name. Not fsynced: no launcher survives a power loss. */
export async function writeOrder(files: Files, turnDir: string, order: Order): Promise<string> {
  const name = `order.${newNonce().slice(0, 12)}`;
  await files.append(join(turnDir, name), orderText(order, statSync(turnDir).dev));
  return name;
}

/** `device`: of the turn's directory, on which the launcher has a lock. */
export function orderText({ argv, cwd, variables, stays, terminal }: Order, device: number): string {
  const place = ownPlace();
  return [
    `work=${quoted(cwd)}`,
    `place=${place === undefined ? '' : quoted(`${place} ${device}`)}`,
    `stays=${stays ? 1 : ''}`,
    `terminal=${terminal ? 1 : ''}`,
    ...Object.entries(variables).map(([name, value]) => `export ${name}=${quoted(value)}`),
    `set -- ${argv.map(quoted).join(' ')}\n`,
  ].join('\n');
}
