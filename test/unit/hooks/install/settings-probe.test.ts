import { expect, test } from 'vitest';
import { harmless, readProbe } from '#hooks/install/settings-probe.ts';
import { commandLine } from '#hooks/install/settings-text.ts';

const ours = commandLine('Stop', { script: '/p/hook.sh', root: '/r', node: '/n', deliverOnStop: false });

test('a copy runs nothing and knows no variable, and its shape is that of the file', () => {
  const settings = {
    apiKeyHelper: 'cat ~/.key',
    awsAuthRefresh: 'aws sso login',
    statusLine: { type: 'command', command: './line.sh' },
    env: { TOKEN: 'secret', NODE_OPTIONS: '--require /x.js', A: 1 },
    model: 'opus',
    permissions: { allow: 'Bash' },
    hooks: {
      Stop: [{ hooks: [{ type: 'command', command: ours, timeout: 5 }] }],
      SessionStart: [{ type: 'command', command: 'rm -rf x' }],
    },
  };
  const text = harmless(`\ufeff${JSON.stringify(settings, null, '\t')}\r\n`);
  expect(JSON.parse(text.slice(1))).toEqual({
    apiKeyHelper: 'true',
    awsAuthRefresh: 'true',
    statusLine: { type: 'command', command: 'true' },
    env: { TOKEN: '', NODE_OPTIONS: '', A: 1 },
    model: 'opus',
    permissions: { allow: 'Bash' },
    hooks: {
      Stop: [{ hooks: [{ type: 'command', command: ': agent-runner Stop', timeout: 5 }] }],
      SessionStart: [{ type: 'command', command: 'true' }],
    },
  });
});

/** As CLI 2.1.332 prints it. */
const answer = (response: object) =>
  [
    '{"type":"system","subtype":"ui_invalidate","event":"ui.render"}',
    JSON.stringify({
      type: 'control_response',
      response: { subtype: 'success', request_id: 'agent-runner-settings', response },
    }),
    '',
  ].join('\n');
const flags = { source: 'flagSettings', settings: { disableAllHooks: true } };

test('a file of which claude names no source is dropped, with claude’s reason', () => {
  const errors = [{ file: '/tmp/x/config/settings.json', path: 'cleanupPeriodDays', message: 'Number must be >= 0' }];
  const read = readProbe(answer({ sources: [flags], errors }), { user: '{"cleanupPeriodDays":0}' });
  expect(read?.files.user).toEqual({ isTaken: false, errors: ['cleanupPeriodDays: Number must be >= 0'], events: [] });
  expect(read?.files.project).toEqual({ isTaken: true, errors: [], events: [] });
});

test('of a file that claude goes by, the events are those for which it kept a hook of ours', () => {
  const hooks = { Stop: [{ hooks: [{ type: 'command', command: ': agent-runner Stop' }] }], SessionStart: [] };
  const sources = [
    { source: 'localSettings', settings: { hooks } },
    flags,
    { source: 'policySettings', settings: { allowManagedHooksOnly: true } },
  ];
  const read = readProbe(answer({ sources }), { local: '{"hooks":{}}' });
  expect(read?.files.local).toEqual({ isTaken: true, errors: [], events: ['Stop'] });
  expect(read?.managed).toEqual(['allowManagedHooksOnly']);
  expect(read?.refusesMods).toBe(false);
});

test.each([
  [true, true],
  [false, false],
  [undefined, false],
])('mods are refused where the administrator says allowManagedModsOnly: %s', (allowManagedModsOnly, refuses) => {
  const pluginConfigs = { 'cc-plugin-sec-default@builtin': { options: { allowManagedModsOnly } } };
  const sources = [{ source: 'policySettings', settings: { pluginConfigs } }];
  expect(readProbe(answer({ sources }), {})?.refusesMods).toBe(refuses);
});

test.each(['', ' \n', '{}'])('a file with %j in it cannot be dropped', text => {
  expect(readProbe(answer({ sources: [flags] }), { user: text })?.files.user.isTaken).toBe(true);
});

test.each([
  '',
  'Error: unknown option --input-format\n',
  '{"type":"control_response","response":{"subtype":"error","request_id":"agent-runner-settings","error":"Unsupported control request subtype: get_settings"}}\n',
  '{"request_id":"agent-runner-settings"\n',
])('an answer that is not understood is none: %j', stdout => {
  expect(readProbe(stdout, { user: '{"model":"x"}' })).toBeNull();
});
