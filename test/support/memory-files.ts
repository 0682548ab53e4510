/**
 * The file port in memory, for tests that need thousands of disks: same answers as the real one (a contract suite holds
 * both to it), and it knows what a power loss would leave: data and names that nobody has fsynced.
 *
 * A power loss, as far as every local file system goes: a name that was added or taken away is there or not, each by
 * itself, until its directory is fsynced; changes of one name stay in their order; a rename may leave the file under both
 * names, and never under none, unless the directory that it left is fsynced first: an fsync promises nothing of another
 * directory. (With a journal most of these cannot happen. What survives all of them needs no journal.)
 */
import type { FileFacts, Files } from '#blackboard/system/files.ts';

interface Inode {
  number: number;
  data: Uint8Array;
  /** What a power loss leaves of the data; null: nothing was ever fsynced. */
  syncedData: Uint8Array | null;
  mtimeMs: number;
  changedMs: number;
  links: number;
  /** A symbolic link: its data is where it leads. */
  isPointer?: true;
}

interface Directory {
  names: Map<string, Inode | Directory>;
  /** The names that a power loss leaves. */
  syncedNames: Map<string, Inode | Directory>;
}

/** A name that was added (or, with null, taken away) and is not on disk yet. */
interface Change {
  directory: Directory;
  name: string;
  node: Inode | Directory | null;
  /** What reaches the disk before it. */
  after: Change[];
}

const isDirectory = (node: Inode | Directory): node is Directory => 'names' in node;

const newDirectory = (): Directory => ({ names: new Map(), syncedNames: new Map() });

/** One of several outcomes: 0 <= x < 1, of which `Math.floor(x * outcomes)` is taken. */
export type Choose = (outcomes: number) => number;

export interface MemoryFiles extends Files {
  /** Makes directories with all their parents, durably: the test's own preparation. */
  prepare(...paths: string[]): void;
  /** Every file's path and text, sorted: for checking and for messages. */
  dump(): [path: string, text: string][];
  /** Puts all that is there on disk: what a test has prepared is old. */
  settleAll(): void;
  /** Creates a file of which nothing is fsynced. */
  createUnsynced(path: string, data: string | Uint8Array): Promise<'created' | 'exists'>;
  /**
   * What a power loss leaves, as another disk: each change of a name that is not on disk is lost (the first of two
   * outcomes) or kept, and of data that was never fsynced nothing, a half or all (three) is there.
   */
  afterPowerLoss(choose: Choose): MemoryFiles;
  /** The same, of this disk. */
  losePower(choose: Choose): void;
}

const encode = (data: string | Uint8Array): Uint8Array => (typeof data === 'string' ? Buffer.from(data) : data);
/** As node:path has them, of the absolute paths without a slash at the end that come here. */
const basename = (path: string): string => path.slice(path.lastIndexOf('/') + 1);
const dirname = (path: string): string => path.slice(0, path.lastIndexOf('/'));

const errno = (code: string, path: string): Error => Object.assign(new Error(`${code}: ${path}`), { code });

