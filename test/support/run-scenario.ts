/** One life with one power loss: the engine on power-disk.ts, what is tried again afterwards, and what is broken then. */
import { join } from 'node:path';
import { turnLayout } from '#blackboard/layout.ts';
import { createSpendingReader } from '#blackboard/turns/spending.ts';
import { readCrashWorld } from './evidence.ts';
import { checkCrashes, describeViolations } from './invariants.ts';
import type { Choose } from './memory-files.ts';
import { createPowerDisk, type PowerDisk, PowerLoss, type Site } from './power-disk.ts';
import type { Life } from './scenarios.ts';
import { createHouse, type House } from './simulated-root.ts';

export interface Lived {
  offAt: string;
  violations: string;
}

/** One life with a power loss, at the latest when all is done (`offAt` is '' then). */
export async function live(
  life: Life,
  cutAt: number,
  choose: Choose,
  { broken, note }: { broken?: Site | undefined; note?: (site: Site) => void } = {},
): Promise<Lived> {
  let disk!: PowerDisk;
  const house = await createHouse({
    agents: life.agents ?? ['alpha'],
    ...(life.front ? { front: life.front } : {}),
    ...(life.behaviours ? { behaviours: life.behaviours } : {}),
    disk: nowMs => {
      disk = createPowerDisk({ nowMs, broken });
      return disk;
    },
  });
  await life.before?.(house);
  disk.cutAt(cutAt);
  disk.listen(note ?? null);
  await life.lives(house).catch(error => {
    if (!(error instanceof PowerLoss) && !disk.isOff) throw error;
  });
  // At the first effect that no longer exists, the power goes when all is done.
  const isOver = !disk.isOff;
  const { offAt } = disk;
  const stale = isOver ? await checkCopies(house) : [];
  house.allDied();
  disk.reboot(choose);
  await life.tries?.(house);
  await house.clock.sleep(2 * 60_000);
  await house.run(house.files);
  await house.run(house.files);
  const wrong = await checkRecords(house);
  for (const name of house.scene().agents) await house.files.remove(house.layout(name).parked);
  await house.run(house.files);
  const broke = (await checkCrashes({ ...house.scene(), rotates: life.rotates ?? false })).filter(
    each => !life.except?.test(describeViolations([each])),
  );
  const violations = [describeViolations(broke), ...wrong, ...stale, (await life.after?.(house)) ?? ''];
  return { offAt: isOver ? '' : offAt, violations: violations.filter(text => text !== '').join('\n') };
}

/**
 * What else is promised: the cost of a closed turn stands in the day's file, its park is there and can be read, so can its
 * answer; who is dead has a reason beside it; what goes with a message lies there whole.
 */
async function checkRecords(house: House): Promise<string[]> {
  const wrong: string[] = [];
  const { peers } = await readCrashWorld(house.scene());
  const spending = createSpendingReader(house.files, house.root);
  for (const { name, turns } of peers.values()) {
    const closed = turns.filter(({ isClosed }) => isClosed).map(({ ended }) => ended);
    if (closed.includes(null)) wrong.push(`a turn of ${name} is closed and was never decided`);
    const cost = closed.reduce((sum, ended) => sum + (ended?.costUsd ?? 0), 0);
    const days = new Set(closed.map(ended => ended?.day ?? ''));
    let told = 0;
    for (const day of days) told += (await spending(day)).byAgent.get(name) ?? 0;
    if (Math.abs(told - cost) > 1e-6) wrong.push(`${name} spent ${cost}, and ${told} is written down`);
    const isParked = closed.some(ended => ended?.park);
    const parked = isParked ? await textAt(house, house.layout(name).parked) : '{"code":"none"}';
    if (!parked.includes('"code"')) wrong.push(`the park of ${name} is lost: ${parked}`);
    for (const { number, ended } of turns) {
      const { home } = turnLayout(house.layout(name).turns, number);
      if (!ended || house.scene().ledger.some(({ turn }) => turn === home)) continue;
      if (ended.costUsd > 0 || ended.verdict.kind === 'interrupted')
        wrong.push(`turn ${number} of ${name} is ${ended.verdict.kind} and cost ${ended.costUsd}, and had no child`);
    }
    for (const ended of closed) {
      if (ended?.verdict.kind !== 'answered') continue;
      const { answer } = turnLayout(house.layout(name).turns, ended.turn);
      const text = await textAt(house, answer);
      if (text !== ended.verdict.text) wrong.push(`the answer of turn ${ended.turn} reads ${JSON.stringify(text)}`);
    }
  }
  for (const name of house.scene().agents) {
    const { dead, files, inbox } = house.layout(name).inbox;
    for (const entry of await house.files.list(inbox))
      if (entry.endsWith('.md')) wrong.push(`${entry} was dropped and not taken`);
    for (const entry of await house.files.list(dead))
      if (!/\.(reason|tmp-)/.test(entry) && (await textAt(house, join(dead, `${entry}.reason`))) === '')
        wrong.push(`${entry} is dead without a reason`);
    for (const { message } of peers.get(name)!.placed)
      for (const { name: file, sizeBytes } of message?.attachments ?? [])
        if ((await house.files.facts(join(files, message!.id, file)))?.sizeBytes !== sizeBytes)
          wrong.push(`${file}, which came with ${message!.id}, is lost`);
  }
  return wrong;
}

/** Copies for people are true as long as the power stays: a power loss may leave old ones. */
async function checkCopies(house: House): Promise<string[]> {
  const { peers } = await readCrashWorld(house.scene());
  const wrong: string[] = [];
  for (const name of house.scene().agents) {
    const last = peers.get(name)!.turns.at(-1)?.ended?.session;
    if (last && (await textAt(house, house.layout(name).session)) !== `${JSON.stringify(last)}\n`)
      wrong.push(`session.json of ${name} is not what its last turn decided`);
  }
  return wrong;
}

const textAt = async (house: House, path: string): Promise<string> =>
  new TextDecoder().decode((await house.files.read(path)) ?? new Uint8Array());
