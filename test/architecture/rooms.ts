/** The rooms of the house, as ARCHITECTURE.md lists them, and what of the sources breaks their walls. */
import type { SourceFile } from './source-tree.ts';

export interface Room {
  /** A folder (`blackboard/inbox`) or one file (`blackboard/layout.ts`). */
  path: string;
  /** Rooms and packages that it never imports, beside the rooms below its line; `packages`: none at all. */
  never: readonly string[];
}

/** The rows of the tables in "## Rooms", from the ground up. */
export function readRooms(page: string): Room[] {
  const section = /^## Rooms\n([\s\S]*?)(?=^## )/m.exec(page)?.[1] ?? '';
  return [...section.matchAll(/^\| `([^`]+)` \|[^|]*\|([^|]*)\|$/gm)].map(([, path = '', never = '']) => ({
    path,
    never: never
      .split(',')
      .map(name => name.trim().replaceAll('`', ''))
      .filter(name => name !== ''),
  }));
}

/** The room that a file lies in; null: in none. */
export const roomOf = (rooms: readonly Room[], file: string): Room | null =>
  rooms.find(({ path }) => file === path || file.startsWith(`${path}/`)) ?? null;

/** Imports that go up, or to what their room never imports; one line each. */
export function breaches(rooms: readonly Room[], files: readonly SourceFile[]): string[] {
  return files.flatMap(({ path, imports }) => {
    const from = roomOf(rooms, path);
    if (!from) return [`${path} lies in no room`];
    return imports.flatMap(({ file, specifier }) => {
      if (file === null)
        return isRefused(from, specifier) ? [`${path} imports ${specifier}, which ${from.path} never does`] : [];
      const to = roomOf(rooms, file);
      if (!to || to === from) return [];
      if (rooms.indexOf(to) > rooms.indexOf(from))
        return [`${path} imports ${file}: up, from ${from.path} to ${to.path}`];
      return from.never.includes(to.path) ? [`${path} imports ${file}, and ${from.path} never imports ${to.path}`] : [];
    });
  });
}

const packageOf = (specifier: string): string => /^(?:@[^/]+\/)?[^/]+/.exec(specifier)?.[0] ?? specifier;

const isRefused = (room: Room, specifier: string): boolean =>
  !specifier.startsWith('node:') && (room.never.includes('packages') || room.never.includes(packageOf(specifier)));
