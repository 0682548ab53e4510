/**
 * `agent-runner at`: sends a message that is held until an instant; prints its id. The message waits in the recipient's
 * inbox/later, so nothing needs to run until then but the recipient's own runner. Exit codes and --json are those of
 * `send`, with notBefore; 64 for a time that cannot be read or has passed. On stderr: what the time was taken for.
 */

import { type SendOptions, run as send } from '#runner/cli/commands/send.ts';
import type { GlobalOptions } from '#runner/cli/terminal/global-options.ts';

export const run = (
  global: GlobalOptions,
  when: string,
  peer: string,
  text: string | undefined,
  options: SendOptions,
): Promise<number> => send(global, peer, text, { ...options, notBefore: when });
