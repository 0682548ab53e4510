/**
 * Who is at the other end of a socket, according to the kernel: SO_PEERCRED on Linux, getpeereid(3) on macOS. Needs the
 * optional native module koffi (3.3); without it, only the directory's mode and the token protect the socket.
 */
import type { Socket } from 'node:net';
import { reasonOf } from '#blackboard/system/errors.ts';

export interface Credentials {
  uid: number;
  /** For the log only: it may be another process by now. null if the system does not say. */
  pid: number | null;
}

export interface CredentialReader {
  /** null: the kernel did not say, so nothing is proven. */
  read(socket: Socket): Credentials | null;
}

/** The function that asks the kernel, or why it cannot be asked. */
export type Credentialing = { reader: CredentialReader } | { reader: null; problem: string };

let loading: Promise<Credentialing> | null = null;

/** Loads the native module once, when the first socket is served. */
export function loadCredentials(): Promise<Credentialing> {
  loading ??= load();
  return loading;
}

/** For `status` and `doctor`: why the kernel cannot be asked who sends a signal; null: it can. */
export async function credentialsProblem(): Promise<string | null> {
  const loaded = await loadCredentials();
  return loaded.reader ? null : loaded.problem;
}

async function load(): Promise<Credentialing> {
  try {
    const koffi = (await import('koffi')).default;
    if (process.platform === 'linux') return { reader: onLinux(koffi) };
    if (process.platform === 'darwin') return { reader: onMac(koffi) };
    return {
      reader: null,
      problem: `the kernel is not asked who sends a signal: not known how on ${process.platform}`,
    };
  } catch (error) {
    const why = reasonOf(error).split('\n')[0];
    return { reader: null, problem: `the kernel is not asked who sends a signal: koffi cannot be loaded (${why})` };
  }
}

type Koffi = typeof import('koffi').default;

/** socket(7). SOL_SOCKET is 1 and SO_PEERCRED 17 on every architecture that Node runs on but sparc and mips. */
function onLinux(koffi: Koffi): CredentialReader {
  const getsockopt = koffi.load(null).func('int getsockopt(int, int, int, void *, void *)');
  return {
    read(socket) {
      const found = new Int32Array(3);
      const length = new Uint32Array([found.byteLength]);
      const descriptor = descriptorOf(socket);
      if (descriptor === null || getsockopt(descriptor, 1, 17, found, length) !== 0) return null;
      const uid = found[1]! >>> 0;
      return { pid: found[0]!, uid };
    },
  };
}

function onMac(koffi: Koffi): CredentialReader {
  const getpeereid = koffi.load(null).func('int getpeereid(int, void *, void *)');
  return {
    read(socket) {
      const uid = new Uint32Array(1);
      const gid = new Uint32Array(1);
      const descriptor = descriptorOf(socket);
      return descriptor === null || getpeereid(descriptor, uid, gid) !== 0 ? null : { uid: uid[0]!, pid: null };
    },
  };
}

/** Node tells a socket's descriptor only through its handle; on a closed one it is -1. */
function descriptorOf(socket: Socket): number | null {
  const { fd } = (socket as unknown as { _handle: { fd?: number } | null })._handle ?? {};
  return fd !== undefined && fd >= 0 ? fd : null;
}
