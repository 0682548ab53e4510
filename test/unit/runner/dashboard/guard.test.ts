import { expect, test } from 'vitest';
import { type RequestHead, whyNot } from '#runner/dashboard/guard.ts';

const HOST = '127.0.0.1:7433';
const served = { scheme: 'http' as const, hosts: new Set([HOST]) };
const head = (more: Partial<RequestHead>): RequestHead => ({
  method: 'GET',
  host: HOST,
  origin: null,
  site: null,
  isFile: false,
  ...more,
});
const ours = `http://${HOST}`;

test.each<[string, Partial<RequestHead>]>([
  ['a program without a browser reads', {}],
  ['the page reads', { site: 'same-origin' }],
  ['the page changes something', { method: 'POST', origin: ours, site: 'same-origin' }],
  ['a person types the address', { site: 'none' }],
  ['a link elsewhere leads to the page', { site: 'cross-site', isFile: true }],
  ['a browser that does not say who caused it', { method: 'POST', origin: ours }],
])('let in: %s', (_, more) => expect(whyNot(head(more), served)).toBeNull());

test.each<[string, Partial<RequestHead>, RegExp]>([
  ['no Host', { host: null }, /Host/],
  ['a name that leads here (DNS rebinding)', { host: 'evil.example:7433', origin: 'http://evil.example:7433' }, /Host/],
  ['the same address at another port', { host: '127.0.0.1:7434' }, /Host/],
  ['another page posts', { method: 'POST', origin: 'http://127.0.0.1:3000', site: 'same-site' }, /Origin/],
  ['another page posts from a sandboxed frame', { method: 'POST', origin: 'null' }, /Origin/],
  ['another page reads', { site: 'cross-site' }, /another page/],
  ['another server of this machine has caused it', { site: 'same-site', isFile: false }, /another page/],
  [
    'a form of another page gets to a file',
    { method: 'POST', origin: ours, site: 'cross-site', isFile: true },
    /another/,
  ],
  ['a change without an Origin', { method: 'POST' }, /Origin/],
  ['the same name by https', { method: 'POST', origin: `https://${HOST}` }, /Origin/],
])('refused: %s', (_, more, why) => expect(whyNot(head(more), served)).toMatch(why));
