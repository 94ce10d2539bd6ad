/** Section 4.13 of 5.0 and 4.8 of 3.1.1: what a malformed packet, a protocol error or a fault of the broker leads to. */
import { describe, expect, it } from 'vitest';
import { MemoryStore } from '../../src/store/index.ts';
import { House } from '../wire/house.ts';
import { kept, subscriber, VERSIONS } from './recorder.ts';

/** Bytes after a CONNECT that was accepted, and the reason code of 5.0; all are wrong in 3.1.1 too. */
const WRONG: readonly (readonly [string, string, number])[] = [
  ['packet type 0', '00 00', 0x81],
  ['a remaining length without end', '30 ff ff ff ff 7f', 0x81],
  ['a topic name that ends behind the packet', '30 05 ff ff 61 62 63', 0x81],
  ['QoS 3', '36 06 00 01 61 00 01 00', 0x81],
  ['packet id 0', '32 06 00 01 61 00 00 00', 0x81],
  ['PINGREQ with a body', 'c0 02 00 00', 0x81],
  ['PUBACK with too much', '40 05 00 01 00 00 00', 0x81],
  ['a second CONNECT', '10 10 00 04 4d 51 54 54 05 02 00 00 00 00 03 61 62 63', 0x82],
  ['CONNACK', '20 03 00 00 00', 0x82],
  ['SUBACK', '90 04 00 01 00 00', 0x82],
  ['UNSUBACK', 'b0 04 00 01 00 00', 0x82],
  ['PINGRESP', 'd0 00', 0x82],
  ['SUBSCRIBE without a filter', '82 03 00 01 00', 0x82],
  ['a wildcard in a topic name', '30 06 00 03 61 2f 2b 00', 0x90],
  ['a packet above the maximum', '30 ff ff ff 7f', 0x95],
];

describe('a malformed packet or protocol error', () => {
  it('5.0 [MQTT-4.13.1-1] [MQTT-4.13.2-1] ends the connection with its reason code, and no other; what was sent behind it is not processed', () => {
    for (const [what, bytes, reasonCode] of WRONG) {
      const house = new House();
      const other = house.connect({ clientId: 'other' });
      const wire = house.connect({ clientId: 'a' }).bytes(`${bytes} 31 05 00 01 74 00 78`);
      expect(wire.take(), what).toMatchObject([{ type: 'DISCONNECT', reasonCode }]);
      expect([wire.isClosed, other.isClosed, house.broker.sizes.retained], what).toEqual([true, false, 0]);
      expect(house.isWell(), what).toBe(true);
    }
  });

  it('5.0 [MQTT-4.13.2-1] ends the connection also when the client takes no packet that could say why', () => {
    for (const wishes of [{}, { clientId: 'x'.repeat(300) }, { will: { topic: '$SYS/x' } }]) {
      const wire = new House().ask({ ...wishes, properties: { maximumPacketSize: 4 } });
      expect([wire.take(), wire.isClosed]).toEqual([[], true]);
    }
  });

  it('3.1.1 [MQTT-4.8.0-1] ends the connection without a word, and no other; what was sent behind it is not processed', () => {
    for (const [what, bytes] of WRONG) {
      const house = new House();
      const other = house.connect({ version: 4, clientId: 'other' });
      const wire = house.connect({ version: 4, clientId: 'a' }).bytes(`${bytes} 31 04 00 01 74 78`);
      expect([wire.take(), wire.isClosed], what).toEqual([[], true]);
      expect([other.isClosed, house.broker.sizes.retained], what).toEqual([false, 0]);
      expect(house.isWell(), what).toBe(true);
    }
  });

  it('5.0 [MQTT-4.13.1-1] 3.1.1 [MQTT-4.8.0-1] loses neither the session nor the will', () => {
    for (const version of VERSIONS) {
      const house = new House();
      const watcher = subscriber(house, { clientId: 'watcher' }, 'will');
      const wire = subscriber(house, kept(version, 'a', { will: { topic: 'will' } }), 't', 1);
      wire.bytes('00 00');
      expect(watcher.takeShort()).toEqual(['PUBLISH will will']);
      house.connect({ clientId: 's' }).publish('t', 'x', 1);
      expect(house.ask(kept(version, 'a')).takeShort()).toEqual(['CONNACK', 'PUBLISH t x q1']);
    }
  });
});

describe('a fault of the broker itself while it handles a packet', () => {
  it('3.1.1 [MQTT-4.8.0-2] closes the connection whose packet it was, without an acknowledgement, and no other', async () => {
    let isBroken = false;
    class BrokenStore extends MemoryStore {
      override get newest(): number {
        if (isBroken) throw new Error('the disk is full');
        return super.newest;
      }
    }
    const store = new BrokenStore();
    const house = await House.opened({ store });
    const other = house.connect({ version: 4, clientId: 'other' });
    const wire = house.connect({ version: 4, clientId: 'a' });
    isBroken = true;
    wire.publish('t', 'x', 1);
    isBroken = false;
    expect([wire.take(), wire.isClosed, other.isClosed]).toEqual([[], true, false]);
    expect(house.errors).toHaveLength(1);
    expect(other.send({ type: 'PINGREQ' }).takeShort()).toEqual(['PINGRESP']);
  });
});
