/**
 * Which requests are looked at at all, by their heads. A page of another origin can make the browser send requests here, and by
 * DNS rebinding even read the answers: so the Host and the Origin have to be ours. Pure.
 */

/** Of a request, lower-case; null: it has none. */
export interface RequestHead {
  method: string;
  host: string | null;
  origin: string | null;
  /** Sec-Fetch-Site. */
  site: string | null;
  /** It asks for a file of the page, which has no secrets: a link elsewhere may lead to it. */
  isFile: boolean;
}

/** `hosts`: `127.0.0.1:7433`, lower-case. `scheme`: http or https. */
export interface Served {
  scheme: 'http' | 'https';
  hosts: ReadonlySet<string>;
}

/** Why the request is refused; null: it may be looked at. */
export function whyNot({ method, host, origin, site, isFile }: RequestHead, { scheme, hosts }: Served): string | null {
  if (host === null || !hosts.has(host))
    return `the Host is none of this server: it answers at ${[...hosts].map(each => `${scheme}://${each}`).join(' and ')}`;
  if (origin !== null && origin !== `${scheme}://${host}`) return 'the Origin is another page';
  const isRead = method === 'GET' || method === 'HEAD';
  // `none`: an address that a person typed.
  if (site !== null && site !== 'same-origin' && !(isRead && (isFile || site === 'none')))
    return 'another page has caused this request';
  // Every browser gives a POST its Origin.
  if (method !== 'GET' && method !== 'HEAD' && origin === null)
    return 'a request that changes something needs an Origin';
  return null;
}

/** The address that a request came to, which its session has to be of. */
export const originOf = ({ host }: Pick<RequestHead, 'host'>, { scheme }: Served): string => `${scheme}://${host}`;

/** Of every answer. Nothing inline, nothing from elsewhere, in no frame. Pictures: our own, and what a person pastes. */
export const SAFE_HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' blob: data:",
    "font-src 'self'",
    "connect-src 'self'",
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    'trusted-types dompurify',
  ].join('; '),
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'permissions-policy': 'camera=(), geolocation=(), microphone=()',
};