export function createMemoryFiles(nowMs: () => number = () => 0, existing: Directory = newDirectory()): MemoryFiles {
  let root = existing;
  let lastInode = highestInode(root);
  let pending: Change[] = [];

  const change = (directory: Directory, name: string, node: Change['node'], ...after: Change[]): Change => {
    const before = pending.findLast(other => other.directory === directory && other.name === name);
    const made = { directory, name, node, after: before ? [before, ...after] : after };
    pending.push(made);
    if (node) directory.names.set(name, node);
    else directory.names.delete(name);
    return made;
  };
  /** Puts changes on disk, and in the same directory what came before them. */
  const settle = (changes: readonly Change[]): void => {
    const open = new Set(pending);
    const put = (each: Change) => {
      if (!open.delete(each)) return;
      for (const before of each.after) if (before.directory === each.directory) put(before);
      apply(each.directory.syncedNames, each);
    };
    for (const each of changes) put(each);
    pending = [...open];
  };

  const find = (path: string): Inode | Directory | null => {
    let node: Inode | Directory = root;
    for (const part of path.split('/')) {
      if (part === '') continue;
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
      if (isDirectory(node))
        return { kind: 'directory', sizeBytes: 0, mtimeMs: 0, changedMs: nowMs(), inode: 0, links: 1 };
      return {
        kind: node.isPointer ? 'link' : 'file',
        sizeBytes: node.data.length,
        mtimeMs: node.mtimeMs,
        changedMs: node.changedMs,
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
      const file = {
        number: ++lastInode,
        data: bytes,
        syncedData: bytes,
        mtimeMs: nowMs(),
        changedMs: nowMs(),
        links: 1,
      };
      change(parent, basename(path), file);
      return 'created';
    },
    async append(path, data, options = {}) {
      const parent = parentOf(path);
      const file = fileAt(path) ?? {
        number: ++lastInode,
        data: new Uint8Array(),
        syncedData: null,
        mtimeMs: 0,
        changedMs: 0,
        links: 1,
      };
      file.data = Buffer.concat([file.data, encode(data)]);
      file.mtimeMs = nowMs();
      file.changedMs = file.mtimeMs;
      if (options.sync) file.syncedData = file.data;
      if (!parent.names.has(basename(path))) change(parent, basename(path), file);
    },
    async link(from, to) {
      const file = fileAt(from);
      if (!file) return 'gone';
      const parent = parentOf(to);
      if (parent.names.has(basename(to))) return 'exists';
      change(parent, basename(to), file);
      file.links++;
      return 'linked';
    },
    async point(target, path) {
      const parent = parentOf(path);
      if (parent.names.has(basename(path))) return 'exists';
      const data = encode(target);
      const pointer = {
        number: ++lastInode,
        data,
        syncedData: data,
        mtimeMs: nowMs(),
        changedMs: nowMs(),
        links: 1,
        isPointer: true,
      } as const;
      change(parent, basename(path), pointer);
      return 'made';
    },
    async move(from, to) {
      const node = find(from);
      if (!node) return 'gone';
      const target = parentOf(to);
      const replaced = fileAt(to);
      if (replaced === node) return 'moved';
      if (replaced) replaced.links--;
      const added = change(target, basename(to), node);
      change(parentOf(from), basename(from), null, added);
      if (!isDirectory(node)) node.changedMs = nowMs();
      return 'moved';
    },
    async makeDirectory(path) {
      const parent = parentOf(path);
      if (parent.names.has(basename(path))) return 'exists';
      change(parent, basename(path), newDirectory());
      return 'made';
    },
    async shut() {},
    async syncFile(path) {
      const file = fileAt(path);
      if (file) file.syncedData = file.data;
    },
    async syncDirectory(path) {
      const node = find(path);
      if (!node || !isDirectory(node)) throw errno('ENOENT', path);
      settle(pending.filter(each => each.directory === node));
    },
    async remove(path) {
      const node = find(path);
      if (!node) return 'gone';
      if (isDirectory(node) && node.names.size > 0) throw errno('ENOTEMPTY', path);
      if (!isDirectory(node)) node.links--;
      change(parentOf(path), basename(path), null);
      return 'removed';
    },
    async renameUndecodable() {
      return 0;
    },
    async obstacle() {
      return null;
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
    settleAll() {
      settle(pending);
      syncData(root);
    },
    async createUnsynced(path, data) {
      const parent = parentOf(path);
      if (parent.names.has(basename(path))) return 'exists';
      const file = {
        number: ++lastInode,
        data: encode(data),
        syncedData: null,
        mtimeMs: nowMs(),
        changedMs: nowMs(),
        links: 1,
      };
      change(parent, basename(path), file);
      return 'created';
    },
    afterPowerLoss(choose) {
      return createMemoryFiles(nowMs, survivors(root, pending, choose));
    },
    losePower(choose) {
      root = survivors(root, pending, choose);
      pending = [];
    },
  };
}

function apply(names: Map<string, Inode | Directory>, { name, node }: Change): void {
  if (node) names.set(name, node);
  else names.delete(name);
}

function syncData(directory: Directory): void {
  for (const node of directory.names.values()) {
    if (isDirectory(node)) syncData(node);
    else node.syncedData = node.data;
  }
}

function highestInode(directory: Directory): number {
  let highest = 0;
  for (const node of directory.names.values())
    highest = Math.max(highest, isDirectory(node) ? highestInode(node) : node.number);
  return highest;
}

/** A copy of the tree as it is on disk, and of what is not there yet as much as is chosen; hard links stay hard links. */
function survivors(root: Directory, pending: readonly Change[], choose: Choose): Directory {
  const kept = new Map<Directory, Change[]>();
  const lost = new Set<Change>();
  for (const each of pending) {
    if (each.after.some(before => lost.has(before)) || choose(2) < 0.5) lost.add(each);
    else kept.set(each.directory, [...(kept.get(each.directory) ?? []), each]);
  }
  const copies = new Map<Inode | Directory, Inode | Directory>();
  const copyOf = (node: Inode | Directory): Inode | Directory => {
    const known = copies.get(node);
    if (known) return known;
    const copy = isDirectory(node) ? newDirectory() : { ...node, links: 0 };
    copies.set(node, copy);
    if (isDirectory(node)) {
      const names = new Map(node.syncedNames);
      for (const each of kept.get(node) ?? []) apply(names, each);
      const directory = copy as Directory;
      for (const [name, entry] of names) directory.names.set(name, copyOf(entry));
      directory.syncedNames = new Map(directory.names);
      return copy;
    }
    const file = copy as Inode;
    const synced = node.syncedData?.length ?? 0;
    const halves = synced === node.data.length ? 2 : Math.floor(choose(3) * 3);
    file.data = node.data.slice(0, synced + Math.floor(((node.data.length - synced) * halves) / 2));
    file.syncedData = file.data;
    return file;
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
