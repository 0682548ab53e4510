#!/bin/sh
# @biomejs/biome 2.5.15: `biome check --write --unsafe` removes an import that is not used, and with it the comment above it. Where that import is
# the first of the file, this comment is the file's header (its licence, what it is for): it is gone, without a word. So does `biome lint
# --write --unsafe`. Seen with Node 20, 2026-11-30.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund @biomejs/biome@2.5.15 >/dev/null 2>&1
npx biome --version
printf '{"linter":{"rules":{"correctness":{"noUnusedImports":"error"}}}}\n' >biome.json
header='/**\n * Copyright the authors. What this file is for.\n */\n'
used="import { name } from './name.ts';\n\nexport const twice = name + name;\n"
write() {
  printf "${header}import { join } from 'node:path';\n${used}" >unused.ts
  printf "${header}${used}" >used.ts
}
tell() {
  for file in unused used; do
    echo "$1, $file: $(grep -c Copyright $file.ts || true) header, $(grep -c node:path $file.ts || true) unused import"
  done
}
{
  write; npx biome check --write --unsafe . >/dev/null 2>&1 || true; tell check
  write; npx biome lint --write --unsafe . >/dev/null 2>&1 || true; tell lint
} | tee seen
cat >expected <<'TEXT'
check, unused: 0 header, 0 unused import
check, used: 1 header, 0 unused import
lint, unused: 0 header, 0 unused import
lint, used: 1 header, 0 unused import
TEXT
diff expected seen
