// Rewrites the block under "## Tree" in ARCHITECTURE.md: every production file, with the first sentence of its own header.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const job = path => {
  const text = readFileSync(path, 'utf8').replace(/^#!.*\n/, '');
  const header = /^(?:\/\*\*?([\s\S]*?)\*\/|((?:(?:\/\/|#).*\n)+))/.exec(text);
  const words = (header?.[1] ?? header?.[2] ?? '')
    .replace(/^\s*(?:\/\/|#|\*)\s?/gm, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  const sentence = (/^(.*?[.])(?: |$)/.exec(words)?.[1] ?? words).replace(/[.]$/, '');
  return sentence.length > 110 ? `${sentence.slice(0, 107)}...` : sentence;
};

const walk = directory =>
  readdirSync(directory, { withFileTypes: true })
    .sort((a, b) => Number(a.isDirectory()) - Number(b.isDirectory()) || (a.name < b.name ? -1 : 1))
    .flatMap(entry => {
      const path = join(directory, entry.name);
      return entry.isDirectory() ? walk(path) : /\.(ts|sh|mjs)$/.test(entry.name) ? [path] : [];
    });

const lines = ['blackboard', 'hooks', 'runner', 'templates', 'scripts']
  .flatMap(walk)
  .map(path => `${path.padEnd(44)} ${job(path)}`);
const page = readFileSync('ARCHITECTURE.md', 'utf8');
const block = `## Tree\n\n\`\`\`\n${lines.join('\n')}\n\`\`\`\n`;
writeFileSync(
  'ARCHITECTURE.md',
  page.replace(/## Tree\n\n```\n[\s\S]*?```\n/, () => block),
);
