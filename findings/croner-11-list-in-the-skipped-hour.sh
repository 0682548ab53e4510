#!/bin/sh
# croner 11.0.1: when clocks go forward, a job at one minute of the hour that is left out runs once, at the change; a job at two
# minutes of that hour does not run at all that day. Seen on Node 20.20, 2026-11-30.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund croner@11.0.1
cat >run.mjs <<'JS'
import { Cron } from 'croner';
for (const pattern of ['30 2 * * *', '15,45 2 * * *']) {
  const cron = new Cron(pattern, { paused: true, timezone: 'Europe/Berlin' });
  console.log(`${pattern}: ${cron.nextRun(new Date('2026-03-28T12:00:00Z')).toISOString()}`);
}
JS
node run.mjs | tee seen
cat >expected <<'TEXT'
30 2 * * *: 2026-03-29T01:00:00.000Z
15,45 2 * * *: 2026-03-30T00:15:00.000Z
TEXT
diff expected seen
echo "as found, Node $(node --version)"
