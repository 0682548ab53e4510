/** Whether claude is there, of a version that this was tried with, and may ask a model: claude itself is asked. */
import { childEnv } from '../claude/child-env.ts';
import { findClaudeHere } from '../claude/claude-here.ts';
import { claudeLogin } from '../claude/claude-process.ts';
import { type Check, well, wrong } from './finding.ts';

/** The versions of claude that all tests pass with: from, to. */
export const CLAUDE_TESTED = ['2.1.329', '2.1.329'] as const;

export async function checkClaude(root: string, env: NodeJS.ProcessEnv): Promise<Check[]> {
  const found = await findClaudeHere(root, env);
  if (found.path === null)
    return [wrong('claude', found.problem, 'Install it: npm install -g @anthropic-ai/claude-code')];
  const version = checkVersion(found.version, found.path);
  if (found.version === null) return [version];
  const login = await claudeLogin(found.path, childEnv(env, {}));
  return [version, checkLogin(login)];
}

export function checkVersion(version: string | null, path: string): Check {
  const [from, to] = CLAUDE_TESTED;
  const install = `npm install -g @anthropic-ai/claude-code@${to}`;
  if (version === null)
    return wrong('claude', `${path} --version does not tell a version`, `Install it anew: ${install}`);
  if (compareVersions(version, from) < 0)
    return wrong(
      'claude',
      `claude ${version} (${path}) is older than ${from}, the first that was tried`,
      `Install a newer one: ${install}`,
    );
  const newer = compareVersions(version, to) > 0 ? `; newer than ${to}, the last that was tried` : '';
  return well('claude', `claude ${version} (${path})${newer}`);
}

export function compareVersions(a: string, b: string): number {
  const [left, right] = [a, b].map(text => text.split('.').map(Number)) as [number[], number[]];
  for (let at = 0; at < 3; at++) {
    const difference = (left[at] ?? 0) - (right[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

function checkLogin(login: { loggedIn: boolean; method: string | null } | null): Check {
  const mend = 'Log in: claude auth login (or set ANTHROPIC_API_KEY where the runner is started)';
  if (login === null) return wrong('login', '`claude auth status` does not tell whether somebody is logged in', mend);
  if (!login.loggedIn) return wrong('login', 'nobody is logged in, and there is no key', mend);
  return well('login', `logged in (${login.method ?? 'by a method that claude does not name'})`);
}
