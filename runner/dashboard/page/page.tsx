/** The page's beginning: opens the session that its link gives, then shows what the address names. */
import { render } from 'preact';
import './styles/all.css';
import { listenForKeys } from './keys.ts';
import { routeOf } from './route.ts';
import { openByLink } from './server.ts';
import { Shell } from './shell.tsx';
import { openPage, refusalOf, route } from './state.ts';
import { applyTheme } from './theme.ts';

async function begin(): Promise<void> {
  applyTheme();
  listenForKeys();
  render(<Shell />, document.getElementById('page')!);
  const why = await openByLink().then(() => null, refusalOf);
  route.set(routeOf(location.hash));
  // A session from before may still count, whatever the link says.
  await openPage(why);
}

void begin();
