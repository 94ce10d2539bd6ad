/** Message Expiry Interval and processes that die: the deadline is the wall clock's, whenever the next one begins. */
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ManualClock } from '@mqtt/session/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connectOn } from '../src/connect.ts';
import type { Store } from '../src/store.ts';
import { fileStore } from '../src/stores/file.ts';
import { failure, lab, quiet, type Script } from './lab.ts';

const keeping: Script = {
  CONNECT: ({ cleanStart }, peer) =>
    peer.send({ type: 'CONNACK', sessionPresent: !cleanStart, reasonCode: 0 }),
};
const expiring = (messageExpiryInterval: number, qos: 1 | 2 = 1): object => ({
  qos,
  properties: { messageExpiryInterval },
});
const told = (packets: readonly { topic: string; dup: boolean; properties?: object | undefined }[]) =>
  packets.map(({ topic, dup, properties = {} }) => [
    topic,
    dup,
    (properties as { messageExpiryInterval?: number }).messageExpiryInterval,
  ]);

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mqtt-store-expiry-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** A process: a client with a clock of its own that begins at 0; `wall` is the time of day then. */
async function life(script: Script, wall: number, store: Store) {
  const world = lab({ ...keeping, ...script });
  const clock = new ManualClock(0, wall);
  const client = await connectOn({ ...world.platform, clock }, 'mqtt://test', { store });
  return { ...world, clock, client };
}

const file = (name = 'out'): Store => fileStore({ path: join(folder, name), outlives: 'process' });

/** Publishes without a network, and dies: the store of the next process. */
async function dies(wall: number): Promise<Store> {
  const { client, clock } = await life({}, wall, file());
  client.pause();
  const kept = (topic: string, options: object): Promise<void> =>
    new Promise((onKept) => {
      client.publish(topic, 'x', { ...options, onKept }).catch(() => {});
    });
  await kept('short', expiring(10));
  await kept('long', expiring(100, 2));
  await kept('for ever', { qos: 1 });
  clock.advance(4000);
  await kept('later', expiring(10));
  await copyFile(join(folder, 'out'), join(folder, 'left'));
  await client.end({ timeout: 0 });
  return file('left');
}

const DAY = 1_800_000_000_000;

describe('a message with a Message Expiry Interval in a store (§3.3.2.3.3)', () => {
  it('does not leave when the next process begins after its deadline, and that is told', async () => {
    const { client, server, reported } = await life({}, DAY + 12_500, await dies(DAY));
    const peer = await server.peer(0);
    await peer.nth('PUBLISH', 2);
    expect(told(peer.all('PUBLISH'))).toEqual([
      ['long', false, 88],
      ['for ever', false, undefined],
      ['later', false, 2],
    ]);
    expect(reported).toMatchObject([
      { code: 'MESSAGE_EXPIRED', message: 'the message to short expired before it could leave' },
    ]);
    await client.end();
    const last = await life({}, DAY + 12_500, file('left'));
    await quiet();
    expect((await last.server.peer(0)).all('PUBLISH')).toEqual([]);
    await last.client.end();
  });

  it('has its whole interval at most when the wall clock was set back meanwhile', async () => {
    const { client, server, reported } = await life({}, DAY - 3_600_000, await dies(DAY));
    const peer = await server.peer(0);
    await peer.nth('PUBLISH', 3);
    expect(told(peer.all('PUBLISH'))).toEqual([
      ['short', false, 10],
      ['long', false, 100],
      ['for ever', false, undefined],
      ['later', false, 10],
    ]);
    expect(reported).toEqual([]);
    await client.end();
  });

  it('[MQTT-4.4.0-1] that was in flight is sent again with what is left, and with one second when nothing is', async () => {
    const silent: Script = { PUBLISH: () => {} };
    const first = await life(silent, DAY, file());
    failure(first.client.publish('gone', 'x', expiring(10)));
    failure(first.client.publish('alive', 'x', expiring(60, 2)));
    await (await first.server.peer(0)).nth('PUBLISH', 1);
    first.clock.advance(20_000);
    (await first.server.peer(0)).cut();
    first.clock.advance(10_000);
    const again = await first.server.peer(1);
    await again.nth('PUBLISH', 1);
    expect(told(again.all('PUBLISH'))).toEqual([
      ['gone', true, 1],
      ['alive', true, 30],
    ]);
    await first.client.end({ timeout: 0 });
    const next = await life(silent, DAY + 45_000, file());
    const peer = await next.server.peer(0);
    await peer.nth('PUBLISH', 1);
    expect(told(peer.all('PUBLISH'))).toEqual([
      ['gone', true, 1],
      ['alive', true, 15],
    ]);
    await next.client.end({ timeout: 0 });
  });

  it('of a file that has no deadlines, as earlier versions wrote it, begins its interval when it is loaded', async () => {
    // The head; one frame: length, checksum, `queued` with key 1 and a PUBLISH packet of QoS 1 to a: x, interval 10.
    const written =
      '6d7174742d636c69656e742d73746f726520310a6d7174743a2f2f746573743a313838330a' +
      '000000192e171076 01000000000001 0000000e 320c000161000105020000000a78'.replaceAll(' ', '');
    await writeFile(join(folder, 'out'), Buffer.from(written, 'hex'));
    const { client, server } = await life({}, DAY, file());
    const publish = await (await server.peer(0)).first('PUBLISH');
    expect(told([publish])).toEqual([['a', false, 10]]);
    await client.end();
  });
});
