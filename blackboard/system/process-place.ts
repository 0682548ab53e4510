/**
 * Where a pid is valid: in which pid namespace (container) of which machine. A process table here says nothing about a
 * process of another one. Pure except for {@link ownPlace}.
 */
import { readFileSync, readlinkSync } from 'node:fs';

/** The pid namespace in which Linux itself begins: of no container. */
const FIRST_NAMESPACE = '4026531836';

/**
 * `<inode of the pid namespace>@<hash of the machine>-<its name>`: one word without commas, because it is also used in
 * file names.
 */
export function formatPlace(namespace: string, machineId: string, hostName: string): string {
  // The same image gives many containers one machine-id, or none; a laptop's name changes with its network.
  const machine = namespace === FIRST_NAMESPACE && machineId !== '' ? machineId : `${machineId} ${hostName}`;
  return `${namespace}@${hashOf(machine)}-${hostName.replace(/[^A-Za-z0-9.-]+/g, '').slice(0, 40)}`;
}

/**
 * Whether a process of `there` is invisible to one of `here`. With the same boot id it is in another container; a
 * namespace with the same number is the same one, or reuses the number of one that is gone with all its processes. With
 * another boot id it is on another machine, or was on this one before a reboot: then it is visible, and gone.
 */
export function isOutOfSight(
  there: { bootId: string; place?: string | undefined },
  here: { bootId: string; place?: string | undefined },
): boolean {
  const [theirs, ours] = [partsOf(there.place), partsOf(here.place)];
  if (!theirs || !ours) return false;
  return there.bootId === here.bootId ? theirs.namespace !== ours.namespace : theirs.machine !== ours.machine;
}

/** `another container (build-1)`, for people. */
export function placeText(place: string | undefined): string {
  const name = partsOf(place)?.name;
  return `another container or host${name ? ` (${name})` : ''}`;
}

/**
 * A process's name in a file name: its pid, followed by its container's number if it is in one, because pids repeat
 * there.
 */
export function processName({ pid, place }: { pid: number; place?: string | undefined }): string {
  const namespace = partsOf(place)?.namespace;
  return namespace === undefined || namespace === FIRST_NAMESPACE ? String(pid) : `${pid}-${namespace}`;
}

function partsOf(place: string | undefined): { namespace: string; machine: string; name: string } | null {
  const match = /^(\d+)@([0-9a-f]{8})-([A-Za-z0-9.-]*)$/.exec(place ?? '');
  return match && { namespace: match[1]!, machine: match[2]!, name: match[3]! };
}

let own: { place: string | undefined } | undefined;

/** Where this process is; undefined if there are no pid namespaces, or /proc does not say. */
export function ownPlace(): string | undefined {
  own ??= { place: readPlace() };
  return own.place;
}

function readPlace(): string | undefined {
  if (process.platform !== 'linux') return undefined;
  const namespace = /^pid:\[(\d+)\]$/.exec(textOf(() => readlinkSync('/proc/self/ns/pid')))?.[1];
  const machineId = textOf(() => readFileSync('/etc/machine-id', 'utf8'));
  const hostName = textOf(() => readFileSync('/proc/sys/kernel/hostname', 'utf8'));
  return namespace && formatPlace(namespace, machineId, hostName);
}

function textOf(read: () => string): string {
  try {
    return read().trim();
  } catch {
    return '';
  }
}

/** FNV-1a, 32 bits: tells machines apart without naming them. Loading crypto would cost each hook time. */
function hashOf(text: string): string {
  let hash = 0x811c9dc5;
  for (const char of text) hash = Math.imul(hash ^ char.codePointAt(0)!, 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, '0');
}
