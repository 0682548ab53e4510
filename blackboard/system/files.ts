/** The file system as the queue uses it: few verbs, each one effect, so that a test can stop at every one of them. */

/** What is known of a name without following it if it is a link. */
export interface FileFacts {
  kind: 'file' | 'directory' | 'link' | 'fifo' | 'socket' | 'other';
  sizeBytes: number;
  mtimeMs: number;
  /** When its content, its names or its rights last changed: the ctime, which nobody can set. */
  changedMs: number;
  inode: number;
  links: number;
}

/**
 * Reading never throws for a missing file (null, or an empty list). Writing throws the errno error of the system call.
 * "gone" and "exists" are answers, not errors: they mean that somebody else did it, or did it before.
 */
export interface Files {
  /** Names in a directory, unsorted; empty if there is none. */
  list(directory: string): Promise<string[]>;
  facts(path: string): Promise<FileFacts | null>;
  /** At most `bytesMax` bytes from `offset`; null if there is no such file. */
  read(path: string, options?: { offset?: number; bytesMax?: number }): Promise<Uint8Array | null>;
  /** Creates `path` exclusively (0600), writes all of it and fsyncs it. A death half-way leaves a torn file. */
  create(path: string, data: string | Uint8Array): Promise<'created' | 'exists'>;
  /** Writes (O_APPEND) in one call; `sync` fsyncs. */
  append(path: string, data: string, options?: { sync?: boolean }): Promise<void>;
  /** Hard link: atomic, and refuses a name that is taken. */
  link(from: string, to: string): Promise<'linked' | 'exists' | 'gone'>;
  /** Symbolic link to `target`, which need not be there. */
  point(target: string, path: string): Promise<'made' | 'exists'>;
  /** rename(2): atomic; replaces a file at `to`. */
  move(from: string, to: string): Promise<'moved' | 'gone'>;
  /** mkdir 0700, one level. */
  makeDirectory(path: string): Promise<'made' | 'exists'>;
  /**
   * Removes everybody else's rights to a file with one name (0600, 0700 if its owner may run it). If that is not
   * possible, nothing happens.
   */
  shut(path: string): Promise<void>;
  /** fsync of a file that is there: what others wrote to it survives a power loss. A missing one is no error. */
  syncFile(path: string): Promise<void>;
  /** fsync of a directory: its names survive a power loss once this has returned. */
  syncDirectory(path: string): Promise<void>;
  /** Removes a file or an empty directory: of several processes one has removed it, for the others it is gone. */
  remove(path: string): Promise<'removed' | 'gone'>;
  /** Renames a directory's entries whose names are not UTF-8. Returns how many there were. */
  renameUndecodable(directory: string): Promise<number>;
  /** The errno that prevents reading it, or writing it (for a directory: moving it elsewhere); null: nothing does. */
  obstacle(path: string, to: 'read' | 'write'): Promise<string | null>;
  /** Those of the paths (regular files) that some process has open for writing. */
  openForWriting(paths: readonly string[]): Promise<Set<string>>;
}

const decoder = new TextDecoder();

/** A small text file from `offset` on, or null if there is none. At most `bytesMax` bytes are read. */
export async function readText(files: Files, path: string, bytesMax: number, offset = 0): Promise<string | null> {
  const bytes = await files.read(path, { offset, bytesMax });
  return bytes && decoder.decode(bytes);
}
