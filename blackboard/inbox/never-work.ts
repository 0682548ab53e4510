/**
 * Names that are never work: files that programs keep while they write another, and files that systems leave in every
 * directory. docs/drops.md lists them, with who uses which; hooks/entry/hook.sh knows the most common ones.
 */
import type { Files } from '#blackboard/system/files.ts';
import { readText } from '#blackboard/system/files.ts';
import { limits } from '#blackboard/system/limits.ts';

/** Whole names, in lower case. */
const NAMES = new Set([
  // Windows and its previews; macOS when it unpacks an archive; network storage; file systems.
  'desktop.ini',
  'thumbs.db',
  'ehthumbs.db',
  'ehthumbs_vista.db',
  'photothumb.db',
  '$recycle.bin',
  'system volume information',
  '__macosx',
  'temporary items',
  'network trash folder',
  'icon\r',
  '@eadir',
  '@synoresource',
  '#synorecycle',
  '#snapshot',
  '#recycle',
  'lost+found',
  // vim uses these to test whether it may create files here (4913, and 123 more while that name is taken).
  '4913',
  '5036',
]);

/** Ends of names. */
const ENDINGS = new RegExp(
  `\\.(${[
    // Browsers: Chrome and Edge; Firefox; Safari; Opera; Internet Explorer and rclone.
    'crdownload|part|download|opdownload|partial',
    // Downloads: aria2; yt-dlp; DownThemAll; uTorrent, qBittorrent and BitComet; Free Download Manager; Resilio.
    'aria2|ytdl|part-frag\\d+|dtapart|!ut|!qb|bc!|downloading|fdmdownload|!sync|syncpart|synctemp',
    // Copies: WinSCP; everybody.
    'filepart|tmp|temp',
    // Editors: vim; Kate; nano in an emergency; what was there before; Word and AutoCAD.
    'sw[mnopx]|kate-swp|save|bak|orig|asd|wbk|dwl2?|sv\\$',
    // Locks.
    'lock|lck',
  ].join('|')})$|~$|___jb_(tmp|old)___$|\\.sb-[0-9a-f]{8}-\\w{6}$|:zone\\.identifier$`,
  'i',
);

/** Beginnings: hidden names; Office's owner and temporary files; Syncthing; Emacs's auto-save `#x#` by both its ends. */
const BEGINNINGS = /^\.|^~\$|^~wrl\d|^~syncthing~|^#.*#$/i;

/** Whether it is never work, unless config.yaml says `takeAll: true`. */
export const isNeverWork = (name: string): boolean =>
  BEGINNINGS.test(name) || ENDINGS.test(name) || NAMES.has(name.toLowerCase());

/**
 * For files that are watched in a project, and not dropped: only names that come and go while programs save and
 * download. A `.env`, a `Cargo.lock` or a `.bak` is an ordinary file there.
 */
export const isPassing = (name: string): boolean =>
  /^#.*#$|^\.#|^\._|^~\$|^\.(goutputstream-|ds_store$)/i.test(name) ||
  NAMES.has(name.toLowerCase()) ||
  (ENDINGS.test(name) && !/\.(lock|lck|bak|orig|save)$/i.test(name));

/** A file that was removed while a program still has it open: never work, whatever config.yaml says. */
const isRemovedByHalf = (name: string): boolean => /^\.(nfs|fuse_hidden)[0-9a-f]+$/i.test(name);

/** aria2 and Firefox write under the final name, or reserve it with an empty file, while this file is beside it. */
const COMPANIONS = ['.aria2', '.part'];

export interface DropNames {
  /** To be taken. */
  work: string[];
  /** Left where they are, because of their names. */
  ignored: string[];
}

/** Which names in a directory for drops are work. config.yaml is read only if it makes a difference. */
export async function sortDropNames(files: Files, names: readonly string[], config: string): Promise<DropNames> {
  const ignored = names.filter(isNeverWork);
  if (ignored.length === 0) return { work: [...names], ignored };
  if (await takesAll(files, config)) {
    const removed = ignored.filter(isRemovedByHalf);
    return { work: names.filter(name => !removed.includes(name)), ignored: removed };
  }
  const beside = new Set(ignored);
  const isHeld = (name: string): boolean => COMPANIONS.some(ending => beside.has(`${name}${ending}`));
  return { work: names.filter(name => !isNeverWork(name) && !isHeld(name)), ignored };
}

/** Whether config.yaml says so. */
export async function takesAll(files: Files, config: string): Promise<boolean> {
  return saysTakeAll((await readText(files, config, limits.recordBytesMax)) ?? '');
}

/**
 * On a line of its own, so that hooks need no YAML to read it (runner/agents/config.ts refuses any other way to write
 * it).
 */
export const saysTakeAll = (text: string): boolean => /^takeAll:[ \t]+true[ \t]*(#.*)?\r?$/m.test(text);
