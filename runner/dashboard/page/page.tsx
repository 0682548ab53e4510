/** The page's beginning: opens the session that its link gives, and shows the fleet. */
import { render } from 'preact';
import './page.css';
import { hasSession, openByLink } from './server.ts';

async function begin(): Promise<void> {
  await openByLink();
  render(<p>{hasSession() ? 'open' : 'not opened yet'}</p>, document.getElementById('page')!);
}

void begin();
