/**
 * How often one may come: token buckets, one over all and one for each address. A bucket is a number, the moment at
 * which it is full again, so a thousand addresses are a thousand numbers; full ones are forgotten. Time is an argument.
 */

/** `answer`: there is no token, but one of as many that pay for an answer. */
export type Rating = 'admit' | 'answer' | 'cut';

/** Tokens that come back each second, 0 for no limit, and how many a full bucket has. */
export interface Rate {
  readonly perSecond: number;
  readonly burst: number;
}

/** Addresses that are remembered; beyond it, new ones are held to the rate over all only. */
const MAXIMUM_ADDRESSES = 100_000;
/** ms between two searches for full buckets. */
const SWEEP = 1000;
/** ms; what adding fractions may lose. */
const TOLERANCE = 0.001;

/** The moments at which the two buckets of somebody are full: for being admitted, for being answered. */
interface Buckets {
  admit: number;
  answer: number;
}

/** Rates every arrival. */
export class Rates {
  #each: Rate;
  #all: Rate;
  readonly #total: Buckets = { admit: 0, answer: 0 };
  readonly #addresses = new Map<string, Buckets>();
  #swept = 0;

  constructor(each: Rate, all: Rate) {
    this.#each = each;
    this.#all = all;
  }

  /** Other rates, for arrivals from now on. */
  change(each: Rate, all: Rate): void {
    this.#each = each;
    this.#all = all;
  }

  /** Addresses that are remembered now. */
  get size(): number {
    return this.#addresses.size;
  }

  /** Takes the tokens of one arrival from `peer` at `now` ms. One address that floods costs the others none. */
  rate(peer: string, now: number): Rating {
    const buckets = this.#each.perSecond === 0 ? undefined : this.#bucketsOf(addressOf(peer), now);
    const own = buckets === undefined ? 'admit' : take(buckets, this.#each, now);
    if (own === 'cut' || this.#all.perSecond === 0) return own;
    if (own === 'answer') return takeOne(this.#total, 'answer', this.#all, now) ? 'answer' : 'cut';
    return take(this.#total, this.#all, now);
  }

  #bucketsOf(address: string, now: number): Buckets | undefined {
    const known = this.#addresses.get(address);
    if (known !== undefined) return known;
    if (this.#addresses.size >= MAXIMUM_ADDRESSES || now - this.#swept >= SWEEP) this.#sweep(now);
    if (this.#addresses.size >= MAXIMUM_ADDRESSES) return undefined;
    const buckets = { admit: 0, answer: 0 };
    this.#addresses.set(address, buckets);
    return buckets;
  }

  #sweep(now: number): void {
    if (now - this.#swept < SWEEP) return;
    this.#swept = now;
    for (const [address, { admit, answer }] of this.#addresses)
      if (admit <= now && answer <= now) this.#addresses.delete(address);
  }
}

function take(buckets: Buckets, rate: Rate, now: number): Rating {
  if (takeOne(buckets, 'admit', rate, now)) return 'admit';
  return takeOne(buckets, 'answer', rate, now) ? 'answer' : 'cut';
}

function takeOne(buckets: Buckets, which: keyof Buckets, { perSecond, burst }: Rate, now: number): boolean {
  const interval = 1000 / perSecond;
  const full = Math.max(buckets[which], now);
  if (full - now > interval * (burst - 1) + TOLERANCE) return false;
  buckets[which] = full + interval;
  return true;
}

/** Who counts as one: an IPv4 address, the /64 network of an IPv6 address, anything else as it stands. */
export function addressOf(peer: string): string {
  const [, six, other = peer] = /^(?:\[([^\]]+)\]|([^:]*)):\d+$/.exec(peer) ?? [];
  if (six === undefined) return other;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(six);
  if (mapped?.[1] !== undefined) return mapped[1];
  const [head = '', tail] = six.replace(/%.*$/, '').split('::');
  const groups = head === '' ? [] : head.split(':');
  const behind = tail === undefined || tail === '' ? [] : tail.split(':');
  if (tail !== undefined) while (groups.length + behind.length < 8) groups.push('0');
  return `${[...groups, ...behind].slice(0, 4).join(':')}::/64`;
}
