/** A client with a store: what leaves when, and what the next process does. */
import { describe, expect, it } from 'vitest';
import type { MqttError } from '../src/errors.ts';
import type { Fact, Store } from '../src/store.ts';
import { durable, type StoreBackend } from '../src/stores/keeping.ts';
import { StoredState } from '../src/stores/state.ts';
import { bytes, failure, lab, quiet, type Script, standing, status } from './lab.ts';

/** A disk that writes when the test says so, and that outlives its clients. */
class Disk {
  readonly state = new StoredState();
  readonly facts: Fact[] = [];
  isSlow = false;
  fails = false;
  opened = 0;
  #go: (() => void)[] = [];

  store(): Store {
    const backend: StoreBackend = {
      open: async () => {
        this.opened += 1;
        return {
          kept: this.state.kept(),
          write: async (facts) => {
            if (this.isSlow) await new Promise<void>((resolve) => this.#go.push(resolve));
            if (this.fails) throw new Error('disk full');
            for (const fact of facts) {
              this.facts.push(fact);
              this.state.apply(fact);
            }
          },
          close: async () => {
            this.opened -= 1;
          },
        };
      },
    };
    return durable(backend);
  }

  /** Lets one write happen. */
  async step(): Promise<void> {
    this.#go.shift()?.();
    await quiet();
  }

  get names(): string[] {
    return this.facts.map(({ fact }) => fact);
  }
}

const keeping: Script = {
  CONNECT: ({ cleanStart }, peer) =>
    peer.send({ type: 'CONNACK', sessionPresent: !cleanStart, reasonCode: 0 }),
};

describe('a client with a store', () => {
  it('[MQTT-4.1.0-1] sends a message when it and its packet id are kept, and PUBREL when that is', async () => {
    const disk = new Disk();
    const { connect, server } = lab({ PUBLISH: () => {}, PUBREL: () => {} });
    const client = await connect({ store: disk.store() });
    await quiet();
    const peer = await server.peer(0);
    disk.isSlow = true;
    let isKept = false;
    const published = client.publish('a', 'x', { qos: 2, onKept: () => (isKept = true) });
    await quiet();
    expect([isKept, peer.all('PUBLISH').length]).toEqual([false, 0]);
    await disk.step();
    expect([isKept, peer.all('PUBLISH').length]).toEqual([true, 1]);
    const { packetId = 0 } = await peer.first('PUBLISH');
    peer.send({ type: 'PUBREC', packetId, reasonCode: 0 });
    await quiet();
    expect(peer.all('PUBREL')).toHaveLength(0);
    await disk.step();
    expect(peer.all('PUBREL')).toHaveLength(1);
    peer.send({ type: 'PUBCOMP', packetId, reasonCode: 0 });
    await published;
    disk.isSlow = false;
    await disk.step();
    expect(disk.names).toEqual(['session', 'queued', 'sent', 'released', 'settled']);
    expect(disk.state.size).toBe(0);
    await client.end();
    expect(disk.opened).toBe(0);
  });

  it('[MQTT-4.4.0-1] [MQTT-3.3.1-1] [MQTT-4.3.3-6] [MQTT-4.6.0-1] the next process takes the session up and sends again what is not settled, in order', async () => {
    const disk = new Disk();
    const world = lab({ ...keeping, PUBLISH: () => {}, PUBREL: () => {} });
    const first = await world.connect({ store: disk.store() });
    await quiet();
    const peer = await world.server.peer(0);
    const all = ['a', 'b', 'c', 'd'].map((topic) => first.publish(topic, topic, { qos: 2 }));
    for (const one of all) one.catch(() => {});
    await peer.nth('PUBLISH', 3);
    const ids = peer.all('PUBLISH').map(({ packetId = 0 }) => packetId);
    for (const id of [ids[2], ids[0]]) peer.send({ type: 'PUBREC', packetId: id ?? 0, reasonCode: 0 });
    await peer.nth('PUBREL', 1);
    peer.cut();
    await status(first, 'waiting');
    first.publish('e', 'e', { qos: 1 }).catch(() => {});
    await quiet();
    await first.end({ timeout: 0 });

    const clientId = first.clientId;
    world.server.script = { ...keeping, PUBLISH: () => {}, PUBREL: () => {} };
    const second = await world.connect({ store: disk.store() });
    await quiet();
    const next = await world.server.peer(1);
    expect(await next.first('CONNECT')).toMatchObject({ clientId, cleanStart: false });
    expect(next.all('PUBLISH').map(({ topic, packetId, dup, qos }) => [topic, packetId, dup, qos])).toEqual([
      ['b', ids[1], true, 2],
      ['d', ids[3], true, 2],
      ['e', expect.any(Number), false, 1],
    ]);
    expect(next.all('PUBREL').map(({ packetId }) => packetId)).toEqual([ids[2], ids[0]]);
    expect(ids).not.toContain(next.all('PUBLISH')[2]?.packetId);
    for (const { packetId = 0, qos } of next.all('PUBLISH'))
      next.send({ type: qos === 1 ? 'PUBACK' : 'PUBREC', packetId, reasonCode: 0 });
    for (const packetId of ids) next.send({ type: 'PUBCOMP', packetId, reasonCode: 0 });
    await quiet();
    for (const packetId of ids) next.send({ type: 'PUBCOMP', packetId, reasonCode: 0 });
    await quiet();
    await second.publish('f', 'f');
    await second.end();
    expect(disk.state.size).toBe(0);
  });

  it('[MQTT-3.2.2-5] begins them anew when the server lost the session meanwhile, before what waits', async () => {
    const disk = new Disk();
    const world = lab({ PUBLISH: () => {}, PUBREL: () => {} });
    const first = await world.connect({ store: disk.store() });
    await quiet();
    const peer = await world.server.peer(0);
    for (const [topic, qos] of [
      ['a', 1],
      ['released', 2],
      ['b', 2],
    ] as const)
      first.publish(topic, 'x', { qos }).catch(() => {});
    await peer.nth('PUBLISH', 2);
    peer.send({ type: 'PUBREC', packetId: peer.all('PUBLISH')[1]?.packetId ?? 0, reasonCode: 0 });
    await peer.first('PUBREL');
    await first.end({ timeout: 0 });
    expect(disk.state.size).toBe(3);
    world.server.script = {};
    const second = await world.connect({ store: disk.store() });
    const errors: MqttError[] = [];
    second.on('error', (error) => errors.push(error));
    const last = second.publish('c', 'x', { qos: 1 });
    await last;
    const sent = (await world.server.peer(1)).all('PUBLISH');
    expect(sent.map(({ topic, dup }) => [topic, dup])).toEqual([
      ['a', false],
      ['b', false],
      ['c', false],
    ]);
    await second.end();
    expect(disk.state.size).toBe(0);
  });

  it('tells of an earlier process’s message that is refused, and forgets it', async () => {
    const disk = new Disk();
    const world = lab({ PUBLISH: () => {} });
    const first = await world.connect({ store: disk.store() });
    await quiet();
    first.publish('secret', 'x', { qos: 1 }).catch(() => {});
    await (await world.server.peer(0)).first('PUBLISH');
    await first.end({ timeout: 0 });
    world.server.script = {
      ...keeping,
      PUBLISH: ({ packetId = 0 }, peer) => peer.send({ type: 'PUBACK', packetId, reasonCode: 0x87 }),
    };
    const second = await world.connect({ store: disk.store() });
    const told = new Promise<MqttError>((resolve) => second.on('error', resolve));
    expect(await told).toMatchObject({ code: 'PUBLISH_REFUSED', reasonCode: 0x87 });
    await second.end();
    expect(disk.state.size).toBe(0);
  });

  it('keeps what it accepts while it is not connected, within the bounds of the queue', async () => {
    const disk = new Disk();
    const world = lab();
    const client = await world.connect({ store: disk.store(), maximumQueuedMessages: 2 });
    (await world.server.peer(0)).cut();
    await status(client, 'waiting');
    let kept = 0;
    const controller = new AbortController();
    const options = { qos: 1 as const, onKept: () => (kept += 1) };
    const waiting = [client.publish('a', '1', options)];
    const aborted = failure(client.publish('a', '2', { ...options, signal: controller.signal }));
    expect(await failure(client.publish('a', '3', options))).toMatchObject({ code: 'QUEUE_FULL' });
    await quiet();
    expect([kept, disk.state.size]).toEqual([2, 2]);
    controller.abort();
    expect(await aborted).toMatchObject({ code: 'ABORTED' });
    await quiet();
    expect(disk.state.size).toBe(1);
    expect(await failure(client.publish('#' as string, 'x', options))).toMatchObject({
      code: 'INVALID_OPTION',
    });
    const ended = Promise.allSettled(waiting);
    await client.end();
    expect(await ended).toMatchObject([{ status: 'rejected', reason: { code: 'CLOSED' } }]);
    expect(disk.state.kept().flows.map(({ message }) => message?.topic)).toEqual(['a']);
  });

  it('drops from the store what the queue drops', async () => {
    const disk = new Disk();
    const world = lab();
    const client = await world.connect({
      store: disk.store(),
      maximumQueuedMessages: 1,
      queueOverflow: 'drop-oldest',
    });
    (await world.server.peer(0)).cut();
    await status(client, 'waiting');
    const dropped = failure(client.publish('old', 'x', { qos: 1 }));
    const stays = client.publish('new', 'x', { qos: 1 });
    expect(await dropped).toMatchObject({ code: 'QUEUE_FULL' });
    await quiet();
    expect(disk.state.kept().flows.map(({ message }) => message?.topic)).toEqual(['new']);
    world.tick();
    await stays;
    await client.end();
  });

  it('a store that fails ends the client, and says so to every message that it did not keep', async () => {
    const disk = new Disk();
    const { connect, server } = lab();
    const client = await connect({ store: disk.store() });
    await client.publish('a', 'x', { qos: 1 });
    await quiet();
    disk.fails = true;
    let kept = 0;
    const errors = await Promise.all(
      ([1, 2] as const).map((qos) => failure(client.publish('a', 'y', { qos, onKept: () => (kept += 1) }))),
    );
    expect(errors).toMatchObject([{ code: 'STORE_FAILED' }, { code: 'STORE_FAILED', message: /disk full/ }]);
    expect(kept).toBe(0);
    expect((await server.peer(0)).all('PUBLISH')).toHaveLength(1);
    expect(client.state).toMatchObject({ status: 'ended', reason: { code: 'STORE_FAILED' } });
    await client.end();
    expect(disk.opened).toBe(0);
  });

  it('a store that cannot be opened rejects connect, and one of a connect that fails is let go', async () => {
    const { connect, server } = lab();
    const broken: Store = durable({ open: () => Promise.reject(new Error('in use')) });
    expect(await failure(connect({ store: broken }))).toMatchObject({
      code: 'STORE_FAILED',
      message: /in use/,
    });
    expect(server.attempts).toBe(0);
    const disk = new Disk();
    server.reachable = false;
    await failure(connect({ store: disk.store(), reconnect: false }));
    expect(disk.opened).toBe(0);
    const controller = new AbortController();
    controller.abort();
    await failure(connect({ store: disk.store(), signal: controller.signal }));
    expect(disk.opened).toBe(0);
  });

  it('QoS 0 is not kept, and a topic alias neither', async () => {
    const disk = new Disk();
    const { connect, server } = lab({
      CONNECT: (_, peer) =>
        peer.send({
          type: 'CONNACK',
          sessionPresent: false,
          reasonCode: 0,
          properties: { topicAliasMaximum: 5 },
        }),
    });
    const client = await connect({ store: disk.store() });
    await client.publish('a', 'x', { onKept: () => expect.unreachable() });
    await client.publish('b', 'x', { qos: 1, properties: { topicAlias: 3, contentType: 't' } });
    await client.end();
    const queued = disk.facts.flatMap((fact) => (fact.fact === 'queued' ? fact.message : []));
    expect(queued).toMatchObject([{ topic: 'b', properties: { contentType: 't' } }]);
    expect(queued[0]?.properties?.topicAlias).toBeUndefined();
    expect((await server.peer(0)).all('PUBLISH')).toHaveLength(2);
  });

  it('[MQTT-4.3.3-10] [MQTT-4.3.3-12] a received QoS 2 message is handed on once, also across processes', async () => {
    const disk = new Disk();
    const world = lab({ ...keeping, PUBREC: () => {} });
    const got: string[] = [];
    const onMessage = (message: { text(): string }): void => {
      got.push(message.text());
    };
    const publish = (text: string, dup: boolean) =>
      ({
        type: 'PUBLISH',
        topic: 'a',
        payload: bytes(text),
        qos: 2,
        packetId: 5,
        dup,
        retain: false,
      }) as const;
    const first = await world.connect({ store: disk.store(), onMessage });
    await quiet();
    const peer = await world.server.peer(0);
    disk.isSlow = true;
    peer.send(publish('once', false));
    await quiet();
    expect([got, peer.all('PUBREC').length]).toEqual([['once'], 0]);
    await disk.step();
    expect(peer.all('PUBREC')).toMatchObject([{ packetId: 5 }]);
    disk.isSlow = false;
    await first.end({ timeout: 0 });

    const second = await world.connect({ store: disk.store(), onMessage });
    await quiet();
    const next = await world.server.peer(1);
    next.send(publish('once', true));
    await next.first('PUBREC');
    next.send({ type: 'PUBREL', packetId: 5, reasonCode: 0 });
    expect(await next.first('PUBCOMP')).toMatchObject({ reasonCode: 0 });
    next.send(publish('another', false));
    await next.nth('PUBREC', 1);
    expect(got).toEqual(['once', 'another']);
    await second.end();
    expect(disk.state.kept().held).toEqual([5]);
  });

  it('a slow store holds nothing else up', async () => {
    const disk = new Disk();
    const { connect } = lab();
    const client = await connect({ store: disk.store() });
    await quiet();
    disk.isSlow = true;
    const slow = client.publish('a', 'x', { qos: 1 });
    expect(await standing(slow)).toBe('open');
    await client.publish('b', 'x');
    await client.subscribe('c');
    disk.isSlow = false;
    await disk.step();
    await slow;
    await client.end();
  });
});
