import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { compile } from '#blackboard/system/code-cache.ts';

let home: string;
let bundle: string;
let cache: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'code-cache-'));
  [bundle, cache] = [join(home, 'bundle.cjs'), join(home, 'bundle.code')];
  writeFileSync(bundle, 'function twice(n) { return n + n }\nreturn twice(n);');
});
afterEach(() => rmSync(home, { recursive: true }));

/** Compiles and runs it; what was compiled is kept, if `keeps`. */
function once({ keeps = false } = {}): { isCached: boolean; result: unknown } {
  const { run, isCached, keep } = compile(bundle, cache, ['n']);
  const result = run(21);
  if (keeps) keep();
  return { isCached, result };
}

it('what one process compiled, the next one reads; nobody else may write it', () => {
  expect(once({ keeps: true })).toEqual({ isCached: false, result: 42 });
  expect(once()).toEqual({ isCached: true, result: 42 });
  expect(statSync(cache).mode & 0o777).toBe(0o644);
  expect(readdirSync(home).sort()).toEqual(['bundle.cjs', 'bundle.code']);
});

it('a cache that others could have written is not read', () => {
  once({ keeps: true });
  chmodSync(cache, 0o666);
  expect(once()).toEqual({ isCached: false, result: 42 });
  // The control: the same file, shut.
  chmodSync(cache, 0o644);
  expect(once().isCached).toBe(true);
});

it('a link is not followed', () => {
  const real = cache;
  once({ keeps: true });
  cache = join(home, 'link.code');
  symlinkSync(real, cache);
  expect(once()).toEqual({ isCached: false, result: 42 });
});

it('what is no cache is passed over, and replaced', () => {
  writeFileSync(cache, 'no cache', { mode: 0o600 });
  expect(once({ keeps: true })).toEqual({ isCached: false, result: 42 });
  expect(once().isCached).toBe(true);
});

it('where nothing can be written, it runs all the same', () => {
  cache = join(home, 'no such directory', 'bundle.code');
  expect(once({ keeps: true })).toEqual({ isCached: false, result: 42 });
});
