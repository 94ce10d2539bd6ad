/** Groups C and N: enhanced authentication (§4.12), SCRAM-SHA-256 spoken by hand. */
import { deepEqual, equal, match } from 'node:assert/strict';
import type { Arena } from '../arena.ts';
import { bytes, type Hello, packet, text, times } from '../bytes.ts';
import type { Case } from '../case.ts';
import { attempt, ownId } from '../clients.ts';
import type { Peer } from '../peer.ts';
import { SCRAM_USER, scramProof } from '../secrets.ts';

const SCRAM = 'SCRAM-SHA-256';
const NONCE = 'fyko+d2lbbFgONRv9qkxdawL';
const FIRST = `n=${SCRAM_USER.username},r=${NONCE}`;

/** AUTH with this reason code (§3.15). */
function auth(code: string, data: string | undefined, method = SCRAM): Uint8Array {
  const properties = bytes('15', text(method), data === undefined ? '' : bytes('16', text(data)));
  const length = properties.length;
  return packet(
    0xf0,
    code,
    Uint8Array.of(...(length < 128 ? [length] : [(length & 127) | 128, length >> 7])),
    properties,
  );
}

/** CONNECT that opens an exchange. */
function opening(data: string | undefined, method = SCRAM): Hello {
  const properties = bytes('15', text(method), data === undefined ? '' : bytes('16', text(data)));
  return { id: ownId(), properties };
}

/** The Authentication Data of the AUTH or CONNACK that came last. */
function dataOf(peer: Peer): string {
  const bytesOf = peer.packet;
  const at = bytesOf.indexOf(bytes('15', text(SCRAM))) + 3 + SCRAM.length;
  return bytesOf[at] === 0x16 ? bytesOf.toString('utf8', at + 3, at + 3 + bytesOf.readUInt16BE(at + 1)) : '';
}

/** A client whose exchange went through. */
async function proven(arena: Arena): Promise<Peer> {
  const [peer, answer] = await attempt(arena, opening(`n,,${FIRST}`));
  equal(answer, 'AUTH 0x18');
  peer.send(auth('18', scramProof(FIRST, dataOf(peer))));
  equal(await peer.next(), 'CONNACK 0x00');
  match(dataOf(peer), /^v=/);
  return peer;
}

