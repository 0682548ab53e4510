/** The lines that come into a log of ours, from now on: over its rotation by rename. Looks only when it is asked. */
import type { Files } from '#blackboard/system/files.ts';
import { limits } from '#blackboard/system/limits.ts';

export interface LogTail {
  /** Whole lines since the last look; none at the first one. */
  look(): Promise<string[]>;
}

export function createLogTail(files: Files, path: string): LogTail {
  let inode: number | null = null;
  let offset = 0;
  let isFirst = true;

  async function linesFrom(file: string, from: number): Promise<{ lines: string[]; bytes: number }> {
    const bytes = (await files.read(file, { offset: from, bytesMax: limits.logTailBytes })) ?? new Uint8Array();
    const whole = bytes.subarray(0, bytes.lastIndexOf(0x0a) + 1);
    return { lines: new TextDecoder().decode(whole).split('\n').slice(0, -1), bytes: whole.length };
  }

  return {
    async look() {
      const facts = await files.facts(path);
      const wasFirst = isFirst;
      isFirst = false;
      if (wasFirst) {
        inode = facts?.inode ?? null;
        offset = facts?.sizeBytes ?? 0;
        return [];
      }
      if (!facts) return [];
      const lines: string[] = [];
      if (facts.inode !== inode) {
        const before = await files.facts(`${path}.1`);
        if (before && before.inode === inode) lines.push(...(await linesFrom(`${path}.1`, offset)).lines);
        inode = facts.inode;
        offset = 0;
      }
      const read = await linesFrom(path, offset);
      offset += read.bytes;
      return [...lines, ...read.lines];
    },
  };
}
