import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { claudeConfigDir, locateTranscript } from '#hooks/claude/session-files.ts';

const id = '11111111-1111-4111-8111-111111111111';
let config: string;
beforeEach(async () => {
  config = await mkdtemp(join(tmpdir(), 'ar-config-'));
});
afterEach(() => rm(config, { recursive: true }));

const put = async (folder: string, name: string, text: string) => {
  await mkdir(join(config, 'projects', folder), { recursive: true });
  await writeFile(join(config, 'projects', folder, name), text);
};

test('a transcript is found by its id in whichever folder it lies', async () => {
  await put('-home-me-app', `${id}.jsonl`, 'four');
  await put('-somewhere-else', 'another.jsonl', 'x');
  await writeFile(join(config, 'projects', 'stray-file'), '');
  const path = join(config, 'projects', '-home-me-app', `${id}.jsonl`);
  expect(await locateTranscript(config, id)).toEqual({ path, sizeBytes: 4 });
});

test('of two copies the larger is the one that goes on', async () => {
  await put('-a', `${id}.jsonl`, 'short');
  await put('-b', `${id}.jsonl`, 'the longer one');
  expect((await locateTranscript(config, id))?.sizeBytes).toBe(14);
});

test('no transcript yet, no configuration yet and an id that is none are all null', async () => {
  expect(await locateTranscript(config, id)).toBeNull();
  await put('-a', 'other.jsonl', 'x');
  expect(await locateTranscript(config, id)).toBeNull();
  await put('-a', '..jsonl', 'x');
  expect(await locateTranscript(config, '.')).toBeNull();
});

test('the configuration directory is the one the child will use', () => {
  expect(claudeConfigDir({ CLAUDE_CONFIG_DIR: '/c', HOME: '/h' })).toBe('/c');
  expect(claudeConfigDir({ CLAUDE_CONFIG_DIR: '', HOME: '/h' })).toBe('/h/.claude');
});
