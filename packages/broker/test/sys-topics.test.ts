/** $SYS/broker/...: Mosquitto's names, retained, at an interval, hidden from wildcards. */
import { describe, expect, it } from 'vitest';
import { createBroker } from '../src/index.ts';
import { House, type Wire } from './wire/house.ts';

function values(wire: Wire): Map<string, string> {
  const found = new Map<string, string>();
  for (const packet of wire.take()) {
    if (packet.type === 'PUBLISH')
      found.set(packet.topic.replace('$SYS/broker/', ''), new TextDecoder().decode(packet.payload));
  }
  return found;
}

describe('$SYS', () => {
  it('tells version, uptime, clients, messages, bytes and loads', () => {
    const house = new House({ sysInterval: 10, version: 'test 1.0' });
    const wire = house.connect({ clientId: 'w' }).subscribe('$SYS/#');
    const first = values(wire);
    expect(first.get('version')).toBe('test 1.0');
    expect(first.get('uptime')).toBe('0 seconds');
    for (let n = 0; n < 10; n++)
      house.connect({ clientId: `c${n}`, properties: { sessionExpiryInterval: 99 } }).publish('t', 'x');
    house.broker.disconnect('c3');
    house.settle();
    house.advance(10_200);
    const then = values(wire);
    expect(then.get('uptime')).toBe('10 seconds');
    expect(then.get('clients/connected')).toBe('10');
    expect(then.get('clients/disconnected')).toBe('1');
    expect(then.get('clients/total')).toBe('11');
    expect(then.get('publish/messages/received')).toBe('10');
    expect(then.get('subscriptions/count')).toBe('1');
    expect(Number(then.get('bytes/received'))).toBeGreaterThan(100);
    expect(Number(then.get('load/publish/received/1min'))).toBeGreaterThan(
      Number(then.get('load/publish/received/15min')),
    );
    expect(then.has('version')).toBe(false);
  });

  it('[B16] is hidden from # and +, and clients may not publish to it', () => {
    const house = new House({ sysInterval: 10 });
    const wire = house.connect().subscribe('#').subscribe('+/broker/#');
    wire.publish('$SYS/broker/version', 'mine', 1, { retain: true });
    house.advance(11_000);
    expect(wire.takeShort()).toEqual(['SUBACK 0', 'SUBACK 0', 'PUBACK 0x90']);
  });

  it('is off unless asked for, and the interval is checked', () => {
    expect(new House().broker.sizes.retained).toBe(0);
    expect(() => createBroker({ sysInterval: -1 })).toThrow('sysInterval must be 0 to 86400 s, not -1');
  });
});
