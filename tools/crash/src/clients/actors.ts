/**
 * Who takes part in a run: publishers, subscribers that stay, subscribers that come and go, members of a shared
 * subscription, writers of retained messages and those who look at them, clients with wills. Each lives until it is
 * told to settle, and comes back whenever the broker does.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { encode } from '@mqtt/codec';
import type { Recorder } from '../history/recorder.ts';
import { Client, type Identity, type Outgoing } from './client.ts';
import { payloadOf } from './payload.ts';
import type { Random } from './random.ts';

/** What all of them share. */
export interface World {
  readonly port: number;
  readonly recorder: Recorder;
  /** While true they publish and come and go; then they only stay connected and take what they are owed. */
  isBusy: boolean;
  /** While false they leave for good. */
  isOn: boolean;
}

/** How long, in ms, a client waits before it tries to connect again. */
const PAUSE = [5, 40] as const;
const PERSISTENT = 3600;

/** Keeps a client connected as long as the world is on; `during` does what it does on each connection. */
async function staying(
  world: World,
  client: Client,
  random: Random,
  during: (isFirst: boolean) => Promise<void>,
): Promise<void> {
  let isFirst = true;
  while (world.isOn) {
    if ((await client.connect(world.port, false)) === 'connected') {
      await during(isFirst);
      isFirst = false;
      if (!world.isOn) client.drop();
      await client.closed;
    }
    await sleep(random.whole(...PAUSE));
  }
}

/** Publishes to its topics for as long as the world is busy; resolves when nothing of it is under way. */
export async function publisher(
  world: World,
  identity: Identity,
  random: Random,
  topics: readonly string[],
  qualities: readonly (1 | 2)[],
): Promise<void> {
  let sequence = 0;
  const client = new Client(identity, world.recorder);
  const isPersistent = identity.expiry > 0;
  const next = (): Outgoing => {
    const topic = topics[random.whole(0, topics.length - 1)] ?? '';
    const qos = qualities[random.whole(0, qualities.length - 1)] ?? 1;
    sequence++;
    return { id: `${identity.clientId}:${sequence}`, topic, qos, retain: false, isEmpty: false };
  };
  while (world.isBusy || client.inflight > 0) {
    if (!world.isOn) return client.drop();
    if ((await client.connect(world.port, !isPersistent)) === 'connected') {
      const until = performance.now() + random.whole(200, 3000);
      while (client.isConnected && (world.isBusy || client.inflight > 0) && world.isOn) {
        const burst = world.isBusy ? random.whole(1, 6) : 0;
        for (let at = 0; at < burst && client.canPublish; at++) client.publish(next());
        if (world.isBusy && performance.now() > until) break;
        await sleep(random.whole(1, 12));
      }
      client.drop();
      await client.closed;
    }
    await sleep(random.whole(...PAUSE));
  }
}

/** A subscriber that stays; it is away now and then for up to `away` ms while the world is busy. */
export async function subscriber(
  world: World,
  identity: Identity,
  random: Random,
  filters: readonly [string, ...string[]],
  qos: 1 | 2,
  away: number,
  ready: () => void,
): Promise<void> {
  const client = new Client(identity, world.recorder);
  let isSubscribed = false;
  await staying(world, client, random, async () => {
    if (!isSubscribed) isSubscribed = await client.subscribe(filters, qos);
    if (isSubscribed) ready();
    while (client.isConnected && world.isOn) {
      const isLeaving = world.isBusy && away > 0 && random.oneIn(20);
      if (isLeaving) {
        if (random.oneIn(2)) await client.disconnect();
        else client.drop();
        await client.closed;
        const back = performance.now() + random.whole(1, away);
        while (world.isBusy && performance.now() < back) await sleep(10);
        return;
      }
      await sleep(random.whole(10, 60));
    }
  });
}

/** Sessions that come and go: clean ones, kept ones, subscriptions that end. At the end it takes what it is owed. */
export async function drifter(world: World, identity: Identity, random: Random): Promise<void> {
  const client = new Client(identity, world.recorder);
  const filters = ['t/p0/+', 't/p1/+', 't/p2/#'] as const;
  while (world.isOn && world.isBusy) {
    if ((await client.connect(world.port, random.oneIn(3))) === 'connected') {
      const steps = random.whole(1, 6);
      for (let step = 0; step < steps && client.isConnected; step++) {
        const filter = filters[random.whole(0, 2)] ?? filters[0];
        if (random.oneIn(2)) await client.subscribe([filter], random.oneIn(2) ? 1 : 2);
        else await client.unsubscribe([filter]);
        await sleep(random.whole(1, 80));
      }
      if (random.oneIn(2)) await client.disconnect();
      else client.drop();
      await client.closed;
    }
    await sleep(random.whole(...PAUSE));
  }
  await staying(world, client, random, async () => {
    while (client.isConnected && world.isOn) await sleep(20);
  });
}

