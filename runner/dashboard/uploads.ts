/** Files that came with one request: kept under their own clean names until it is answered, in a directory of this request alone. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cleanName } from '#blackboard/inbox/clean-name.ts';

export interface Uploads extends AsyncDisposable {
  /** Where they lie. */
  paths: readonly string[];
}

export async function keepUploads(files: readonly File[]): Promise<Uploads> {
  if (files.length === 0) return { paths: [], async [Symbol.asyncDispose]() {} };
  const directory = await mkdtemp(join(tmpdir(), 'agent-runner-page-'));
  const remove = () => rm(directory, { recursive: true, force: true });
  try {
    const paths: string[] = [];
    for (const [at, file] of files.entries()) {
      // Two files may have one name.
      const path = join(
        directory,
        `${files.slice(0, at).some(({ name }) => name === file.name) ? `${at + 1}-` : ''}${cleanName(file.name)}`,
      );
      await writeFile(path, Buffer.from(await file.arrayBuffer()), { mode: 0o600, flag: 'wx' });
      paths.push(path);
    }
    return { paths, [Symbol.asyncDispose]: remove };
  } catch (error) {
    await remove();
    throw error;
  }
}
