/**
 * The file port in memory, for tests that need thousands of disks: same answers as the real one (a contract suite holds
 * both to it), and it knows what a power loss would leave: data and names that nobody has fsynced.
 */
import { basename, dirname } from 'node:path';
import type { FileFacts, Files } from '../../blackboard/files.ts';

interface Inode {
  number: number;
  data: Uint8Array;
  /** What a power loss leaves of the data; null: nothing was ever fsynced. */
  syncedData: Uint8Array | null;
  mtimeMs: number;
  links: number;
}

interface Directory {
  names: Map<string, Inode | Directory>;
  /** The names as they were at the last fsync of this directory. */
  syncedNames: Map<string, Inode | Directory>;
}

const isDirectory = (node: Inode | Directory): node is Directory => 'names' in node;

const newDirectory = (): Directory => ({ names: new Map(), syncedNames: new Map() });

export interface MemoryFiles extends Files {
  /** Makes directories with all their parents, durably: the test's own preparation. */
  prepare(...paths: string[]): void;
  /** Every file's path and text, sorted: for checking and for messages. */
  dump(): [path: string, text: string][];
  /**
   * What a power loss leaves: each name that differs from its last fsync is kept or lost as `choose` says, and so is data
   * that was never fsynced (then: a part of it). Returns a disk after the reboot.
   */
  afterPowerLoss(choose: () => number): MemoryFiles;
}

const encode = (data: string | Uint8Array): Uint8Array =>
  typeof data === 'string' ? new TextEncoder().encode(data) : data;

const errno = (code: string, path: string): Error => Object.assign(new Error(`${code}: ${path}`), { code });

export function createMemoryFiles(nowMs: () => number = () => 0, root: Directory = newDirectory()): MemoryFiles {
  let lastInode = 0;

  const find = (path: string): Inode | Directory | null => {
    let node: Inode | Directory = root;
    for (const part of path.split('/').filter(Boolean)) {
      const next: Inode | Directory | undefined = isDirectory(node) ? node.names.get(part) : undefined;
      if (!next) return null;
      node = next;
    }
    return node;
  };
  const parentOf = (path: string): Directory => {
    const parent = find(dirname(path));
    if (!parent || !isDirectory(parent)) throw errno('ENOENT', path);
    return parent;
  };
  const fileAt = (path: string): Inode | null => {
    const node = find(path);
    return node && !isDirectory(node) ? node : null;
  };

  return {
    async list(directory) {
      const node = find(directory);
      return node && isDirectory(node) ? [...node.names.keys()] : [];
    },
    async facts(path): Promise<FileFacts | null> {
      const node = find(path);
      if (!node) return null;
      if (isDirectory(node)) return { kind: 'directory', sizeBytes: 0, mtimeMs: 0, inode: 0, links: 1 };
      return {
        kind: 'file',
        sizeBytes: node.data.length,
        mtimeMs: node.mtimeMs,
        inode: node.number,
        links: node.links,
      };
    },
    async read(path, options = {}) {
      const file = fileAt(path);
      const offset = options.offset ?? 0;
      return file === null
        ? null
        : file.data.slice(offset, offset + Math.min(options.bytesMax ?? Infinity, file.data.length));
    },
    async create(path, data) {
      const parent = parentOf(path);
      if (parent.names.has(basename(path))) return 'exists';
      const bytes = encode(data);
      parent.names.set(basename(path), {
        number: ++lastInode,
        data: bytes,
        syncedData: bytes,
        mtimeMs: nowMs(),
        links: 1,
      });
      return 'created';
    },
    async append(path, data, options = {}) {
      const parent = parentOf(path);
      const file = fileAt(path) ?? {
        number: ++lastInode,
        data: new Uint8Array(),
        syncedData: null,
        mtimeMs: 0,
        links: 1,
      };
      file.data = Buffer.concat([file.data, encode(data)]);
      file.mtimeMs = nowMs();
      if (options.sync) file.syncedData = file.data;
      parent.names.set(basename(path), file);
    },
    async link(from, to) {
      const file = fileAt(from);
      if (!file) return 'gone';
      const parent = parentOf(to);
      if (parent.names.has(basename(to))) return 'exists';
      parent.names.set(basename(to), file);
      file.links++;
      return 'linked';
    },
    async move(from, to) {
      const node = find(from);
      if (!node) return 'gone';
      const target = parentOf(to);
      const replaced = fileAt(to);
      if (replaced === node) return 'moved';
      if (replaced) replaced.links--;
      parentOf(from).names.delete(basename(from));
      target.names.set(basename(to), node);
      return 'moved';
    },
    async makeDirectory(path) {
      const parent = parentOf(path);
      if (parent.names.has(basename(path))) return 'exists';
      parent.names.set(basename(path), newDirectory());
      return 'made';
    },
    async syncDirectory(path) {
      const node = find(path);
      if (!node || !isDirectory(node)) throw errno('ENOENT', path);
      node.syncedNames = new Map(node.names);
    },
    async remove(path) {
      const node = find(path);
      if (!node) return;
      if (isDirectory(node) && node.names.size > 0) throw errno('ENOTEMPTY', path);
      if (!isDirectory(node)) node.links--;
      parentOf(path).names.delete(basename(path));
    },
    async renameUndecodable() {
      return 0;
    },
    async openForWriting() {
      return new Set();
    },
    prepare(...paths) {
      for (const path of paths) {
        let node = root;
        for (const part of path.split('/').filter(Boolean)) {
          const next = node.names.get(part) ?? newDirectory();
          if (!isDirectory(next)) throw errno('ENOTDIR', path);
          node.names.set(part, next);
          node.syncedNames.set(part, next);
          node = next;
        }
      }
    },
    dump() {
      const found: [string, string][] = [];
      const walk = (directory: Directory, path: string) => {
        for (const [name, node] of directory.names) {
          if (isDirectory(node)) walk(node, `${path}/${name}`);
          else found.push([`${path}/${name}`, new TextDecoder().decode(node.data)]);
        }
      };
      walk(root, '');
      return found.sort(([a], [b]) => (a < b ? -1 : 1));
    },
    afterPowerLoss(choose) {
      return createMemoryFiles(nowMs, survivors(root, choose));
    },
  };
}

/** A copy of the tree with every unsynced name and byte kept or lost by chance; hard links stay hard links. */
function survivors(root: Directory, choose: () => number): Directory {
  const copies = new Map<Inode | Directory, Inode | Directory>();
  const copyOf = (node: Inode | Directory): Inode | Directory => {
    const known = copies.get(node);
    if (known) return known;
    if (isDirectory(node)) {
      const copy = newDirectory();
      copies.set(node, copy);
      for (const name of new Set([...node.syncedNames.keys(), ...node.names.keys()])) {
        const [before, after] = [node.syncedNames.get(name), node.names.get(name)];
        const kept = before === after ? after : choose() < 0.5 ? before : after;
        if (kept) copy.names.set(name, copyOf(kept));
      }
      copy.syncedNames = new Map(copy.names);
      return copy;
    }
    const synced = node.syncedData ?? new Uint8Array();
    const data = node.data.slice(0, synced.length + Math.floor(choose() * (node.data.length - synced.length + 1)));
    const copy = { ...node, data, syncedData: data, links: 0 };
    copies.set(node, copy);
    return copy;
  };
  const copy = copyOf(root) as Directory;
  countLinks(copy);
  return copy;
}

function countLinks(directory: Directory): void {
  for (const node of directory.names.values()) {
    if (isDirectory(node)) countLinks(node);
    else node.links++;
  }
}
