/** `agent-runner init`: makes the root and says what to do next. */
import { createDiskFiles } from '../../blackboard/disk-files.ts';
import { exitCode } from '../../blackboard/errors.ts';
import { rootLayout } from '../../blackboard/layout.ts';
import { writeOnce } from '../../blackboard/record.ts';
import { makeRoot, rootPath } from '../../blackboard/root.ts';
import type { GlobalOptions } from '../cli.ts';

export async function run(global: GlobalOptions, options: { forceFilesystem?: boolean }): Promise<number> {
  const files = createDiskFiles();
  const root = rootPath(global.root, process.env);
  const forced = options.forceFilesystem === true;
  const made = await makeRoot(files, root, forced);
  if (forced) await writeOnce(files, rootLayout(root).config, 'filesystem: forced\n');
  process.stdout.write(
    `${made === 'made' ? 'Made' : 'Found'} the root ${root}\n\n` +
      'Next:\n' +
      '  agent-runner add reviewer --cwd ~/src/app     # an agent, from a template\n' +
      '  agent-runner start                            # run it, here\n' +
      `  cp task.md ${root}/agents/reviewer/inbox/     # any file is work\n` +
      `  tail -f ${root}/agents/reviewer/transcript.log\n`,
  );
  return exitCode.ok;
}
