/** Checks that claude exists, has a version that was tested, and is logged in. claude itself is asked. */
import { childEnv } from '#runner/claude/child-env.ts';
import { findClaudeHere } from '#runner/claude/claude-here.ts';
import { claudeLogin } from '#runner/claude/claude-process.ts';
import { CLAUDE_TESTED, compareVersions, INSTALL_CLAUDE, tooOld } from '#runner/claude/claude-version.ts';
import { type Check, well, wrong } from '#runner/doctor/finding.ts';

export async function checkClaude(root: string, env: NodeJS.ProcessEnv): Promise<Check[]> {
  const found = await findClaudeHere(root, env);
  if (found.path === null) return [wrong('claude', found.problem, `Install it: ${INSTALL_CLAUDE}`)];
  const version = checkVersion(found.version, found.path);
  if (found.version === null) return [version];
  const login = await claudeLogin(found.path, childEnv(env, {}));
  return [version, checkLogin(login)];
}

export function checkVersion(version: string | null, path: string): Check {
  const [, to] = CLAUDE_TESTED;
  if (version === null)
    return wrong('claude', `${path} --version does not tell a version`, `Install it again: ${INSTALL_CLAUDE}`);
  const fault = tooOld(version);
  if (fault) return wrong('claude', `claude ${version} (${path}) ${fault}`, `Install a newer one: ${INSTALL_CLAUDE}`);
  const newer = compareVersions(version, to) > 0 ? `; newer than ${to}, the last that was tried` : '';
  return well('claude', `claude ${version} (${path})${newer}`);
}

function checkLogin(login: { loggedIn: boolean; method: string | null } | null): Check {
  const mend = 'Log in: claude auth login (or set ANTHROPIC_API_KEY where the runner is started)';
  if (login === null) return wrong('login', '`claude auth status` does not tell whether somebody is logged in', mend);
  if (!login.loggedIn) return wrong('login', 'nobody is logged in, and there is no key', mend);
  return well('login', `logged in (${login.method ?? 'by a method that claude does not name'})`);
}
