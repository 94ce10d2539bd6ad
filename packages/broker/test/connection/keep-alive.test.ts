/** Silence: when it ends a connection. */
import { describe, expect, it } from 'vitest';
import { House } from '../wire/house.ts';

describe('keep alive', () => {
  it('5.0 [MQTT-3.1.2-22] [C25] ends a client that is silent for 1.5 times as long, with 0x8d', () => {
    const house = new House();
    const wire = house.connect({ keepAlive: 10 });
    house.advance(14_900);
    expect(wire.isClosed).toBe(false);
    house.advance(300);
    expect(wire.takeShort()).toEqual(['DISCONNECT 0x8d']);
    expect(wire.isClosed).toBe(true);
    expect(house.broker.metrics.keepAliveTimeouts).toBe(1);
  });

  it('3.1.1 [MQTT-3.1.2-24] ends it without a word', () => {
    const house = new House();
    const wire = house.connect({ version: 4, keepAlive: 10 });
    house.advance(15_200);
    expect([wire.take(), wire.isClosed]).toEqual([[], true]);
  });

  it('5.0 [MQTT-3.12.4-1] 3.1.1 [MQTT-3.12.4-1] any packet moves the deadline; PINGREQ is answered', () => {
    const house = new House();
    const wire = house.connect({ version: 4, keepAlive: 10 });
    for (let i = 0; i < 5; i++) {
      house.advance(14_000);
      wire.send({ type: 'PINGREQ' });
    }
    expect(wire.takeShort()).toEqual(Array(5).fill('PINGRESP'));
    house.advance(14_000);
    wire.publish('a', 'b');
    house.advance(14_000);
    expect(wire.isClosed).toBe(false);
    house.advance(1500);
    expect(wire.isClosed).toBe(true);
  });

  it('[C25] 0 is for ever, 65,535 is 27 hours', () => {
    const house = new House();
    const never = house.connect({ clientId: 'a', keepAlive: 0 });
    const long = house.connect({ clientId: 'b', keepAlive: 65_535 });
    house.advance(98_000_000);
    expect([never.isClosed, long.isClosed]).toEqual([false, false]);
    house.advance(400_000);
    expect([never.isClosed, long.isClosed]).toEqual([false, true]);
  });

  it('5.0 [MQTT-3.2.2-22] the server keep alive counts, where one was sent', () => {
    const house = new House({ limits: { maximumKeepAlive: 10 } });
    const wire = house.connect({ keepAlive: 600 });
    house.advance(15_200);
    expect(wire.isClosed).toBe(true);
  });

  it('[G10] a thousand connections need one alarm of the clock', () => {
    const house = new House();
    for (let i = 0; i < 1000; i++) house.connect({ clientId: `c${i}`, keepAlive: 60 });
    expect(house.clock.pending).toBe(1);
    house.advance(90_200);
    expect(house.broker.sizes.connections).toBe(0);
  });
});
