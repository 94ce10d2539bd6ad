/** How much one identity may have. */
import { describe, expect, it } from 'vitest';
import { House, type Wishes } from '../wire/house.ts';

const access = { authenticate: () => true };
const ada = (clientId: string, more: Wishes = {}): Wishes => ({ clientId, username: 'ada', ...more });

describe('maximumConnectionsPerIdentity', () => {
  it('[C19] one more gets 0x97, 3.x 0x03; others get in, and so does ada when one of hers is gone', () => {
    const house = new House({ access, limits: { maximumConnectionsPerIdentity: 2 } });
    const first = house.connect(ada('a'));
    house.connect(ada('b'));
    expect(house.ask(ada('c')).takeShort()).toEqual(['CONNACK 0x97']);
    expect(house.ask(ada('c', { version: 4 })).takeShort()).toEqual(['CONNACK 3']);
    house.connect({ clientId: 'd', username: 'bob' });
    first.cut();
    house.connect(ada('c'));
    expect(house.broker.metrics.connectsRefused).toBe(2);
  });

  it('[C13] [C16] a takeover takes the place of whom it takes over', () => {
    const house = new House({ access, limits: { maximumConnectionsPerIdentity: 1 } });
    house.connect(ada('a'));
    for (let n = 0; n < 5; n++) house.connect(ada('a', { cleanStart: n % 2 === 0 }));
    expect(house.ask(ada('b')).takeShort()).toEqual(['CONNACK 0x97']);
    house.connect(ada('a')).disconnect();
    house.connect(ada('b'));
  });
});

describe('maximumSessionsPerIdentity', () => {
  it('[C19] sessions without a connection count; they can be resumed, and make room when they end', () => {
    const house = new House({ access, limits: { maximumSessionsPerIdentity: 2 } });
    const kept = { cleanStart: false, properties: { sessionExpiryInterval: 100 } };
    for (const id of ['a', 'b']) house.connect(ada(id, kept)).cut();
    expect(house.ask(ada('c')).takeShort()).toEqual(['CONNACK 0x97']);
    house.connect(ada('a', kept)).cut();
    house.connect({ clientId: 'd', username: 'bob' });
    house.advance(101_000);
    house.connect(ada('c'));
    expect(house.broker.sizes.sessions).toBe(2);
  });

  it('0, the default, is any number', () => {
    const house = new House({ access });
    for (let n = 0; n < 100; n++) house.connect(ada(`c${n}`));
    expect(house.broker.sizes.sessions).toBe(100);
  });
});
