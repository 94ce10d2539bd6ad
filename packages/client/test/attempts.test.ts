/** What each attempt asks for: whose turn it is, the URL and credentials of the moment, where a server points to. */
import { describe, expect, it } from 'vitest';
import type { Attempt } from '../src/attempt.ts';
import { connectOn } from '../src/connect.ts';
import type { ConnectOptions } from '../src/options.ts';
import type { Servers } from '../src/servers.ts';
import type { Endpoint } from '../src/url.ts';
import { failure, type Lab, lab, quiet, type Script, status } from './lab.ts';

/** A lab whose attempts are written down: the URL of each. `down`: URLs that cannot be reached. */
function many(script: Script = {}): Lab & {
  readonly tried: string[];
  readonly down: Set<string>;
  to(servers: Servers, options?: ConnectOptions): ReturnType<typeof connectOn>;
} {
  const world = lab(script, () => 0.5);
  const tried: string[] = [];
  const down = new Set<string>();
  const transport: Lab['platform']['transport'] = (endpoint: Endpoint, handler, signal) => {
    tried.push(endpoint.href);
    if (down.has(endpoint.href)) return Promise.reject(new Error('down'));
    return world.server.transport(endpoint, handler, signal);
  };
  const to = (servers: Servers, options: ConnectOptions = {}): ReturnType<typeof connectOn> =>
    connectOn(world.platform, servers, { transport, ...options });
  return Object.assign(world, { tried, down, to });
}

const [A, B, C] = ['mqtt://a:1883', 'mqtt://b:1883', 'mqtt://c:1883'] as const;

describe('a list of servers', () => {
  it('is tried through once before connect rejects', async () => {
    const world = many();
    for (const url of [A, B, C]) world.down.add(url);
    const connecting = failure(world.to([A, B, C]));
    await quiet();
    world.tick();
    await quiet();
    world.tick();
    expect(await connecting).toMatchObject({ code: 'CONNECT_FAILED', message: expect.stringContaining(C) });
    expect(world.tried).toEqual([A, B, C]);
    expect(world.clock.pending).toBe(0);
  });

  it('gives connect the first server that answers', async () => {
    const world = many();
    world.down.add(A);
    const connecting = world.to([A, B]);
    await quiet();
    world.tick();
    await (await connecting).end();
    expect(world.tried).toEqual([A, B]);
  });

  it('has had a turn as a whole before the backoff grows', async () => {
    const world = many();
    const client = await world.to([A, B]);
    for (const url of [A, B]) world.down.add(url);
    const delays: number[] = [];
    client.on('state', (state) => state.status === 'waiting' && delays.push(state.delay));
    (await world.server.peer(0)).cut();
    for (let attempt = 0; attempt < 5; attempt += 1) {
      await quiet();
      world.tick();
    }
    await quiet();
    expect(delays).toEqual([500, 500, 1000, 1000, 2000, 2000]);
    expect(world.tried).toEqual([A, B, A, B, A, B]);
    await client.end();
  });

  it('stays at a server whose connection lasted, and leaves one whose connection did not', async () => {
    const world = many();
    const client = await world.to([A, B], { reconnect: { resetAfter: 1000 }, keepAlive: 0 });
    world.clock.advance(1000);
    for (const index of [0, 1]) {
      (await world.server.peer(index)).cut();
      await status(client, 'waiting');
      world.tick();
      await status(client, 'connected');
    }
    expect(world.tried).toEqual([A, A, B]);
    await client.end();
  });
});

