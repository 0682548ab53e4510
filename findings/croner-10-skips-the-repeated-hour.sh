#!/bin/sh
# croner 10.0.1: when clocks go back, a job of every quarter of an hour is not run in the second pass of the repeated hour: four
# runs are left out. croner 11.0.1 runs them. Seen on Node 20.20 and 22, 2026-11-30.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund ten@npm:croner@10.0.1 eleven@npm:croner@11.0.1
cat >run.mjs <<'JS'
for (const name of ['ten', 'eleven']) {
  const { Cron } = await import(name);
  const cron = new Cron('*/15 * * * *', { paused: true, timezone: 'Europe/Berlin' });
  console.log(`${name}: after 00:45 UTC comes ${cron.nextRun(new Date('2026-10-25T00:45:00Z')).toISOString()}`);
}
JS
node run.mjs | tee seen
cat >expected <<'TEXT'
ten: after 00:45 UTC comes 2026-10-25T02:00:00.000Z
eleven: after 00:45 UTC comes 2026-10-25T01:00:00.000Z
TEXT
diff expected seen
echo "as found, Node $(node --version)"