/** The cases. */
export const exchanges: readonly Case[] = [
  {
    id: 'C24',
    title: 'AUTH without end',
    on: 'secured',
    note: '`maximumAuthenticationRounds`, `maximumAuthenticationBytes`, `connectTimeout`',
    tries: [
      {
        name: 'the right proof, and again in the same connection',
        answer: 'CONNACK 0x00; AUTH 0x00',
        play: async (arena) => {
          const peer = await proven(arena);
          peer.send(auth('19', `n,,${FIRST}`));
          equal(await peer.next(), 'AUTH 0x18');
          peer.send(auth('18', scramProof(FIRST, dataOf(peer))));
          equal(await peer.next(), 'AUTH 0x00');
          deepEqual(await peer.toPing(), []);
          peer.cut();
        },
      },
      {
        name: 'a step that is none, again and again',
        answer: 'CONNACK 0x87 for the first',
        play: async (arena) => {
          const [peer, answer] = await attempt(arena, opening(`n,,${FIRST}`));
          equal(answer, 'AUTH 0x18');
          peer.send(times(20, auth('18', undefined)));
          deepEqual(await peer.toEnd(), ['CONNACK 0x87', 'closed']);
          peer.cut();
        },
      },
      {
        name: 'the second step never comes',
        answer: 'closed at `connectTimeout`',
        play: async (arena) => {
          const [peer, answer] = await attempt(arena, opening(`n,,${FIRST}`));
          equal(answer, 'AUTH 0x18');
          equal((await peer.toEnd()).at(-1), 'closed');
          peer.cut();
        },
      },
      {
        name: 'anew with another method',
        answer: '`DISCONNECT 0x82`',
        play: async (arena) => {
          const peer = await proven(arena);
          peer.send(auth('19', 'x', 'PLAIN'));
          deepEqual(await peer.toEnd(), ['DISCONNECT 0x82', 'closed']);
          peer.cut();
        },
      },
      {
        name: 'anew where nothing was negotiated',
        after: { username: 'alice', password: 'Open-Sesame' },
        send: packet(0xf0, '19 04 15 00 01 61'),
        back: ['DISCONNECT 0x82', 'closed'],
      },
      {
        name: 'anew before the last one ended',
        answer: '`DISCONNECT 0x82`',
        play: async (arena) => {
          const peer = await proven(arena);
          peer.send(times(50, auth('19', `n,,${FIRST}`)));
          const all = await peer.toEnd();
          deepEqual(all.slice(-2), ['DISCONNECT 0x82', 'closed']);
          equal(all.length <= 3, true, all.join());
          peer.cut();
        },
      },
    ],
  },
  {
    id: 'N22',
    title: 'SCRAM with anything in it',
    on: 'secured',
    note: 'who does not exist is asked like who does, and fails with the proof',
    tries: [
      {
        name: 'first words that are none',
        answer: 'CONNACK 0x87 or 0x86, closed; or cut by a bound',
        play: async (arena) => {
          for (const first of [
            '',
            'n',
            'n,,',
            `n,,n=${SCRAM_USER.username}`,
            `n,,n=${SCRAM_USER.username},r=`,
            `n,,r=${NONCE},n=${SCRAM_USER.username}`,
            `p=tls-unique,,${FIRST}`,
            `y,a=somebody,${FIRST}`,
            `n,,m=ext,${FIRST}`,
            `n,,n=a=XXb,r=${NONCE}`,
            `n,,n=\u0000,r=${NONCE}`,
            `n,,n=${SCRAM_USER.username},r=a,b=c\n`,
            `n,,n=${'x'.repeat(12_000)},r=${NONCE}`,
            `n,,n=${SCRAM_USER.username},r=${'x'.repeat(15_000)}`,
          ]) {
            const [peer, answer] = await attempt(arena, opening(first));
            const wanted = ['CONNACK 0x86', 'CONNACK 0x87', 'CONNACK 0x97', 'AUTH 0x18'];
            equal(wanted.includes(answer), true, `${first.slice(0, 40)}: ${answer}`);
            if (answer === 'AUTH 0x18') {
              peer.send(auth('18', 'c=biws,r=x,p=AAAA'));
              equal((await peer.next()).startsWith('CONNACK 0x8'), true, first.slice(0, 40));
            }
            peer.cut();
          }
        },
      },
      {
        name: 'last words that are none',
        answer: 'CONNACK 0x86 or 0x87, also for the proof of another exchange',
        play: async (arena) => {
          let stolen = 'c=biws,r=x,p=AAAA';
          for (const spoil of [
            () => stolen,
            (proof: string) => proof.replace('c=biws', 'c=eSws'),
            (proof: string) => proof.replace(/r=[^,]*/, 'r='),
            (proof: string) => proof.replace(/p=./, (found) => (found === 'p=A' ? 'p=B' : 'p=A')),
            (proof: string) => `${proof},x=1`,
            (proof: string) => proof.replace(/p=.*/, `p=${'A'.repeat(12_000)}`),
            () => '',
          ]) {
            const [peer, answer] = await attempt(arena, opening(`n,,${FIRST}`));
            equal(answer, 'AUTH 0x18');
            const proof = scramProof(FIRST, dataOf(peer));
            peer.send(auth('18', spoil(proof)));
            stolen = proof;
            const [connack] = await peer.toEnd();
            equal(['CONNACK 0x86', 'CONNACK 0x87'].includes(connack ?? ''), true, connack);
            peer.cut();
          }
        },
      },
      {
        name: 'a user that there is, and one that there is not',
        answer: 'the same challenge: as many iterations, as long a salt, the same salt again',
        play: async (arena) => {
          const challenge = async (name: string): Promise<string> => {
            const [peer, answer] = await attempt(arena, opening(`n,,n=${name},r=${NONCE}`));
            equal(answer, 'AUTH 0x18');
            peer.cut();
            return dataOf(peer).replace(/r=[^,]*,/, '');
          };
          const there = await challenge(SCRAM_USER.username);
          const nobody = await challenge('nobody');
          equal(nobody.length, there.length);
          equal(nobody.replace(/s=[^,]*/, ''), there.replace(/s=[^,]*/, ''));
          equal(await challenge('nobody'), nobody);
        },
      },
    ],
  },
];