describe('the url callback', () => {
  it('is asked at each attempt, and told which one and why', async () => {
    const world = many();
    const asked: Attempt[] = [];
    const client = await world.to((attempt) => {
      asked.push(attempt);
      return Promise.resolve(new URL(`ws://h/mqtt?signature=${asked.length}`));
    });
    (await world.server.peer(0)).cut();
    await status(client, 'waiting');
    world.tick();
    await status(client, 'connected');
    expect(world.tried).toEqual(['ws://h:80/mqtt?signature=1', 'ws://h:80/mqtt?signature=2']);
    expect(asked).toMatchObject([
      { attempt: 1, reason: undefined },
      { attempt: 2, reason: { code: 'CONNECTION_LOST' } },
    ]);
    await client.end();
  });

  it('that throws is asked again later', async () => {
    const world = many();
    let asked = 0;
    const connecting = world.to(
      () => {
        asked += 1;
        if (asked < 3) throw new Error('no network');
        return A;
      },
      { reconnect: { initial: true } },
    );
    for (let attempt = 0; attempt < 2; attempt += 1) {
      await quiet();
      world.tick();
    }
    await (await connecting).end();
    expect(asked).toBe(3);
  });

  it('has a signal that tells when its answer is waited for no more', async () => {
    const world = many();
    const signals: AbortSignal[] = [];
    const connecting = failure(
      world.to(
        ({ signal }) => {
          signals.push(signal);
          return new Promise(() => {});
        },
        { connectTimeout: 5000 },
      ),
    );
    await quiet();
    expect(signals[0]?.aborted).toBe(false);
    world.clock.advance(5000);
    expect(await connecting).toMatchObject({ code: 'CONNECT_TIMEOUT' });
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
    expect(world.clock.pending).toBe(0);
  });
});

describe('credentials', () => {
  it('come from the callback, else the option, else the URL', async () => {
    const world = many();
    const said = async (options: ConnectOptions): Promise<unknown[]> => {
      const client = await world.to('mqtt://url:url@a', options);
      const { username, password } = await (world.server.peers.at(-1) ?? (await world.server.peer(0))).first(
        'CONNECT',
      );
      await client.end();
      return [username, new TextDecoder().decode(password)];
    };
    expect(await said({})).toEqual(['url', 'url']);
    expect(await said({ username: 'option' })).toEqual(['option', 'url']);
    expect(await said({ username: 'option', credentials: () => ({ password: 'token' }) })).toEqual([
      'option',
      'token',
    ]);
    expect(await said({ credentials: async () => ({ username: 'now', password: 'token' }) })).toEqual([
      'now',
      'token',
    ]);
  });

  it('are asked for at each attempt; an error is tried again', async () => {
    const world = many();
    let token = 0;
    const client = await world.to(A, {
      username: 'u',
      credentials: () => {
        token += 1;
        if (token === 2) throw new Error('the token server is down');
        return { password: `token ${token}` };
      },
    });
    (await world.server.peer(0)).cut();
    await status(client, 'waiting');
    world.tick();
    await status(client, 'waiting');
    expect(client.state).toMatchObject({
      reason: { code: 'CONNECT_FAILED', message: expect.stringContaining('the token server is down') },
    });
    world.tick();
    await status(client, 'connected');
    const { password } = await (await world.server.peer(1)).first('CONNECT');
    expect(new TextDecoder().decode(password)).toBe('token 3');
    await client.end();
  });

  it('[MQTT-3.1.2-22] a password alone is sent where the version allows it, and refused before anything leaves elsewhere', async () => {
    const world = many();
    const client = await world.to('mqtt://:secret@a');
    expect(await (await world.server.peer(0)).first('CONNECT')).toMatchObject({ username: undefined });
    await client.end();
    expect(await failure(world.to('mqtt://:secret@a', { version: 4 }))).toMatchObject({
      code: 'INVALID_OPTION',
      statement: 'MQTT-3.1.2-22',
    });
    expect(world.tried).toHaveLength(1);
  });
});

