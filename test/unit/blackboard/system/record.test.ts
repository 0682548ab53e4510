import { expect, test } from 'vitest';
import type { Files } from '#blackboard/system/files.ts';
import { readRecord, replaceFile, writeOnce, writeRecord } from '#blackboard/system/record.ts';
import { createMemoryFiles } from '#test/support/memory-files.ts';

const PATH = '/d/record';
function disk() {
  const files = createMemoryFiles();
  files.prepare('/d');
  return files;
}

test('a record reads back as it was written, and is one line', async () => {
  const files = disk();
  expect(await readRecord(files, PATH)).toBeNull();
  expect(await writeRecord(files, PATH, { a: ['ü', 1], b: null })).toBe('written');
  expect(await readRecord(files, PATH)).toEqual({ a: ['ü', 1], b: null });
  expect(files.dump()).toEqual([[PATH, '{"a":["ü",1],"b":null}\n']]);
});

test('the first writer wins, also of many at once, and the others are told', async () => {
  const files = disk();
  const told = await Promise.all([1, 2, 3].map(value => writeRecord(files, PATH, value)));
  expect(told.filter(each => each === 'written')).toHaveLength(1);
  const first = await readRecord(files, PATH);
  expect(await writeRecord(files, PATH, 4)).toBe('exists');
  expect(await readRecord(files, PATH)).toBe(first);
  expect(await files.list('/d')).toEqual(['record']);
});

test('a record that was written survives a power loss whole', async () => {
  const files = disk();
  await writeRecord(files, PATH, { a: 1 });
  for (const chance of [0, 0.4, 0.999])
    expect(
      await readRecord(
        files.afterPowerLoss(() => chance),
        PATH,
      ),
    ).toEqual({ a: 1 });
});

test('a death at any step leaves the whole record or none', async () => {
  for (const verb of ['create', 'link', 'remove', 'syncDirectory'] as const) {
    const files = disk();
    const dying: Files = { ...files, [verb]: () => Promise.reject(new Error('died')) };
    await expect(writeRecord(dying, PATH, { a: 1 })).rejects.toThrow('died');
    const left = await readRecord(files, PATH);
    expect(left, verb).toEqual(verb === 'create' || verb === 'link' ? null : { a: 1 });
    expect(await writeRecord(files, PATH, { a: 1 })).toBe(left ? 'exists' : 'written');
  }
});

test('a torn or foreign file is bad data with its path, not a record', async () => {
  const files = disk();
  for (const [name, text] of [
    ['torn', '{"a":'],
    ['empty', ''],
    ['text', 'hello'],
  ] as const) {
    await files.create(`/d/${name}`, text);
    await expect(readRecord(files, `/d/${name}`)).rejects.toMatchObject({
      code: 'bad-data',
      exit: 65,
      message: expect.stringContaining(`/d/${name}`),
    });
  }
});

test('text is written once, too', async () => {
  const files = disk();
  expect(await writeOnce(files, PATH, 'one')).toBe('written');
  expect(await writeOnce(files, PATH, 'two')).toBe('exists');
  expect(files.dump()).toEqual([[PATH, 'one']]);
});

test('a file that is replaced is the old or the new one, whole, at every moment', async () => {
  const files = disk();
  await replaceFile(files, PATH, 'old');
  const dying: Files = { ...files, move: () => Promise.reject(new Error('died')) };
  await expect(replaceFile(dying, PATH, 'new')).rejects.toThrow('died');
  expect(new TextDecoder().decode((await files.read(PATH))!)).toBe('old');
  await replaceFile(files, PATH, 'new');
  expect(new TextDecoder().decode((await files.read(PATH))!)).toBe('new');
});

test('a file whose directory is moved away while it is replaced is not said to be replaced', async () => {
  const files = disk();
  const torn: Files = { ...files, move: async () => 'gone' };
  await expect(replaceFile(torn, PATH, 'new')).rejects.toThrow('was gone before it became');
});
