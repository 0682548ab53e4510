/** The text of a systemd unit: templates/service/agent-runner.service with its blanks filled in. Pure. */
import { limits } from '#blackboard/system/limits.ts';
import { fillTemplate, type ServiceOrder } from '#runner/service/service-order.ts';

/** Since this version a unit says by itself that pauses between restarts grow (systemd.service(5)). */
const BACKOFF_SINCE = 254;
const BACKOFF_LINES = /^Restart(?:Steps|MaxDelaySec)=.*\n/gm;

/** `version`: systemd's; null: not known, the newest. `environmentFile`: its path. */
export function systemdUnit(
  template: string,
  order: ServiceOrder,
  environmentFile: string,
  version: number | null,
): string {
  const text = fillTemplate(template, {
    DESCRIPTION: specifierFree(order.root),
    COMMAND: order.argv.map(commandWord).join(' '),
    ENVIRONMENT: Object.entries(order.environment)
      .map(([name, value]) => quotedWord(`${name}=${value}`))
      .join(' '),
    ENVIRONMENT_FILE: globFree(specifierFree(environmentFile)),
    WATCHDOG: String(limits.serviceWatchdogSeconds),
    STOP_SECONDS: String(order.stopSeconds),
  });
  return version !== null && version < BACKOFF_SINCE ? text.replace(BACKOFF_LINES, '') : text;
}

/** `%h` and its like stand for something everywhere in a unit (systemd.unit(5)). */
const specifierFree = (text: string): string => text.replaceAll('%', '%%');

/** EnvironmentFile= takes a pattern (glob(7)). */
const globFree = (text: string): string => text.replace(/[*?[\\]/g, '\\$&');

/** One word between double quotes, with C escapes (systemd.syntax(7)). */
const quotedWord = (text: string): string => `"${specifierFree(text).replace(/["\\]/g, '\\$&')}"`;

/** In a command line, `$` begins a variable. */
const commandWord = (text: string): string => quotedWord(text).replaceAll('$', '$$$$');
