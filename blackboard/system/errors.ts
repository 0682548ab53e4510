/** Every error type, exit code and errno rule of the project. Knows nothing of commands or files. */

/** Exit codes of every command, after sysexits(3). */
export const exitCode = {
  ok: 0,
  no: 1,
  usage: 64,
  badData: 65,
  noSuch: 66,
  notRunning: 69,
  bug: 70,
  cannotCreate: 73,
  temporary: 75,
  refused: 77,
  configuration: 78,
} as const;

/** temporary: try again · permanent: a person must change something · usage: the call was wrong · bug: ours. */
export type ErrorKind = 'temporary' | 'permanent' | 'usage' | 'bug';

/**
 * An error a person can act on. `message` says what was expected and what came; `hint` is the next step, one sentence,
 * with the command where there is one. `exit` is the process's exit code if it reaches the command line.
 */
export class RunnerError extends Error {
  readonly code: string;
  readonly kind: ErrorKind;
  readonly exit: number;
  readonly hint: string | undefined;

  constructor(code: string, message: string, options: { kind: ErrorKind; exit: number; hint?: string | undefined }) {
    super(message);
    this.name = 'RunnerError';
    this.code = code;
    this.kind = options.kind;
    this.exit = options.exit;
    this.hint = options.hint;
  }
}

/**
 * Compared by name: the built command contains this file twice, in its own file and in the chunks, and so two classes.
 */
export const isRunnerError = (error: unknown): error is RunnerError =>
  error instanceof Error && error.name === 'RunnerError';

const errorOf = (code: string, kind: ErrorKind, exit: number) => (message: string, hint?: string) =>
  new RunnerError(code, message, { kind, exit, hint });

/** The call itself was wrong: a flag, an argument. Exit 64. */
export const usageError = errorOf('usage', 'usage', exitCode.usage);

/** The thing is not in the state that was expected; nothing was changed. Exit 1. */
export const notSoError = errorOf('not-so', 'permanent', exitCode.no);

/** A file or text is not valid. Exit 65. */
export const badDataError = errorOf('bad-data', 'permanent', exitCode.badData);

/** A message's id was accepted before for another message. Exit 65. */
export const takenError = (id: string, hint?: string) =>
  taken(`the id ${id} was accepted before, for another message`, hint);
const taken = errorOf('taken', 'permanent', exitCode.badData);

/** No such peer, message or turn. Exit 66. */
export const noSuchError = errorOf('no-such', 'permanent', exitCode.noSuch);

/** Something that should be running is not. Exit 69. */
export const notRunningError = errorOf('not-running', 'temporary', exitCode.notRunning);

/** What was asked for cannot be done any more: it is over already. Exit 1. */
export const tooLateError = errorOf('too-late', 'permanent', exitCode.no);

/** A file or directory cannot be created. Exit 73. */
export const cannotCreateError = errorOf('cannot-create', 'permanent', exitCode.cannotCreate);

/** It may work later: busy, full, already owned. Exit 75. */
export const temporaryError = errorOf('temporary', 'temporary', exitCode.temporary);

/** A permission, an owner or a limit refuses it. Exit 77. */
export const refusedError = errorOf('refused', 'permanent', exitCode.refused);

/** agent.md, config.yaml or the environment is wrong. Exit 78. */
export const configurationError = errorOf('configuration', 'permanent', exitCode.configuration);

const TEMPORARY_ERRNO = new Set(['ENOSPC', 'EDQUOT', 'EMFILE', 'ENFILE', 'EAGAIN', 'ENOMEM', 'EIO', 'EROFS', 'EBUSY']);

/** The errno name of a thrown value, or undefined. */
export function errnoOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** Whether a failed system call may succeed later without anybody changing a file of ours. */
export function isTemporary(error: unknown): boolean {
  if (isRunnerError(error)) return error.kind === 'temporary';
  return TEMPORARY_ERRNO.has(errnoOf(error) ?? '');
}

/** Whether it came to a good end. Never rejects. */
export const succeeds = (work: Promise<unknown>): Promise<boolean> =>
  work.then(
    () => true,
    () => false,
  );

/** The text of any thrown value. */
export const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
