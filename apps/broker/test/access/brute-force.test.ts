/** Failed logins are slowed, then refused; by name and address, and in bounded memory. */
import { describe, expect, it } from 'vitest';
import { addressOf, BruteForce, hostOf, STANDARD_RULES } from '../../src/access/brute-force.ts';

function watch(): { readonly guard: BruteForce; readonly pass: (ms: number) => void } {
  let now = 0;
  const guard = new BruteForce(STANDARD_RULES, () => now);
  return { guard, pass: (ms) => (now += ms) };
}

const fail = (guard: BruteForce, times: number, name = 'alice', peer = '10.0.0.1:1'): number[] =>
  Array.from({ length: times }, () => guard.failed(peer, name));

describe('BruteForce', () => {
  it('lets five failures pass, then answers later each time', () => {
    const { guard } = watch();
    expect(guard.check('10.0.0.1:1', 'alice')).toBe(0);
    fail(guard, 5);
    expect(guard.check('10.0.0.1:2', 'alice')).toBe(0);
    const waits = [6, 7, 8].map(() => {
      fail(guard, 1);
      return guard.check('10.0.0.1:3', 'alice');
    });
    expect(waits).toEqual([300, 600, 900]);
    fail(guard, 11);
    expect(guard.check('10.0.0.1:1', 'alice')).toBe(3000);
  });

  it('refuses after twenty for a minute, then for two, for an hour at most; other names and addresses go on', () => {
    const { guard, pass } = watch();
    expect(fail(guard, 20).at(-1)).toBe(60_000);
    expect([guard.check('10.0.0.1:9', 'alice'), guard.refusing, guard.refused]).toEqual(['refused', 1, 1]);
    expect([guard.check('10.0.0.1:9', 'bob'), guard.check('10.0.0.2:9', 'alice')]).toEqual([0, 0]);
    pass(60_000);
    expect([guard.check('10.0.0.1:9', 'alice'), guard.refusing]).toEqual([0, 0]);
    expect(fail(guard, 20).at(-1)).toBe(120_000);
    const last = Array.from({ length: 6 }, () => {
      pass(3_600_000);
      return fail(guard, 20).at(-1);
    });
    expect(last.at(-1)).toBe(3_600_000);
  });

  it('an address that fails for many names is refused for all of them', () => {
    const { guard } = watch();
    for (let name = 0; name < 199; name++) guard.failed('10.0.0.1:1', `user${name}`);
    expect(guard.check('10.0.0.1:1', 'somebody')).toBeGreaterThan(0);
    expect(guard.failed('10.0.0.1:1', 'user199')).toBe(60_000);
    expect(guard.check('10.0.0.1:1', 'somebody')).toBe('refused');
  });

  it('a success clears its own name and nothing else', () => {
    const { guard } = watch();
    fail(guard, 10);
    fail(guard, 10, 'bob');
    guard.succeeded('10.0.0.1:5', 'alice');
    expect(guard.check('10.0.0.1:1', 'alice')).toBe(0);
    expect(guard.check('10.0.0.1:1', 'bob')).toBe(1500);
  });

  it('failures of the last five minutes count', () => {
    const { guard, pass } = watch();
    fail(guard, 10);
    pass(STANDARD_RULES.window + 1);
    expect(guard.check('10.0.0.1:1', 'alice')).toBe(0);
    expect(fail(guard, 10).at(-1)).toBe(0);
  });

  it('remembers so many and no more', () => {
    const { guard } = watch();
    fail(guard, 20, 'first', '1.1.1.1:1');
    for (let n = 0; n < 70_000; n++) guard.failed(`10.${n >> 16}.${(n >> 8) & 255}.${n & 255}:1`, 'x');
    expect(guard.check('1.1.1.1:1', 'first')).toBe(0);
  });
});

describe('addressOf', () => {
  it.each([
    ['10.0.0.1:1883', '10.0.0.1', '10.0.0.1'],
    ['::ffff:10.0.0.1:50000', '10.0.0.1', '10.0.0.1'],
    ['2001:db8:1:2:3:4:5:6:1883', '2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8::6:1883', '2001:db8::6', '2001:db8:0:0::/64'],
    ['::1:1883', '::1', '0:0:0:0::/64'],
    ['', '', ''],
  ])('%j is host %j of %j', (peer, host, address) => {
    expect([hostOf(peer), addressOf(peer)]).toEqual([host, address]);
  });
});
