/** `pace` of config.yaml, for commands that only look at agents: YAML is loaded only where the file has the word. */
import { rootLayout } from '#blackboard/layout.ts';
import { type Files, readText } from '#blackboard/system/files.ts';
import { limits } from '#blackboard/system/limits.ts';

/** The part of a plan's window from which on low-priority work waits. undefined: it never does, or no runner would start. */
export async function readPace(files: Files, root: string): Promise<number | undefined> {
  try {
    const text = (await readText(files, rootLayout(root).config, limits.recordBytesMax)) ?? '';
    if (!text.includes('pace')) return undefined;
    const { readConfig } = await import('#runner/agents/config.ts');
    return (await readConfig(files, root)).pace?.window;
  } catch {
    return undefined;
  }
}
