/** The file of a service, and what a service manager does with it: systemd.ts and launchd.ts are the two there are. */
import { chmod, mkdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { accessError } from '#blackboard/system/access-words.ts';
import { badDataError, cannotCreateError, errnoOf, refusedError } from '#blackboard/system/errors.ts';
import type { Files } from '#blackboard/system/files.ts';
import { replaceFile } from '#blackboard/system/record.ts';
import type { ServiceOrder } from '#runner/service/service-order.ts';
import { templatesDirectory } from '#runner/version.ts';

export interface ServiceState {
  /** `other`: between two of them. */
  state: 'running' | 'stopped' | 'failed' | 'other';
  pid: number | null;
  /** In words, of the service manager's own. */
  detail: string;
}

export interface ServiceManager {
  name: 'systemd' | 'launchd';
  /** The path of its file for this service. */
  file(order: ServiceName): string;
  /** The content of that file. */
  text(order: ServiceOrder): Promise<string>;
  /** Throws (69) if it does not answer. */
  state(order: ServiceName): Promise<ServiceState>;
  /** Loads the written file, and starts the service now and at every login. Resolves when it watches. Throws (69). */
  enable(order: ServiceName): Promise<void>;
  /** Stops it, also at future logins. */
  disable(order: ServiceName): Promise<void>;
  /** The file is gone: forgets it. */
  forget(): Promise<void>;
  /** What a person should know after the install. */
  advice(order: ServiceName): Promise<string[]>;
}

export interface ServiceName {
  name: string;
  home: string;
}

/** A word of the first comment in both templates. Without it a file is somebody else's. */
const MARK = 'Written by "agent-runner service install"';

export const readTemplate = (file: string): Promise<string> =>
  readFile(join(templatesDirectory, 'service', file), 'utf8');

/** The file's text; null: there is none. Throws (77) if it is not ours. */
export async function installedText(path: string): Promise<string | null> {
  const text = await readFile(path, 'utf8').catch(error => {
    if (errnoOf(error) === 'ENOENT') return null;
    throw badDataError(`${path} cannot be read: ${errnoOf(error)}`, accessError(error)?.hint);
  });
  if (text === null || text.includes(MARK)) return text;
  throw refusedError(
    `${path} was not written by agent-runner, and stays as it is`,
    'Move it away if it is not needed, and call this again.',
  );
}

/** Writes it whole, for the owner to change and others to read. */
export async function writeServiceFile(files: Files, path: string, text: string): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true });
    await replaceFile(files, path, text);
    await chmod(path, 0o644);
  } catch (error) {
    throw cannotCreateError(`${path} cannot be written: ${errnoOf(error) ?? error}`, accessError(error)?.hint);
  }
}
