#!/bin/sh
# cron-parser 5.10.6: Lord Howe Island's clocks go back by half an hour. Asked within the hour before, a job at twenty past every
# hour is refused as an invalid expression, though the same expression is taken a day later, and one of every quarter of an hour
# leaves out two quarters that exist (15:00 and 15:15 UTC). Seen on Node 20.20, 2026-11-30.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund cron-parser@5.10.6
cat >run.cjs <<'JS'
const { CronExpressionParser } = require('cron-parser');
const next = (expression, from) => {
  try {
    const options = { tz: 'Australia/Lord_Howe', currentDate: new Date(from) };
    return CronExpressionParser.parse(expression, options).next().toDate().toISOString();
  } catch (error) {
    return error.message;
  }
};
console.log(next('20 * * * *', '2026-04-05T14:20:00.000Z'));
console.log(next('20 * * * *', '2026-04-04T14:20:00.000Z'));
console.log(next('*/15 * * * *', '2026-04-04T14:50:00.000Z'));
JS
node run.cjs | tee seen
cat >expected <<'TEXT'
2026-04-05T14:50:00.000Z
Invalid expression, loop limit exceeded
2026-04-04T15:30:00.000Z
TEXT
diff expected seen
echo "as found: cron-parser 5.10.6, Node $(node --version)"
