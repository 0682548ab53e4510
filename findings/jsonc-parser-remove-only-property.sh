#!/bin/sh
# jsonc-parser 3.3.1: removing the only property of an object that has a trailing comma, which JSON with comments often has, leaves
# the comma alone in the braces; a parser that allows trailing commas does not take that. The last of two properties is removed
# properly. Seen on Node 20.20, 2026-11-30.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund jsonc-parser@3.3.1
cat >run.cjs <<'JS'
const { applyEdits, modify, parse, printParseErrorCode } = require('jsonc-parser');
const remove = (text, key) => {
  const out = applyEdits(text, modify(text, ['env', key], undefined, { formattingOptions: { insertSpaces: true, tabSize: 2 } }));
  const errors = [];
  parse(out, errors, { allowTrailingComma: true });
  return `${JSON.stringify(out)} ${errors.map(({ error }) => printParseErrorCode(error)).join() || 'valid'}`;
};
console.log(remove('{\n  "env": {\n    "A": "1",\n  }\n}\n', 'A'));
console.log(remove('{\n  "env": {\n    "A": "1",\n    "B": "2",\n  }\n}\n', 'B'));
JS
node run.cjs | tee seen
cat >expected <<'TEXT'
"{\n  \"env\": {\n    ,\n  }\n}\n" ValueExpected
"{\n  \"env\": {\n    \"A\": \"1\",\n  }\n}\n" valid
TEXT
diff expected seen
echo "as found: jsonc-parser 3.3.1, Node $(node --version)"
