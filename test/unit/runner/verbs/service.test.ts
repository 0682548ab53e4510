import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { exitCode } from '#blackboard/system/errors.ts';
import { serviceInstall } from '#runner/verbs/service-install.ts';
import { servicePrint } from '#runner/verbs/service-print.ts';
import { serviceStatus } from '#runner/verbs/service-status.ts';
import { serviceUninstall } from '#runner/verbs/service-uninstall.ts';
import { jsonViolations } from '#test/support/json-output.ts';
import { type VerbRoot, verbRoot } from './verb-root.ts';

// With a real service manager: test/e2e/service.test.ts.
let place: VerbRoot;
beforeEach(async () => {
  place = await verbRoot();
  // A claude, and no service manager.
  const bin = join(place.home, 'bin');
  await mkdir(bin);
  await writeFile(join(bin, 'claude'), '#!/bin/sh\n', { mode: 0o755 });
  place.context.env.PATH = bin;
});
afterEach(() => place[Symbol.asyncDispose]());

test('without a unit: status and uninstall say that there is none, and nobody is asked', async () => {
  const status = await serviceStatus(place.context);
  expect(jsonViolations('service status', status)).toEqual([]);
  expect(status).toMatchObject({ root: place.context.root, installed: false, state: null, pid: null, detail: null });
  const gone = await serviceUninstall(place.context);
  expect(jsonViolations('service uninstall', gone)).toEqual([]);
  expect(gone).toMatchObject({ name: status.name, file: status.file, changed: false });
});

test('service print: the unit for either manager; another word is 64, no claude 78', async () => {
  const { root } = place.context;
  for (const manager of ['systemd', 'launchd']) {
    const { file, text } = await servicePrint(place.context, { manager });
    expect(file).toContain(place.home);
    expect(text).toContain(root);
  }
  await expect(servicePrint(place.context, { manager: 'cron' })).rejects.toMatchObject({ exit: exitCode.usage });
  place.context.env.PATH = place.home;
  await expect(servicePrint(place.context, { manager: 'systemd' })).rejects.toMatchObject({
    exit: exitCode.configuration,
  });
});

test('without a service manager nothing is installed: 69; a unit of somebody else is 77', async () => {
  await expect(serviceInstall(place.context)).rejects.toMatchObject({ exit: exitCode.notRunning });
  const { file } = await serviceStatus(place.context);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, '[Unit]\n');
  await expect(serviceStatus(place.context)).rejects.toMatchObject({ exit: exitCode.refused });
  await expect(serviceUninstall(place.context)).rejects.toMatchObject({ exit: exitCode.refused });
});
