#!/bin/sh
# cron-parser 5.10.6: in Pacific/Chatham, whose clocks go back at a quarter to four, next() after 13:00 UTC on 2026-04-04 gives
# 12:15 UTC for a job of every quarter of an hour, an instant before the one it was asked about: a program that asks again from
# each answer goes round for ever. Before and after it goes on as it should. Seen on Node 20.20 (ICU 76), 2026-11-30.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund cron-parser@5.10.6
cat >run.cjs <<'JS'
const { CronExpressionParser } = require('cron-parser');
for (const from of ['2026-04-04T12:45:00.000Z', '2026-04-04T13:00:00.000Z', '2026-04-04T13:30:00.000Z']) {
  const next = CronExpressionParser.parse('*/15 * * * *', { tz: 'Pacific/Chatham', currentDate: new Date(from) }).next();
  console.log(`after ${from}: ${next.toDate().toISOString()}`);
}
JS
node run.cjs | tee seen
cat >expected <<'TEXT'
after 2026-04-04T12:45:00.000Z: 2026-04-04T13:00:00.000Z
after 2026-04-04T13:00:00.000Z: 2026-04-04T12:15:00.000Z
after 2026-04-04T13:30:00.000Z: 2026-04-04T13:45:00.000Z
TEXT
diff expected seen
echo "as found: cron-parser 5.10.6, Node $(node --version)"