/** Is cut in the middle of a PUBLISH, which must never appear, or reads nothing for a while and is gone. */
export async function vandal(world: World, identity: Identity, random: Random): Promise<void> {
  const client = new Client(identity, world.recorder);
  const payload = payloadOf(`${identity.clientId}:1`);
  const whole = encode<4>(
    { type: 'PUBLISH', topic: 't/p0/0', payload, qos: 1, retain: false, dup: false, packetId: 9 },
    4,
  );
  while (world.isOn && world.isBusy) {
    if ((await client.connect(world.port, true)) === 'connected') {
      if (random.oneIn(2)) client.drop(whole.subarray(0, random.whole(1, whole.length - 1)));
      else {
        await client.subscribe(['t/#'], 1);
        client.pause();
        await sleep(random.whole(20, 400));
        client.drop();
      }
      await client.closed;
    }
    await sleep(random.whole(...PAUSE));
  }
}

/** Writes retained messages, one at a time, and clears some; resolves when the last one is acknowledged. */
export async function writer(
  world: World,
  identity: Identity,
  random: Random,
  topics: readonly string[],
  qos: 1 | 2,
): Promise<void> {
  let sequence = 0;
  const client = new Client(identity, world.recorder);
  while (world.isBusy || client.inflight > 0) {
    if (!world.isOn) return client.drop();
    if ((await client.connect(world.port, false)) === 'connected') {
      while (client.isConnected && (world.isBusy || client.inflight > 0) && world.isOn) {
        if (world.isBusy && client.inflight === 0) {
          const topic = topics[random.whole(0, topics.length - 1)] ?? '';
          sequence++;
          const id = `${identity.clientId}:${sequence}`;
          client.publish({ id, topic, qos, retain: true, isEmpty: random.oneIn(3) });
        }
        await sleep(random.whole(1, 8));
      }
      client.drop();
      await client.closed;
    }
    await sleep(random.whole(...PAUSE));
  }
}

/** Looks once what is retained at a topic: subscribes, then sends itself a message, before which it must have come. */
export async function look(world: World, clientId: string, version: 4 | 5, topic: string): Promise<boolean> {
  let seen: string | undefined;
  let isSeen = false;
  let heard = (): void => undefined;
  const echoed = new Promise<boolean>((resolve) => {
    heard = () => resolve(true);
  });
  const echo = `e/${clientId}`;
  const onMessage = (id: string, on: string, retain: boolean): void => {
    if (on === echo) heard();
    if (on !== topic || !retain || isSeen) return;
    isSeen = true;
    seen = id;
  };
  const client = new Client({ clientId, version, expiry: 0 }, world.recorder, { onMessage });
  if ((await client.connect(world.port, true)) !== 'connected') return false;
  const from = world.recorder.events.length;
  let isDone = false;
  if (await client.subscribe([echo, topic], 1)) {
    client.publish({ id: `${clientId}:1`, topic: echo, qos: 1, retain: false, isEmpty: false });
    isDone = await Promise.race([echoed, client.closed.then(() => false)]);
  }
  if (isDone) world.recorder.add({ is: 'looked', client: clientId, connection: 1, topic, from, id: seen });
  client.drop();
  await client.closed;
  return isDone;
}

/** Looks again and again at one of the topics. */
export async function looker(
  world: World,
  name: string,
  random: Random,
  topics: readonly string[],
): Promise<void> {
  for (let count = 1; world.isOn && world.isBusy; count++) {
    const topic = topics[random.whole(0, topics.length - 1)] ?? '';
    await look(world, `${name}-${count}`, random.oneIn(2) ? 4 : 5, topic);
    await sleep(random.whole(10, 60));
  }
}

/** Connects with a will each time, then is lost or says goodbye. */
export async function mortal(world: World, identity: Identity, random: Random): Promise<void> {
  const client = new Client(identity, world.recorder);
  for (let count = 1; world.isOn && world.isBusy; count++) {
    const { clientId } = identity;
    const delay = identity.version === 5 && random.oneIn(4) ? 1 : 0;
    const will = { id: `${clientId}:${count}`, topic: `w/${clientId}`, delay };
    if ((await client.connect(world.port, identity.expiry === 0, will)) === 'connected') {
      await Promise.race([sleep(random.whole(10, 300)), client.closed]);
      if (random.oneIn(3)) await client.disconnect();
      else client.drop();
      await client.closed;
    }
    await sleep(random.whole(...PAUSE));
  }
}

/** Seconds for which the sessions of this tool are kept. */
export const KEPT: number = PERSISTENT;
