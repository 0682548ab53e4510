/** The text of a launchd job: templates/service/agent-runner.plist with its blanks filled in. Pure. */
import { fillTemplate, runnerLogOf, type ServiceOrder } from '#runner/service/service-order.ts';

/** launchd keeps and rotates no log: the runner writes its own. */
export function launchdPlist(template: string, order: ServiceOrder): string {
  const log = runnerLogOf(order);
  return fillTemplate(template, {
    LABEL: text(order.name),
    ARGUMENTS: [...order.argv, '--log', log].map(each => `    <string>${text(each)}</string>`).join('\n'),
    ENVIRONMENT: Object.entries(order.environment)
      .map(([name, value]) => `    <key>${text(name)}</key>\n    <string>${text(value)}</string>`)
      .join('\n'),
    STOP_SECONDS: String(order.stopSeconds),
    LOG: text(log),
  });
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

const text = (raw: string): string => raw.replace(/[&<>]/g, each => ENTITIES[each]!);