describe('server redirection', () => {
  const pointing =
    (reference: string, reasonCode: 0x9c | 0x9d = 0x9d): NonNullable<Script['CONNECT']> =>
    (_, peer) =>
      peer.send({
        type: 'CONNACK',
        sessionPresent: false,
        reasonCode,
        properties: { serverReference: reference },
      });

  /** Follows from `from`; every server of `script` points on, the others are good. */
  async function follow(from: string, reference: string, options: ConnectOptions = {}): Promise<string[]> {
    const world = many();
    world.server.script = {
      CONNECT: (packet, peer) => {
        if (world.tried.length === 1) pointing(reference)(packet, peer);
        else peer.send({ type: 'CONNACK', sessionPresent: false, reasonCode: 0 });
      },
    };
    const connecting = world.to(from, { followRedirects: true, ...options }).then(
      (client) => client.end(),
      () => {},
    );
    await quiet();
    if (world.clock.pending > 0) world.tick();
    await connecting;
    return world.tried.slice(1);
  }

  it.each([
    ['mqtt://a', 'b', ['mqtt://b:1883']],
    ['mqtt://a', 'b:1884 c:1885', ['mqtt://b:1884']],
    ['mqtt://a', '[fe80::1]:1884', ['mqtt://[fe80::1]:1884']],
    ['mqtt://a', 'mqtts://b', ['mqtts://b:8883']],
    ['wss://a/mqtt?x=1', 'b', ['wss://b:443/mqtt?x=1']],
    ['wss://a/mqtt', 'wss://b/other', ['wss://b:443/other']],
    ['mqtts://a', 'mqtt://b', []],
    ['wss://a/mqtt', 'ws://b/mqtt', []],
    ['mqtts://a', 'unix:///run/mqtt', []],
    ['mqtt://a', '', []],
    ['mqtt://a', 'no%way/such', []],
  ])('from %s to %s goes to %j', async (from, reference, tried) => {
    const goneTo = await follow(from, reference);
    expect(
      goneTo.map((href) => href.replace(/^(tcp|tls):/, (scheme) => (scheme === 'tcp:' ? 'mqtt:' : 'mqtts:'))),
    ).toEqual(tried);
  });

  it('is not followed unless asked for, and the error says where it points', async () => {
    const { to, tried } = many({ CONNECT: pointing('b') });
    const error = await failure(to(A, { reconnect: { initial: true } }));
    expect(error).toMatchObject({ reasonCode: 0x9d, properties: { serverReference: 'b' } });
    expect(tried).toEqual([A]);
  });

  it('goes along with the credentials, and of a DISCONNECT too', async () => {
    const world = many();
    const client = await world.to('mqtt://user:secret@a', { followRedirects: true });
    (await world.server.peer(0)).send({
      type: 'DISCONNECT',
      reasonCode: 0x9c,
      properties: { serverReference: 'b' },
    });
    await status(client, 'waiting');
    world.tick();
    await status(client, 'connected');
    expect(world.tried).toEqual([A, 'tcp://b:1883']);
    expect(await (await world.server.peer(1)).first('CONNECT')).toMatchObject({ username: 'user' });
    await client.end();
  });

  it('leads back to where it began when the new server fails', async () => {
    const world = many();
    world.server.script = {
      CONNECT: (packet, peer) => {
        if (world.tried.length === 1) pointing('b')(packet, peer);
        else peer.send({ type: 'CONNACK', sessionPresent: false, reasonCode: 0 });
      },
    };
    world.down.add('tcp://b:1883');
    const connecting = world.to(A, { followRedirects: true, reconnect: { initial: true } });
    for (let attempt = 0; attempt < 2; attempt += 1) {
      await quiet();
      world.tick();
    }
    await (await connecting).end();
    expect(world.tried).toEqual([A, 'tcp://b:1883', A]);
  });

  it('without a reference means the next server of a list, and the end of a single one', async () => {
    for (const [servers, tried] of [
      [
        [A, B],
        [A, B],
      ],
      [A, [A]],
    ] as const) {
      const world = many();
      world.server.script = {
        CONNECT: (_, peer) => {
          const reasonCode = world.tried.length === 1 ? 0x9c : 0;
          peer.send({ type: 'CONNACK', sessionPresent: false, reasonCode });
        },
      };
      const connecting = world.to(servers).then(
        (client) => client.end(),
        (error: unknown) => expect(error).toMatchObject({ reasonCode: 0x9c }),
      );
      await quiet();
      if (world.clock.pending > 0) world.tick();
      await connecting;
      expect(world.tried).toEqual(tried);
    }
  });

  it('ends after five in a row', async () => {
    const world = many();
    world.server.script = { CONNECT: (packet, peer) => pointing(`s${world.tried.length}`)(packet, peer) };
    const connecting = failure(world.to(A, { followRedirects: true }));
    for (let attempt = 0; attempt < 5; attempt += 1) {
      await quiet();
      world.tick();
    }
    expect(await connecting).toMatchObject({ code: 'CONNECT_REFUSED', reasonCode: 0x9d });
    expect(world.tried).toHaveLength(6);
    expect(world.clock.pending).toBe(0);
  });
});
