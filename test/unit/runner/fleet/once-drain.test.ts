import { expect, it } from 'vitest';
import { createRest } from '#runner/fleet/once-drain.ts';

const never = new Promise<void>(() => {});

it('a lone agent that has nothing to do is at the end', async () => {
  const rest = createRest();
  const place = rest.join();
  rest.begin();
  place.look();
  expect(await place.rest(never)).toBe(true);
});

it('nobody is at the end before all agents have joined', async () => {
  const rest = createRest();
  const first = rest.join();
  first.look();
  const firstRests = first.rest(never);
  const second = rest.join();
  rest.begin();
  second.look();
  second.worked();
  // The second has done something since the first has looked: the first must look again.
  second.look();
  const secondRests = second.rest(never);
  expect(await firstRests).toBe(false);
  first.look();
  expect(await first.rest(never)).toBe(true);
  expect(await secondRests).toBe(true);
});

it('an agent that rests looks again when it is told to, and the others go on resting', async () => {
  const rest = createRest();
  const [first, second] = [rest.join(), rest.join()];
  rest.begin();
  first.look();
  expect(await first.rest(Promise.resolve())).toBe(false);
  first.look();
  const firstRests = first.rest(never);
  second.look();
  expect(await second.rest(never)).toBe(true);
  expect(await firstRests).toBe(true);
});

it('an agent that leaves (it is parked) keeps nobody', async () => {
  const rest = createRest();
  const [first, second] = [rest.join(), rest.join()];
  rest.begin();
  first.look();
  const firstRests = first.rest(never);
  second.leave();
  expect(await firstRests).toBe(true);
});
