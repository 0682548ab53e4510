/**
 * Speaks sd_notify(3) to the systemd that has started this runner: READY, STOPPING, and keep-alives that come from the
 * event loop, so that a runner whose loop is stuck is ended and started again.
 * Through systemd-notify(1), which every machine with such a unit has: Node has no datagram sockets of the unix family, and
 * a native module is no requirement here. It is a process of its own, so the unit says NotifyAccess=all; the variables
 * that lead to systemd are kept from agents and notifiers (child-env.ts).
 */
import { limits } from '#blackboard/system/limits.ts';
import { programFault, runProgram } from '#blackboard/system/program.ts';

export interface SdNotify {
  ready(): void;
  stopping(): void;
  /** Ends the keep-alives. */
  close(): void;
}

/** Keep-alives in the time after which systemd gives up: two may be lost. */
const KEEP_ALIVES = 3;

/** null: nobody waits to be told. */
export function createSdNotify(
  env: Readonly<Record<string, string | undefined>>,
  complain: (problem: string | null) => void,
): SdNotify | null {
  if (!env.NOTIFY_SOCKET) return null;
  let isReady = false;
  let timer: NodeJS.Timeout | undefined;
  const tell = async (...assignments: string[]): Promise<void> => {
    const end = await runProgram({
      argv: ['systemd-notify', ...assignments],
      env,
      cwd: '/',
      timeoutMs: limits.serviceNotifyMs,
    });
    const fault = programFault(end);
    complain(fault && `it could not be told: ${fault}`);
  };
  const everyMs = watchdogMs(env);
  if (everyMs !== null) {
    // READY=1 goes with each: said again it changes nothing, and the first one may have been lost.
    timer = setInterval(() => void tell(...(isReady ? ['READY=1'] : []), 'WATCHDOG=1'), everyMs / KEEP_ALIVES);
  }
  return {
    ready() {
      isReady = true;
      void tell('READY=1', 'STATUS=watching the inboxes');
    },
    stopping() {
      isReady = false;
      void tell('STOPPING=1', 'STATUS=stopping: running turns may finish');
    },
    close: () => clearInterval(timer),
  };
}

/** Milliseconds of silence that systemd allows this very process, or null. */
function watchdogMs(env: Readonly<Record<string, string | undefined>>): number | null {
  const { WATCHDOG_USEC: usec, WATCHDOG_PID: pid } = env;
  if (!usec || !/^\d{1,15}$/.test(usec) || (pid && Number(pid) !== process.pid)) return null;
  return Number(usec) / 1000 || null;
}
