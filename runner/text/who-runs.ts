/** Describes a runner to people: its pid, where that is if not here, and since when. */
import { isElsewhere, type ProcessIdentity } from '#blackboard/system/process-identity.ts';
import { placeText } from '#blackboard/system/process-place.ts';
import { instantText } from '#runner/text/terminal.ts';

/** `pid 7, since 09:12`; `pid 7 in another container or host (build-1), since 09:12`. */
export const whoRuns = ({ identity, startedAt }: { identity: ProcessIdentity; startedAt: string }): string =>
  `${pidText(identity)}, since ${instantText(Date.parse(startedAt), Date.now())}`;

export const pidText = (identity: ProcessIdentity): string =>
  `pid ${identity.pid}${isElsewhere(identity) ? ` in ${placeText(identity.place)}` : ''}`;

/** What is true of every runner that is not visible from here. */
export const takenOverLater = 'If that one is gone, try again in a minute: it is then taken over.';
