/** Group D: tokens, that is JWT in CONNECT's password. */
import { deepEqual } from 'node:assert/strict';
import { answered } from '../answered.ts';
import { connect } from '../bytes.ts';
import type { Case, Play } from '../case.ts';
import { client } from '../clients.ts';
import { claims, keys, token } from '../secrets.ts';

/** A token that must not let anybody in. */
function badToken(name: string, made: () => string): Play {
  return answered(name, () => ({ username: 'tessa', password: made() }), 'CONNACK 0x86', 'jwt');
}

const publicKey = { alg: 'HS256' };

/** The cases. */
export const tokens: readonly Case[] = [
  {
    id: 'D08',
    title: 'tokens that prove nothing',
    on: 'secured',
    tries: [
      answered('a good one', () => ({ username: 'tessa', password: token(claims()) }), 'CONNACK 0x00', 'jwt'),
      badToken('alg none', () => token(claims(), { alg: 'none' }).replace(/[^.]*$/, '')),
      badToken('HS256 with the public key', () => token(claims(), publicKey, keys.es256.publicKey)),
      badToken('another key', () => token(claims(), undefined, keys.foreign.privateKey)),
      badToken('its own jwk', () =>
        token(claims(), { alg: 'ES256', jwk: { kty: 'EC' } }, keys.foreign.privateKey),
      ),
      badToken('jku and x5u', () =>
        token(
          claims(),
          { alg: 'ES256', jku: 'http://127.0.0.1/', x5u: 'http://127.0.0.1/' },
          keys.foreign.privateKey,
        ),
      ),
      badToken('a kid that is a path', () =>
        token(claims(), { alg: 'ES256', kid: '../../x' }, keys.foreign.privateKey),
      ),
      badToken('no exp', () => token(claims({ exp: undefined }))),
      badToken('exp in the past', () => token(claims({ exp: 1000 }))),
      badToken('another aud', () => token(claims({ aud: 'x' }))),
      badToken('another iss', () => token(claims({ iss: 'x' }))),
      badToken('nbf in the future', () => token(claims({ nbf: Math.floor(Date.now() / 1000) + 600 }))),
      badToken('changed claims', () => {
        const [header, , signature] = token(claims()).split('.');
        return `${header}.${Buffer.from(JSON.stringify(claims({ sub: 'admin' }))).toString('base64url')}.${signature}`;
      }),
      {
        name: '40 KB',
        answer: 'closed',
        play: async (arena) => {
          const peer = arena
            .open('jwt')
            .send(
              connect({ id: 'x', username: 'tessa', password: token(claims({ pad: 'x'.repeat(40_000) })) }),
            );
          await peer.closed();
          peer.cut();
        },
      },
      {
        name: 'one that expires while its client is there',
        answer: '`DISCONNECT 0xA0`',
        play: async (arena) => {
          const peer = await client(
            arena,
            { username: 'tessa', password: token(claims({ exp: Math.floor(Date.now() / 1000) + 2 })) },
            'jwt',
          );
          deepEqual(await peer.toEnd(), ['DISCONNECT 0xA0', 'closed']);
          peer.cut();
        },
      },
    ],
  },
];
