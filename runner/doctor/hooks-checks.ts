/** Checks that claude would run the installed hooks. Without hooks nothing is wrong. */
import type { HooksHere } from '#runner/claude/hooks-here.ts';
import { type Check, well, wrong } from '#runner/doctor/finding.ts';

export function checkHooks({ installs, notAsked }: Pick<HooksHere, 'installs' | 'notAsked'>): Check[] {
  const broken = installs.filter(({ state }) => state === 'broken');
  if (broken.length > 0)
    return broken.flatMap(({ path, problems }) =>
      problems.map(problem =>
        wrong('hooks', `${path}: ${problem.replace(`${path} is`, 'it is')}`, mendOf(problem, path)),
      ),
    );
  const installed = installs.filter(({ state }) => state === 'installed').map(({ path }) => path);
  if (installed.length === 0) return [well('hooks', 'sessions hear nothing of agents: agent-runner hooks install')];
  const sure = notAsked === null ? 'claude says that it runs them' : `claude could not be asked: ${notAsked}`;
  return [well('hooks', `they are in ${installed.join(' and ')}; ${sure}`)];
}

const mendOf = (problem: string, path: string): string =>
  /there is no hook|is not there|for the root/.test(problem)
    ? 'Install them again: agent-runner hooks install'
    : `Mend it in ${path}, then: agent-runner hooks`;
