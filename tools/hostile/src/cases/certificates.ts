/** Group D over TLS: who a client certificate makes somebody (§5.4.2), and what opens a door that should be shut. */
import { deepEqual, equal, match } from 'node:assert/strict';
import { type Arena, startRefused, withArena } from '../arena.ts';
import { publish, subscribe } from '../bytes.ts';
import type { Case, Play } from '../case.ts';
import { Authority, type Identity } from '../certificates.ts';
import { ownId } from '../clients.ts';

const TLS = 'tls: { cert: "@cert", key: "@key", ca: "@ca", crl: "@crl", requireCertificate: true }';
const yaml = `
listeners:
  - { type: tcp, port: 0, name: tcp }
  - type: tls
    port: 0
    name: tls
    ${TLS}
    security: { authenticate: [{ type: certificate }], authorize: [{ type: acl-file, file: "@acl" }] }
  - type: wss
    port: 0
    name: wss
    ${TLS}
    security: { authenticate: [{ type: certificate }], authorize: [{ type: acl-file, file: "@acl" }] }
  - type: tls
    port: 0
    name: subject
    ${TLS}
    security: { authenticate: [{ type: certificate, username: subject }], authorize: [{ type: acl-file, file: "@acl" }] }
`;
const acl =
  'user alice\ntopic readwrite alice/#\nuser CN=alice,O=us\ntopic readwrite alice/#\npattern readwrite u/%u/#\n';

/** An mqttd with TLS, and whom its authority signed. */
function signed(
  name: string | undefined,
  answer: string,
  play: (arena: Arena, authority: Authority) => Promise<void>,
): Play {
  return {
    ...(name === undefined ? {} : { name }),
    answer,
    play: async () => {
      const authority = new Authority();
      try {
        const { key, cert } = authority.sign('/CN=server');
        const { list, ...revoked } = authority.revoke('/CN=alice');
        const files = {
          key,
          cert,
          ca: authority.certificate,
          crl: list,
          rkey: revoked.key,
          rcert: revoked.cert,
          acl,
        };
        await withArena({ listeners: ['tcp', 'tls', 'wss', 'subject'], yaml, files }, (arena) =>
          play(arena, authority),
        );
      } finally {
        authority.remove();
      }
    },
  };
}

/** What a client with this certificate is answered; `closed` when the handshake fails. */
async function answerTo(arena: Arena, identity: Identity | undefined, listener = 'tls'): Promise<string> {
  const peer = arena.open(listener, identity ?? {});
  if (listener === 'wss') {
    try {
      await peer.upgrade();
    } catch {
      return 'closed';
    }
  }
  const connack = await peer.hello({ id: ownId() });
  peer.cut();
  return connack;
}

/** What it may do: read and write, of this topic. */
async function rightsOf(
  arena: Arena,
  identity: Identity,
  topic: string,
  listener: string,
): Promise<readonly string[]> {
  const peer = arena.open(listener, identity);
  equal(await peer.hello({ id: ownId() }), 'CONNACK 0x00');
  peer.send(subscribe(topic), publish('alice/x', { qos: 1 }));
  const all = await peer.toPing();
  peer.cut();
  return all;
}

/** An authority's file with nothing in it: at the start, and by a reload. */
async function emptied(authority: Authority, content: string): Promise<void> {
  const { key, cert } = authority.sign('/CN=server');
  const files = { key, cert, ca: authority.certificate };
  const yaml = `
listeners:
  - { type: tcp, port: 0, name: tcp }
  - { type: tls, port: 0, name: tls, tls: { cert: "@cert", key: "@key", ca: "@ca", requireCertificate: true } }
`;
  const { code, said } = await startRefused({ yaml, files: { ...files, ca: content } });
  match(said, /tls\.ca: .* nothing that is PEM/);
  equal(code, 78, said);
  await withArena({ listeners: ['tcp', 'tls'], yaml, files }, async (arena) => {
    const other = new Authority();
    const stranger = other.sign('/CN=alice');
    other.remove();
    arena.folder.write('ca', content);
    match(await arena.reload(), /ca/);
    // More than once: a second look at the same file must be no other.
    for (let n = 0; n < 3; n++) {
      equal(await answerTo(arena, stranger), 'closed');
      equal(await answerTo(arena, undefined), 'closed');
    }
    equal(await answerTo(arena, authority.sign('/CN=alice')), 'CONNACK 0x00');
  });
}

