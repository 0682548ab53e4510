/** What a failed system call means for the root, in words for people, with its fix. Pure. */

interface Wording {
  /** Follows "root: ". */
  sentence: (root: string) => string;
  mend: (root: string) => string;
}

const gone: Wording = {
  sentence: root => `${root} is not there: unmounted, or moved away`,
  mend: root => `Mount or move it back (ls ${root}/agents), or make a new one with: agent-runner init`,
};

const WORDINGS: Readonly<Record<string, Wording>> = {
  ENOSPC: {
    sentence: root => `no space is left on the disk of ${root}`,
    mend: root => `Free some: df -h ${root}; df -i ${root}`,
  },
  EDQUOT: { sentence: root => `your disk quota for ${root} is used up`, mend: () => 'Free some: quota -s' },
  EROFS: {
    sentence: root => `${root} is mounted read-only`,
    mend: root => `Look why (dmesg), then: mount -o remount,rw "$(stat -c %m ${root})"`,
  },
  EMFILE: {
    sentence: () => 'agent-runner has no file descriptors left',
    mend: () => 'Start it with more: ulimit -n 4096',
  },
  ENFILE: { sentence: () => 'this machine has no file descriptors left', mend: () => 'See: sysctl fs.file-nr' },
  EIO: {
    sentence: root => `the disk of ${root} fails (input/output error)`,
    mend: () => 'See what the kernel says: dmesg | tail',
  },
  EACCES: {
    sentence: root => `${root} cannot be written: permission denied`,
    mend: root => `Make it yours again: ls -ld ${root}; chmod 700 ${root}`,
  },
  EPERM: {
    sentence: root => `${root} cannot be written: not permitted`,
    mend: root => `Make it yours again: ls -ld ${root}; lsattr -d ${root}`,
  },
  ENOENT: gone,
  ENOTDIR: gone,
  ESTALE: gone,
  ENOTCONN: gone,
};

/** null: an errno that says nothing about the root. */
export function faultSentence(root: string, errno: string): string | null {
  const wording = WORDINGS[errno];
  return wording ? `${wording.sentence(root)} (${errno})` : null;
}

/** The command that fixes it, if there is one. */
export const faultMend = (root: string, errno: string): string =>
  WORDINGS[errno]?.mend(root) ?? `Try by hand: touch ${root}/x`;
