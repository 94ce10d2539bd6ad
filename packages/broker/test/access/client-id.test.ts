/** An access hook that chooses the client id: which session that is, whose it is, and ids that cannot be. */
import { describe, expect, it } from 'vitest';
import type { Acceptance, Credentials, Refusal } from '../../src/index.ts';
import { House } from '../wire/house.ts';

/** A house where everybody is who they say, under the client id that `choose` makes of it. */
function houseWith(choose: (credentials: Credentials) => Acceptance | Refusal, seen: string[] = []): House {
  const access = {
    authenticate: choose,
    authorizePublish: ({ clientId }: { readonly clientId: string }, topic: string) => {
      seen.push(`${clientId} ${topic}`);
      return true;
    },
  };
  return new House({ access });
}

const byName = ({ username = '' }: Credentials): Acceptance => ({ identity: username, clientId: username });

describe('a client id that access chose', () => {
  it.each([3, 4, 5] as const)('version %i: finds the session, and takes over its connection', (version) => {
    const house = houseWith(byName);
    const session = { version, username: 'alice', cleanStart: false };
    const kept = version === 5 ? { properties: { sessionExpiryInterval: 100 } } : {};
    const first = house.connect({ ...session, ...kept, clientId: 'one' }).subscribe('t', 1);
    const second = house.ask({ ...session, ...kept, clientId: 'two' });
    const [connack] = second.take();
    if (version > 3) expect(connack).toMatchObject({ sessionPresent: true, reasonCode: 0 });
    expect(first.isClosed).toBe(true);
    expect(house.broker.sizes.sessions).toBe(1);
    house.connect({ version: 4, username: 'bob', clientId: 'three' }).publish('t', 'x');
    expect(second.takeShort()).toEqual(['PUBLISH t x']);
  });

  it('is what hooks see, of wills too', () => {
    const seen: string[] = [];
    const house = houseWith(byName, seen);
    house.connect({ username: 'alice', clientId: 'one', will: { topic: 'gone' } }).publish('t', 'x');
    expect(seen).toEqual(['alice gone', 'alice t']);
  });

  it('5.0 [MQTT-3.2.2-16] is told a client that brought none, and nobody else', () => {
    const house = houseWith(byName);
    const [without] = house.ask({ username: 'alice', clientId: '' }).take();
    expect(without).toMatchObject({ properties: { assignedClientIdentifier: 'alice' } });
    const [brought] = house.ask({ username: 'bob', clientId: 'one' }).take();
    expect(brought).toMatchObject({ reasonCode: 0 });
    expect(JSON.stringify(brought)).not.toContain('bob');
  });

  it('[E15] belongs to who made its session: another identity is refused', () => {
    const house = houseWith(({ username = '' }) => ({ identity: username, clientId: 'same' }));
    const first = house.connect({ username: 'alice' });
    expect(house.ask({ username: 'bob' }).takeShort()).toEqual(['CONNACK 0x85']);
    expect(first.isClosed).toBe(false);
  });

  it.each(['', 'a\u0007b', 'a\u0000b', '\ud800', 'x'.repeat(257)])('is refused when it is %j', (clientId) => {
    const house = houseWith(() => ({ identity: 'alice', clientId }));
    const before = house.broker.sizes.sessions;
    expect(house.ask({}).takeShort()).toEqual(['CONNACK 0x85']);
    expect(house.broker.sizes.sessions).toBe(before);
  });

  it('stays the client’s own when nothing is chosen', () => {
    const seen: string[] = [];
    const house = houseWith(() => ({ identity: 'alice' }), seen);
    house.connect({ clientId: 'one' }).publish('t', 'x');
    expect(seen).toEqual(['one t']);
  });

  it.each([{ identity: 7 }, { clientId: 'x' }, { identity: 'x', clientId: 7 }, { identity: 'x', more: 1 }])(
    'an answer that means nothing is a no: %j',
    (answer) => {
      const house = houseWith(() => answer as never);
      expect(house.ask({}).takeShort()).toEqual(['CONNACK 0x86']);
      expect(house.broker.metrics.hooksFailed).toBe(1);
    },
  );

  it('may be chosen by an authentication method, and is not told in AUTH', () => {
    const seen: string[] = [];
    const method = () => () => ({ reasonCode: 0, identity: 'alice', clientId: 'alice' }) as const;
    const authorizePublish = ({ clientId }: { readonly clientId: string }): boolean =>
      seen.push(clientId) > 0;
    const house = new House({ access: { enhanced: { M: method }, authorizePublish } });
    const wire = house
      .connect({ clientId: 'one', properties: { authenticationMethod: 'M' } })
      .publish('t', 'x');
    wire.send({ type: 'AUTH', reasonCode: 0x19, properties: { authenticationMethod: 'M' } });
    expect(wire.takeShort()).toEqual(['AUTH']);
    expect(seen).toEqual(['alice']);
  });
});
