/**
 * What no turn may change with Edit and Write, or not read: rules for `permissions.deny` (CLI 2.1.332). A turn that
 * could write below the root could write agent.md, config.yaml and other agents' inboxes. Pure. Bash is different:
 * docs/permissions.md.
 */
import { relative, sep } from 'node:path';
import { boardLayout, rootLayout } from '#blackboard/layout.ts';

/** Names in the root that are not in a layout. */
const MORE = ['templates', 'clock.json', 'hooks.log.1'];

/**
 * A denying rule cannot make an exception for board/drop, so everything else is listed. Nobody reads what is not listed
 * here. The root must be a real path: claude follows links before it applies these rules.
 */
export function rootDenials(root: string): string[] {
  const { board, serviceEnvironment, wake, ...places } = { ...rootLayout(root) };
  const { home, drop, config, ...ofBoard } = boardLayout(root);
  const paths = [
    ...Object.values(places).filter(path => path !== root),
    serviceEnvironment,
    wake,
    ...Object.values(ofBoard),
  ];
  const names = new Set(paths.map(path => topOf(root, board, path)));
  const untouched = [...names, ...MORE, 'board/*.jsonl'].map(name => `Edit(${rulePath(root)}/${name})`);
  return [...untouched, ...[wake, serviceEnvironment].map(path => `Read(${rulePath(root)}/${relative(root, path)})`)];
}

/**
 * The same for files outside of the root that say what the next turn may do, or which commands the runner runs: an
 * agent.md that is a link, and the settings and MCP servers that it names. They may be below its cwd. Real paths.
 */
export const fileDenials = (paths: readonly string[]): string[] => paths.map(path => `Edit(${rulePath(path)})`);

/** A rule that allows to read what is in a directory. A real path. */
export const readAllowance = (directory: string): string => `Read(${rulePath(directory)}/**)`;

/** The name below the root, or below the board: for a directory, everything in it is denied. */
function topOf(root: string, board: string, path: string): string {
  const parts = relative(root, path).split(sep);
  return path.startsWith(board) ? parts.slice(0, 2).join('/') : parts[0]!;
}

/**
 * An absolute path as a rule needs it: `//` before it; escaped once for the pattern (as in gitignore), and once for the
 * rule, which ends with a bracket.
 */
const rulePath = (path: string): string => `/${path.replace(/[\\*?[\]!#]/g, '\\$&').replace(/[\\()]/g, '\\$&')}`;
