/** Group C: CONNECT itself (§3.1, §3.2, §4.12). */
import { deepEqual, equal, match } from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { bytes, connect, DISCONNECT, packet, publish, subscribe, text, u32 } from '../bytes.ts';
import type { Case } from '../case.ts';
import { attempt, ownId, subscriber } from '../clients.ts';

const EXPIRY = bytes('11', u32(3600));

const flags = (hex: string): Uint8Array =>
  bytes('10 0f 00 04 4d 51 54 54 05', hex, '00 00 00', text('x'), '00');

/** The cases. */
export const connecting: readonly Case[] = [
  {
    id: 'C01',
    title: 'sockets that say nothing',
    on: 'small',
    note: '`connectTimeout`, 10 s from accept to CONNACK, absolute',
    tries: [
      {
        answer: '2,000 are closed at the deadline, a good client comes in meanwhile',
        play: async (arena) => {
          const silent = Array.from({ length: 2000 }, () => arena.open());
          const [good, connack] = await attempt(arena, { id: ownId() });
          equal(connack, 'CONNACK 0x00');
          await Promise.all(silent.map((peer) => peer.closed()));
          for (const peer of [...silent, good]) peer.cut();
        },
      },
    ],
  },
  {
    id: 'C02',
    title: 'a CONNECT that dribbles',
    on: 'small',
    tries: [
      {
        answer: 'closed at the deadline, which bytes do not move',
        play: async (arena) => {
          const began = performance.now();
          const peer = arena.open();
          const all = connect({ id: 'dribble'.repeat(30) });
          let at = 0;
          const drip = setInterval(() => peer.send(all.subarray(at, ++at)), 50);
          await peer.closed();
          clearInterval(drip);
          equal(performance.now() - began < 5000, true);
          peer.cut();
        },
      },
    ],
  },
  {
    id: 'C03',
    title: 'a second CONNECT',
    tries: [
      { name: '5.0', after: 5, send: connect({ id: 'c03' }), back: ['DISCONNECT 0x82', 'closed'] },
      { name: '3.1.1', after: 4, send: connect({ id: 'c03', version: 4 }), back: ['closed'] },
      {
        name: 'its will',
        answer: 'published',
        play: async (arena) => {
          const seen = await subscriber(arena, 'c03/will');
          const [peer] = await attempt(arena, { id: ownId(), will: { topic: 'c03/will', payload: 'gone' } });
          peer.send(connect({ id: 'c03' }));
          equal(await seen.next(), 'PUBLISH c03/will gone');
          seen.cut();
        },
      },
    ],
  },
  {
    id: 'C04',
    title: 'packets behind CONNECT in one segment',
    tries: [
      {
        send: bytes(connect({ id: 'c04' }), subscribe('c04'), publish('c04', { payload: 'x' })),
        back: ['CONNACK 0x00', 'SUBACK 1 0x00', 'PUBLISH c04 x'],
      },
      {
        name: 'and CONNECT is refused',
        send: bytes(connect({ id: 'c04\n' }), subscribe('c04'), publish('c04', { payload: 'x' })),
        back: ['CONNACK 0x85', 'closed'],
      },
    ],
  },
  {
    id: 'C05',
    title: 'another protocol name or level',
    note: 'who does not say MQTT gets no MQTT back [MQTT-3.1.2-1]',
    tries: [
      {
        name: 'MQTTX',
        send: packet(0x10, text('MQTTX'), '05 02 00 00 00', text('x')),
        back: ['closed'],
      },
      {
        name: 'level 6',
        send: packet(0x10, text('MQTT'), '06 02 00 00 00', text('x')),
        back: ['CONNACK 0x84', 'closed'],
      },
      {
        name: 'MQIsdp level 3 is 3.1',
        send: connect({ version: 3, id: 'c05' }),
        version: 3,
        back: ['CONNACK 0x00'],
      },
    ],
  },
  {
    id: 'C06',
    title: 'the reserved Connect Flag',
    tries: [{ send: flags('03'), back: ['CONNACK 0x81', 'closed'] }],
  },
  {
    id: 'C07',
    title: 'Will Flags that contradict each other',
    tries: [
      { name: 'Will QoS without Will Flag', send: flags('0a'), back: ['CONNACK 0x81', 'closed'] },
      { name: 'Will Retain without Will Flag', send: flags('22'), back: ['CONNACK 0x81', 'closed'] },
      {
        name: 'Will QoS 3',
        send: connect({ id: 'x', flags: 0x1e, will: { topic: 'a' } }),
        back: ['CONNACK 0x81', 'closed'],
      },
      {
        name: 'Will QoS 3 in 3.1.1',
        version: 4,
        send: connect({ version: 4, id: 'x', flags: 0x1e, will: { topic: 'a' } }),
        back: ['closed'],
      },
      {
        name: 'Will Flag without will',
        send: flags('06'),
        back: ['CONNACK 0x81', 'closed'],
      },
    ],
  },
  {
    id: 'C08',
    title: 'a password without a user name',
    tries: [
      { name: '3.1.1', version: 4, send: connect({ version: 4, id: 'x', password: 'p' }), back: ['closed'] },
      { name: '5.0 may', send: connect({ id: 'c08', password: 'p' }), back: ['CONNACK 0x00'] },
    ],
  },
  {
    id: 'C10',
    title: 'an empty client id',
    note: '128 random bits behind `autoClientIdPrefix`',
    tries: [
      {
        name: '3.1.1 that keeps its session',
        version: 4,
        send: connect({ version: 4, clean: false }),
        back: ['CONNACK 0x02', 'closed'],
      },
      {
        name: '5.0',
        answer: 'an id of 128 random bits is assigned',
        play: async (arena) => {
          const ids = new Set<string>();
          for (let n = 0; n < 5; n++) {
            const peer = arena.open().send(connect());
            await peer.received(20);
            const [id] = /[0-9a-f]{32}/.exec(peer.text) ?? [''];
            match(id, /^[0-9a-f]{32}$/);
            ids.add(id);
            peer.cut();
          }
          equal(ids.size, 5);
        },
      },
    ],
  },
  {
    id: 'C11',
    title: 'a client id of 65,535 bytes',
    note: '`maximumClientIdLength`; CONNECT itself is not larger than `maximumPacketSizeBeforeConnect`',
    tries: [
      { send: connect({ id: 'x'.repeat(65_535) }), back: ['closed'] },
      { name: '257', send: connect({ id: 'x'.repeat(257) }), back: ['CONNACK 0x85', 'closed'] },
      { name: '256 are fine', send: connect({ id: 'x'.repeat(256) }), back: ['CONNACK 0x00'] },
    ],
  },
  {
    id: 'C12',
    title: 'client ids that are paths or keys',
    tries: [
      {
        answer: 'each has a session of its own; no file anywhere',
        play: async (arena) => {
          const names = ['../../x', '..\\x', 'CON', 'a/b', 'a_b', '.', 'x_meta', '*', '%00'];
          for (const id of names) {
            const [peer, connack] = await attempt(arena, { id, clean: false, properties: EXPIRY });
            equal(connack, 'CONNACK 0x00', id);
            peer.send(subscribe(`c12/${names.indexOf(id)}`));
            await peer.next();
            peer.send(DISCONNECT);
            await peer.closed();
          }
          for (const [index, id] of names.entries()) {
            const [peer, connack] = await attempt(arena, { id, clean: false });
            equal(connack, 'CONNACK 0x00 present', id);
            peer.send(publish(`c12/${index}`), publish(`c12/${(index + 1) % names.length}`));
            deepEqual(await peer.toPing(), [`PUBLISH c12/${index}`]);
            peer.cut();
          }
          deepEqual(readdirSync(arena.folder.path), ['mqttd.yaml']);
        },
      },
    ],
  },
];
