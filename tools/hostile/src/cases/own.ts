/** Group N: what the list misses, against what only our broker has. Their table is own-cases.tsv. */
import { equal } from 'node:assert/strict';
import { bytes, u32 } from '../bytes.ts';
import type { Case } from '../case.ts';
import { attempt, client, ownId } from '../clients.ts';

const EXPIRY = bytes('11', u32(3600));

/** The cases. */
export const own: readonly Case[] = [
  {
    id: 'N01',
    title: 'wills without end',
    on: 'tight',
    note: '`maximumWillBytes`; wills that wait for their delay count, one in place of an earlier one of its session does not count twice',
    tries: [
      {
        answer: 'CONNACK 0x97 beyond the bound; a session may replace its own, who brings no will comes in',
        play: async (arena) => {
          const will = {
            topic: 'n01',
            payload: 'x'.repeat(9000),
            properties: bytes('18', u32(0xffff_ffff)),
          };
          const kept = { clean: false, properties: EXPIRY, will };
          const found: string[] = [];
          const first = ownId();
          for (const id of [first, ...Array.from({ length: 19 }, ownId)]) {
            const [peer, connack] = await attempt(arena, { id, ...kept });
            found.push(connack);
            peer.cut(); // without DISCONNECT: the will waits
          }
          equal(found.filter((connack) => connack === 'CONNACK 0x00').length, 11);
          equal(found.at(-1), 'CONNACK 0x97');
          const [again, connack] = await attempt(arena, { id: first, ...kept });
          equal(connack, 'CONNACK 0x00 present');
          const [three, old] = await attempt(arena, {
            version: 4,
            id: ownId(),
            will: { ...will, properties: '' },
          });
          equal(old, 'CONNACK 0x03');
          const good = await client(arena);
          for (const peer of [again, three, good]) peer.cut();
        },
      },
    ],
  },
];
