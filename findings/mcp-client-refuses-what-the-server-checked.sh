#!/bin/sh
# @modelcontextprotocol/server and client 2.4.0, zod 4.6.7: the server holds structuredContent against the tool's outputSchema and lets
# through what zod can fill in or change (a default, lower case), but sends what it was given and not what zod made of it. The client
# holds that against the JSON Schema of the same tool and throws. A client that has not listed the tools gets the result unchecked: the
# same call works or fails by what was called before. Give structuredContent through parse(). Seen on Node 20.20, 2026-11-30.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund @modelcontextprotocol/server@2.4.0 @modelcontextprotocol/client@2.4.0 zod@4.6.7
cat >run.mjs <<'JS'
import { Client, InMemoryTransport } from '@modelcontextprotocol/client';
import { McpServer } from '@modelcontextprotocol/server';
import * as z from 'zod';
const outputSchema = z.object({ state: z.string().toLowerCase().regex(/^[a-z]+$/), by: z.string().default('nobody') });
const call = async (structuredContent, isListed) => {
  const server = new McpServer({ name: 'server', version: '1' });
  server.registerTool('look', { outputSchema }, async () => ({ content: [], structuredContent }));
  const [left, right] = InMemoryTransport.createLinkedPair();
  const client = new Client({ name: 'client', version: '1' });
  await server.connect(left);
  await client.connect(right);
  if (isListed) await client.listTools();
  return client.callTool({ name: 'look', arguments: {} }).then(result => JSON.stringify(result.structuredContent), error => error.message);
};
const left = { state: 'done' };
const upper = { state: 'DONE', by: 'me' };
console.log(`zod: ${outputSchema.safeParse(left).success} ${outputSchema.safeParse(upper).success}`);
console.log(`not listed: ${await call(left, false)} ${await call(upper, false)}`);
console.log(`listed: ${await call(left, true)}`);
console.log(`listed: ${await call(upper, true)}`);
console.log(`listed, parsed: ${await call(outputSchema.parse(left), true)} ${await call(outputSchema.parse(upper), true)}`);
JS
node run.mjs | tee seen
cat >expected <<'TEXT'
zod: true true
not listed: {"state":"done"} {"state":"DONE","by":"me"}
listed: Structured content does not match the tool's output schema: data must have required property 'by'
listed: Structured content does not match the tool's output schema: data/state must match pattern "^[a-z]+$"
listed, parsed: {"state":"done","by":"nobody"} {"state":"done","by":"me"}
TEXT
diff expected seen
echo "as found, Node $(node --version)"
