/**
 * How the plays of a plan are divided: by broker, by what may go at the same time, and by who waits for the same restart.
 * Knows plays alone; starts nothing.
 */
import { departureOf } from '../departures.ts';
import type { Broker } from '../peers/peer.ts';
import { hasRestart, type Play } from './plan.ts';

/** A play whose programs are dear to start counts as so many. */
const DEAR = 3;
/** Turns of others before a broker that is slow to start has its first: it takes as long as some hundred plays. */
const HEAD_START = 60;

/** What one broker has to do. */
export interface Part {
  readonly broker: Broker;
  readonly swift: readonly Play[];
  readonly slow: readonly Play[];
  readonly timed: readonly Play[];
  readonly restarts: readonly Play[];
  /** Known departures, played one by one at a broker where nothing else is: other traffic can heal them. */
  readonly departing: readonly Play[];
}

/** What each broker of these has to do. */
export function partsOf(plays: readonly Play[]): Part[] {
  return [...new Set(plays.map(({ broker }) => broker))].map((broker) => {
    const own = plays.filter((one) => one.broker === broker);
    const restarts = own.filter(({ scenario }) => hasRestart(scenario));
    const others = own.filter((one) => !restarts.includes(one));
    const departing = others.filter((one) => departureOf(one)?.isSometimes === false);
    const rest = others.filter((one) => !departing.includes(one));
    return {
      broker,
      restarts,
      departing,
      timed: rest.filter(({ scenario }) => scenario.isTimed === true),
      slow: rest.filter(({ scenario }) => scenario.isSlow === true && scenario.isTimed !== true),
      swift: rest.filter(({ scenario }) => scenario.isSlow !== true && scenario.isTimed !== true),
    };
  });
}

/** Plays that have one broker started again together. */
export interface Group {
  readonly broker: Broker;
  readonly plays: readonly Play[];
}

/** All of them, of as many plays as weigh so much at most. */
export function groupsOf(parts: readonly Part[], size: number): Group[] {
  return parts.flatMap(({ broker, restarts }) => {
    const groups: Play[][] = [];
    let room = 0;
    for (const play of restarts) {
      if (room < weightOf(play)) groups.push([]);
      room = (room < weightOf(play) ? size : room) - weightOf(play);
      groups.at(-1)?.push(play);
    }
    return groups.map((plays) => ({ broker, plays }));
  });
}

/** As how many plays it counts among those that go at once. */
export function weightOf({ writer, reader }: Play): number {
  return writer.isDear === true || reader.isDear === true ? DEAR : 1;
}

/** One of each list in turns: no broker has all the work at once. Whose turn is undefined is passed over. */
export function inTurns<T>(lists: readonly (readonly (T | undefined)[])[]): T[] {
  const longest = Math.max(0, ...lists.map(({ length }) => length));
  return Array.from({ length: longest }, (_, index) => lists.flatMap((list) => list[index] ?? [])).flat();
}

/** Plays with so many empty turns before them that nobody waits for their broker to start. */
export function later(plays: readonly Play[], { broker }: Part): readonly (Play | undefined)[] {
  return broker.isSlowToStart === true
    ? [...Array.from({ length: HEAD_START }, () => undefined), ...plays]
    : plays;
}
