/** What a run is made of, as a seed chooses it: how often the broker dies, its options and bounds, what its clients are like. */
import type { Way } from './actor.ts';

/** Chances are of a step. */
export interface Conditions {
  /** false: a broker without a store, which does not die. */
  readonly isStored: boolean;
  readonly crash: number;
  /** The disk has no room for a while. */
  readonly full: number;
  /** The disk fails to sync; then the broker dies. */
  readonly fail: number;
  /** Messages are asked about, and the oldest open question is answered; 0: nobody asks. */
  readonly answer: number;
  /** A client reads nothing for a while. */
  readonly freeze: number;
  /** Longest payload in bytes. */
  readonly largest: number;
  readonly isUpgraded: boolean;
  readonly queueQoS0: boolean;
  readonly maximumInflight: number;
  readonly maximumOutgoingBytes: number;
}

/** Chooses. */
export function conditionsFrom(random: () => number): Conditions {
  const chance = (share: number): boolean => random() < share;
  const isStored = chance(0.85);
  const isDying = isStored && chance(0.85);
  const isSlow = chance(0.3);
  return {
    isStored,
    crash: isDying ? 0.01 : 0,
    full: isStored && chance(0.2) ? 0.01 : 0,
    fail: isDying && chance(0.2) ? 0.004 : 0,
    answer: chance(0.25) ? 0.02 + random() * 0.2 : 0,
    freeze: isSlow ? 0.03 : 0,
    largest: isSlow ? 6000 : 0,
    isUpgraded: chance(0.15),
    queueQoS0: chance(0.2),
    maximumInflight: 1 + Math.floor(random() * (chance(0.2) ? 30 : 6)),
    maximumOutgoingBytes: isSlow ? 16_384 : 1_048_576,
  };
}

/** How one connection is made. */
export function wayFrom(
  random: () => number,
  { freeze }: Conditions,
  isClean: boolean,
  wantsWill: boolean,
): Way {
  const isSlow = freeze > 0;
  return {
    largestChunk: isSlow ? 100 + Math.floor(random() * 4000) : 300,
    highWaterMark: isSlow ? 300 : 65_536,
    receiveMaximum: 1 + Math.floor(random() * (isSlow ? 30 : 6)),
    topicAliasMaximum: Math.floor(random() * 4),
    isClean,
    wantsWill,
  };
}
