/** Which view the address names, behind the #, and back. A link's word never begins with a slash. Pure. */

export type Route =
  | { view: 'fleet' | 'inbox' | 'board' | 'timeline' | 'dead' | 'costs' | 'new' | 'more' }
  | { view: 'peer'; name: string }
  | { view: 'message'; id: string }
  | { view: 'search'; text: string };

const PLAIN = ['inbox', 'board', 'timeline', 'dead', 'costs', 'new', 'more'] as const;

/** What it does not know is the fleet. */
export function routeOf(hash: string): Route {
  const [, view = '', rest = ''] = /^#\/([a-z]*)(?:\/(.+))?$/.exec(hash) ?? [];
  const named = decoded(rest);
  if (view === 'peers' && named !== '') return { view: 'peer', name: named };
  if (view === 'messages' && named !== '') return { view: 'message', id: named };
  if (view === 'search') return { view: 'search', text: named };
  const plain = PLAIN.find(each => each === view);
  return { view: plain ?? 'fleet' };
}

export function hrefOf(route: Route): string {
  if (route.view === 'peer') return `#/peers/${encodeURIComponent(route.name.toWellFormed())}`;
  if (route.view === 'message') return `#/messages/${encodeURIComponent(route.id.toWellFormed())}`;
  if (route.view === 'search')
    return `#/search${route.text === '' ? '' : `/${encodeURIComponent(route.text.toWellFormed())}`}`;
  return route.view === 'fleet' ? '#/' : `#/${route.view}`;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return '';
  }
}
