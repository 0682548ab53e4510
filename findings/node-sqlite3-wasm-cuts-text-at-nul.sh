#!/bin/sh
# node-sqlite3-wasm 0.8.60: a text that holds a NUL, as the output of programs and keys of joined parts do, is cut there when it is bound,
# without an error: the rest is not in the database, and two texts that differ after it are one key. SQLite itself keeps such texts. Bind
# them as Uint8Array, or write the NUL in another way. Seen on Node 20.20, 2026-11-30.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund node-sqlite3-wasm@0.8.60
cat >run.cjs <<'JS'
const { Database } = require('node-sqlite3-wasm');
const database = new Database(':memory:');
database.exec('CREATE TABLE keys (key PRIMARY KEY)');
for (const key of ['agent\0one', 'agent\0two']) {
  try {
    database.run('INSERT INTO keys VALUES (?)', [key]);
    const { bytes, stored } = database.get('SELECT length(CAST(key AS BLOB)) AS bytes, hex(key) AS stored FROM keys');
    console.log(`${JSON.stringify(key)}: ${bytes} bytes stored, ${Buffer.from(stored, 'hex')}`);
  } catch (error) {
    console.log(`${JSON.stringify(key)}: ${error.message}`);
  }
}
const inSql = database.get("SELECT length(CAST('agent' || char(0) || 'one' AS BLOB)) AS bytes");
const asBytes = database.get('SELECT length(?) AS bytes', [Buffer.from('agent\0one')]);
console.log(`made by SQLite: ${inSql.bytes} bytes; bound as bytes: ${asBytes.bytes}`);
database.close();
JS
node run.cjs | tee seen
cat >expected <<'TEXT'
"agent\u0000one": 5 bytes stored, agent
"agent\u0000two": UNIQUE constraint failed: keys.key
made by SQLite: 9 bytes; bound as bytes: 9
TEXT
diff expected seen
echo "as found: node-sqlite3-wasm 0.8.60, Node $(node --version)"
