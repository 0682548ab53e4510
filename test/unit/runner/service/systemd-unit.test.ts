import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { launchdPlist } from '#runner/service/launchd-plist.ts';
import type { ServiceOrder } from '#runner/service/service-order.ts';
import { systemdUnit } from '#runner/service/systemd-unit.ts';
import { templatesDirectory } from '#runner/version.ts';

const template = (name: string) => readFileSync(join(templatesDirectory, 'service', name), 'utf8');
const order: ServiceOrder = {
  name: 'agent-runner',
  root: '/h/50%/$x "y"\\z',
  argv: ['/bin/node', '/cli.js', '--root', '/h/50%/$x "y"\\z', 'start'],
  environment: { PATH: '/a b:/50%', CLAUDE_CONFIG_DIR: '/c' },
  stopSeconds: 75,
  home: '/h',
};
const unit = (version: number | null, changes: Partial<ServiceOrder> = {}) =>
  systemdUnit(template('agent-runner.service'), { ...order, ...changes }, '/h/50%/[a]*/service.env', version);

describe('a systemd unit', () => {
  it('quotes what systemd would read: quotes and backslashes, % everywhere, $ in a command alone', () => {
    const lines = unit(252).split('\n');
    expect(lines).toContain('ExecStart="/bin/node" "/cli.js" "--root" "/h/50%%/$$x \\"y\\"\\\\z" "start"');
    expect(lines).toContain('Environment="PATH=/a b:/50%%" "CLAUDE_CONFIG_DIR=/c"');
    expect(lines).toContain('EnvironmentFile=-/h/50%%/\\[a]\\*/service.env');
    expect(lines).toContain('Description=agent-runner: Claude Code agents of /h/50%%/$x "y"\\z');
    expect(lines).toContain('TimeoutStopSec=75');
  });

  it('lets pauses grow where systemd knows how, and holds no blank that was not filled in', () => {
    expect(unit(253)).not.toMatch(/^RestartSteps=/m);
    for (const version of [254, null]) expect(unit(version)).toMatch(/^RestartSteps=\d+\nRestartMaxDelaySec=\d+$/m);
    for (const text of [unit(null), launchdPlist(template('agent-runner.plist'), order)])
      expect(text).not.toMatch(/@[A-Z_]+@/);
  });

  it('takes a path for what it is, also one that looks like a blank of the template', () => {
    expect(unit(null, { argv: ['/bin/node', '/@NAME@/@COMMAND@'] })).toContain('"/@NAME@/@COMMAND@"');
  });
});