const DENIED = ['SUBACK 1 0x87', 'PUBACK 1 0x87'];

/** The cases. */
export const certificates: readonly Case[] = [
  {
    id: 'D10',
    title: 'client certificates, and the names in them',
    note: 'over wss exactly as over tls; a name of +, # or / is a name, and no rule with %u matches it',
    tries: [
      signed('not ours', 'closed in the handshake', async (arena, authority) => {
        const other = new Authority();
        const revoked = { key: arena.folder.read('rkey'), cert: arena.folder.read('rcert') };
        const strangers = [undefined, other.sign('/CN=alice'), authority.sign('/CN=alice', -1), revoked];
        other.remove();
        for (const listener of ['tls', 'wss']) {
          for (const one of strangers) equal(await answerTo(arena, one, listener), 'closed');
          equal(await answerTo(arena, authority.sign('/CN=alice'), listener), 'CONNACK 0x00');
        }
      }),
      signed('names that are none', 'CONNACK 0x86', async (arena, authority) => {
        for (const subject of ['/CN=a\u0007b', '/CN=a\nb', '/CN=alice/CN=bob', '/O=nobody'])
          equal(await answerTo(arena, authority.sign(subject)), 'CONNACK 0x86', JSON.stringify(subject));
      }),
      signed('names that would widen a rule', 'may do nothing', async (arena, authority) => {
        for (const name of ['\\+', '#', 'a\\/b', 'alice\\/#']) {
          const identity = authority.sign(`/CN=${name}`);
          for (const filter of ['u/+/x', 'u/#', 'u/a/b/x', 'u/alice/x'])
            deepEqual(await rightsOf(arena, identity, filter, 'tls'), DENIED, `${name} ${filter}`);
        }
      }),
    ],
  },
  {
    id: 'D11',
    title: 'a certificate whose subject contains another’s',
    note: 'names are compared whole; commas in a part are escaped as RFC 2253 has it',
    tries: [
      signed(undefined, 'SUBACK 0x87, PUBACK 0x87', async (arena, authority) => {
        deepEqual(await rightsOf(arena, authority.sign('/O=us/CN=alice'), 'alice/x', 'subject'), [
          'SUBACK 1 0x00',
          'PUBLISH alice/x',
          'PUBACK 1',
        ]);
        for (const subject of [
          '/CN=alice',
          '/O=us/OU=x/CN=alice',
          '/C=NL/O=us/CN=alice',
          '/O=us/CN=alice/CN=mallory',
          '/CN=alice,O=us',
        ])
          deepEqual(await rightsOf(arena, authority.sign(subject), 'alice/x', 'subject'), DENIED, subject);
      }),
    ],
  },
  {
    id: 'D12',
    title: 'a CA file with nothing in it',
    note: 'a bundle of which nothing can be read is as bad; a reload to it keeps the old one',
    tries: ['', '# nothing\n'].map((content) => ({
      name: content === '' ? 'empty' : 'a comment',
      answer: 'mqttd does not start (78), and a reload keeps what was',
      play: async () => {
        const authority = new Authority();
        try {
          await emptied(authority, content);
        } finally {
          authority.remove();
        }
      },
    })),
  },
  {
    id: 'D13',
    title: 'open by accident',
    note: 'a listener that strangers reach needs `authenticate`, or `anonymous: true` by name',
    tries: [
      {
        name: 'everywhere, and nobody is asked who he is',
        yaml: 'listeners: [{ type: tcp, port: 0, host: 0.0.0.0 }]\n',
        says: /anonymous: true/,
      },
      {
        name: 'everywhere over WebSocket',
        yaml: 'listeners: [{ type: ws, port: 0, host: "::" }]\n',
        says: /anonymous: true/,
      },
      {
        name: 'TLS, but no listener for it',
        yaml: 'tls: { cert: "@cert", key: "@key" }\n',
        files: { cert: '', key: '' },
        says: /tls/,
      },
    ],
  },
];
