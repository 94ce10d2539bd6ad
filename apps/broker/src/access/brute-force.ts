/**
 * Failed logins: for one user name from one address the next answers come late, then they are refused for a while
 * without a look at the password; an address that fails for many names is treated likewise, ten times later, so that one
 * misconfigured device does not lock out all that share its address. A login that succeeds clears nothing but its own
 * name. Knows addresses and times, no passwords; bounded: the least recent is forgotten.
 */

/** When logins are slowed and refused. */
export interface BruteForceRules {
  /** Failures within `window` before answers come late. */
  readonly slowAfter: number;
  /** Failures within `window` before more are refused. */
  readonly refuseAfter: number;
  /** ms in which failures are counted. */
  readonly window: number;
  /** ms of refusal; doubled each time it happens again within a day, up to an hour. */
  readonly refuseFor: number;
  /** ms that an answer is late for each failure beyond `slowAfter`, at most ten times that. */
  readonly delay: number;
}

/** Ours: 5 free failures in five minutes, refused for a minute after 20. */
export const STANDARD_RULES: BruteForceRules = {
  slowAfter: 5,
  refuseAfter: 20,
  window: 300_000,
  refuseFor: 60_000,
  delay: 300, // at most 3 s: the broker waits `hookTimeout` for an answer
};

const DAY = 86_400_000;
const LONGEST = 3_600_000;
/** An address may fail so many times more often than one name of it. */
const FOR_ADDRESS = 10;
/** Characters of a name that tell it from others. */
const LONGEST_NAME = 128;
/** Names and addresses that are remembered. */
const MOST = 65_536;

interface Failures {
  count: number;
  since: number;
  refusedUntil: number;
  times: number;
}

/** Watches failures. */
export class BruteForce {
  #rules: BruteForceRules;
  readonly #now: () => number;
  readonly #failures = new Map<string, Failures>();
  /** Logins refused without a look at their password. */
  refused = 0;

  /** @param now ms, never going back */
  constructor(rules: BruteForceRules, now: () => number) {
    this.#rules = rules;
    this.#now = now;
  }

  /** Other rules from now on; who is refused stays so as long as was said. */
  change(rules: BruteForceRules): void {
    this.#rules = rules;
  }

  /** Names and addresses that are refused now. */
  get refusing(): number {
    const now = this.#now();
    let count = 0;
    for (const { refusedUntil } of this.#failures.values()) if (refusedUntil > now) count++;
    return count;
  }

  /** Before a login: ms to wait with it, or `refused`. */
  check(peer: string, username: string | undefined): number | 'refused' {
    const address = addressOf(peer);
    const waits = [this.#wait(keyOf(address, username), 1), this.#wait(address, FOR_ADDRESS)];
    if (waits.includes('refused')) {
      this.refused++;
      return 'refused';
    }
    return Math.max(...waits.map(Number));
  }

  /** A login failed. Returns for how many ms more of them are refused from now on, 0 when they are not. */
  failed(peer: string, username: string | undefined): number {
    const address = addressOf(peer);
    return Math.max(this.#count(keyOf(address, username), 1), this.#count(address, FOR_ADDRESS));
  }

  /** A login was right: that name of that address starts anew. */
  succeeded(peer: string, username: string | undefined): void {
    this.#failures.delete(keyOf(addressOf(peer), username));
  }

  #wait(key: string, factor: number): number | 'refused' {
    const failures = this.#failures.get(key);
    if (failures === undefined) return 0;
    const now = this.#now();
    if (failures.refusedUntil > now) return 'refused';
    if (now - failures.since > this.#rules.window) return 0;
    const beyond = Math.min(10, failures.count / factor - this.#rules.slowAfter);
    return beyond > 0 ? Math.ceil(beyond * this.#rules.delay) : 0;
  }

  #count(key: string, factor: number): number {
    const { window, refuseAfter, refuseFor } = this.#rules;
    const now = this.#now();
    const failures = this.#failures.get(key) ?? { count: 0, since: now, refusedUntil: 0, times: 0 };
    this.#failures.delete(key);
    this.#failures.set(key, failures); // the most recent one last
    if (now - failures.since > window) {
      failures.count = 0;
      if (now - failures.since > DAY) failures.times = 0;
      failures.since = now;
    }
    failures.count++;
    this.#forgetOldest();
    if (failures.count < refuseAfter * factor) return 0;
    const length = Math.min(LONGEST, refuseFor * 2 ** failures.times);
    failures.times++;
    failures.count = 0;
    failures.refusedUntil = now + length;
    return length;
  }

  #forgetOldest(): void {
    if (this.#failures.size <= MOST) return;
    const [oldest] = this.#failures.keys();
    if (oldest !== undefined) this.#failures.delete(oldest);
  }
}

function keyOf(address: string, username: string | undefined): string {
  // Names may have 64 KiB: what is remembered of them is bounded too.
  return `${address}\n${(username ?? '').slice(0, LONGEST_NAME)}`;
}

/** The host of `peer`, without its port; IPv4 as it is written, whatever socket it came through. */
export function hostOf(peer: string): string {
  const colon = peer.lastIndexOf(':');
  const host = colon < 0 ? peer : peer.slice(0, colon);
  return host.replace(/^\[|\]$/g, '').replace(/^::ffff:(?=[0-9.]+$)/i, '');
}

/** What failures are counted for: the host, or the network (/64) of IPv6, because a host has all of it to itself. */
export function addressOf(peer: string): string {
  const host = hostOf(peer);
  if (!host.includes(':')) return host;
  const [head = '', tail] = host.split('::');
  const groups = head === '' ? [] : head.split(':');
  if (tail !== undefined) {
    const last = tail === '' ? [] : tail.split(':');
    while (groups.length + last.length < 8) groups.push('0');
    groups.push(...last);
  }
  return `${groups.slice(0, 4).join(':')}::/64`;
}
