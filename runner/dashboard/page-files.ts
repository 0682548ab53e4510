/** The page's own files, read once: the server outlives the package that it was started from. */
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';

export interface PageFile {
  type: string;
  body: Uint8Array<ArrayBuffer>;
  etag: string;
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.webmanifest': 'application/manifest+json',
};

/** By the path of their address; `/` is index.html. */
export async function readPageFiles(directory: string): Promise<Map<string, PageFile>> {
  const pages = new Map<string, PageFile>();
  for (const name of await readdir(directory)) {
    const type = TYPES[extname(name)];
    if (type === undefined) continue;
    const body = new Uint8Array(await readFile(join(directory, name)));
    const etag = `"${createHash('sha256').update(body).digest('hex').slice(0, 32)}"`;
    pages.set(name === 'index.html' ? '/' : `/${name}`, { type, body, etag });
  }
  return pages;
}
