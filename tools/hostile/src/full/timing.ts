/** D04 at full size: 2,000 tries for a user that there is and one that there is not; do the medians tell them apart? */
import { equal } from 'node:assert/strict';
import type { Arena } from '../arena.ts';
import { ownId } from '../clients.ts';
import { setups } from '../setups.ts';
import { type FullCase, faultsOf, median, type Verdict } from './verdict.ts';

const TRIES = 2000;
/** How far apart medians may be. */
const BOUND = 0.05;

/** ms from CONNECT to CONNACK; the connection is there before. */
async function timeOf(arena: Arena, username: string): Promise<number> {
  const peer = arena.open('tcp');
  await new Promise((resolve) => peer.socket.once('connect', resolve));
  const began = performance.now();
  const connack = await peer.hello({ id: ownId(), username, password: 'wrong' });
  const took = performance.now() - began;
  peer.cut();
  equal(connack, 'CONNACK 0x86');
  return took;
}

async function play(arena: Arena, scale: number): Promise<Verdict> {
  // The same user again is what the machine alone makes of it.
  const series = [
    ['alice', []],
    ['nobody', []],
    ['alice', []],
  ] as const satisfies readonly (readonly [string, number[]])[];
  const times = series.map(([user]) => ({ user, ms: [] as number[] }));
  for (let n = 0; n < TRIES * scale; n++) {
    // Another one first each time, so that none always follows the same.
    for (let at = 0; at < times.length; at++) {
      const one = times[(n + at) % times.length];
      one?.ms.push(await timeOf(arena, one.user));
    }
  }
  const [known = 0, unknown = 0, again = 0] = times.map(({ ms }) => median(ms));
  const apart = Math.abs(unknown / known - 1);
  const floor = Math.abs(again / known - 1);
  const percent = (part: number): string => `${(part * 100).toFixed(2)} %`;
  return {
    numbers: [
      `medians of ${TRIES * scale}: known ${known.toFixed(3)} ms, unknown ${unknown.toFixed(3)} ms, apart by ${percent(apart)}`,
      `noise: the known user a second time ${again.toFixed(3)} ms, apart by ${percent(floor)}`,
    ],
    faults: faultsOf({
      [`the medians are apart by ${percent(BOUND)} at most, or by what the same user is from itself`]:
        apart <= Math.max(BOUND, floor),
    }),
  };
}

/** The case. */
export const timing: FullCase = {
  id: 'D04',
  title: '2,000 wrong passwords for a user that there is, and for one that there is not',
  setup: {
    ...setups.secured,
    listeners: ['tcp', 'anonymous', 'jwt', 'ws'],
    yaml: setups.secured?.yaml ?? '',
  },
  play,
};
