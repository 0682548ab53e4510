#!/bin/sh
# jsonc-parser 3.3.1: modify() with the value undefined, which removes an element, breaks the document when the element is the
# last of an array that stands on one line: the closing quote of the element stays. With a line break before the closing bracket
# the same removal is right. Seen on Node 20.20, 2026-11-30.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund jsonc-parser@3.3.1
cat >run.cjs <<'JS'
const { applyEdits, modify, parse } = require('jsonc-parser');
const removeSecond = text => {
  const out = applyEdits(text, modify(text, ['allow', 1], undefined, { formattingOptions: {} }));
  const errors = [];
  parse(out, errors);
  return `${JSON.stringify(text)} -> ${JSON.stringify(out)} ${errors.length > 0 ? 'no JSON any more' : 'valid'}`;
};
console.log(removeSecond('{"allow":["Read","Edit"]}'));
console.log(removeSecond('{"allow":["Read","Edit"\n]}'));
JS
node run.cjs | tee seen
cat >expected <<'TEXT'
"{\"allow\":[\"Read\",\"Edit\"]}" -> "{\n\t\"allow\": [\n\t\t\"Read\"\"]}" no JSON any more
"{\"allow\":[\"Read\",\"Edit\"\n]}" -> "{\n\t\"allow\": [\n\t\t\"Read\"\n]}" valid
TEXT
diff expected seen
echo "as found: jsonc-parser 3.3.1, Node $(node --version)"
