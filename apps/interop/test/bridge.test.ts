/**
 * Mosquitto bridges into mqttd: what crosses, how it looks on the other side, and that nothing is lost or doubled at
 * QoS 2 when one of the two is started again in the middle, as far as Mosquitto promises that itself.
 */
import { readFileSync } from 'node:fs';
import { connect } from '@mqtt/client';
import { afterAll, describe, expect, it } from 'vitest';
import { type Block, type Bridge, blockOf } from '../src/bridge/ends.ts';
import { Stream } from '../src/bridge/stream.ts';
import { Tap } from '../src/bridge/tap.ts';
import { bridged } from '../src/bridge/turns.ts';
import { Inbox } from '../src/peers/inbox.ts';
import { killPrograms } from '../src/peers/program.ts';

const GUIDE = new URL('../../../docs/migrate-from-mosquitto.md', import.meta.url);
const TOPICS = ['# out 2 up/ mosquitto/', '# in 2 down/ mqttd/'];
const ways: readonly (readonly [name: string, block: Block])[] = [
  ['3.1.1, try_private true', { protocol: 'mqttv311', tryPrivate: true, topics: TOPICS }],
  ['3.1.1, try_private false', { protocol: 'mqttv311', tryPrivate: false, topics: TOPICS }],
  ['5.0', { protocol: 'mqttv50', tryPrivate: true, topics: TOPICS }],
];
const kept = ways.slice(1);

// Of a test that ran out of time, too.
afterAll(killPrograms);

/** A client that remembers what came: `topic payload qos retain`. */
async function listen(
  url: string,
  topicFilter: string,
): Promise<{ next(): Promise<string>; end(): Promise<void> }> {
  const inbox = new Inbox();
  const client = await connect(url, { onMessage: (message) => inbox.put(message) });
  await client.subscribe(topicFilter, { qos: 2, retainAsPublished: true });
  return {
    next: async () => {
      const { topic, payload, qos, retain } = await inbox.next();
      return `${topic} ${Buffer.from(payload).toString()} ${qos}${retain ? ' retained' : ''}`;
    },
    end: () => client.end(),
  };
}

/** The block that the guide gives for a protocol version. */
function blockOfGuide(protocol: Block['protocol']): string[] {
  const blocks = [...readFileSync(GUIDE, 'utf8').matchAll(/```text\n(connection [\s\S]*?)```/g)];
  const found = blocks.map(([, text = '']) => text).find((text) => text.includes(protocol));
  if (found === undefined) throw new Error(`the guide has no block with ${protocol}`);
  return found.split('\n').filter((line) => line !== '');
}

/** The next so many messages. */
async function take(from: { next(): Promise<string> }, count: number): Promise<string[]> {
  const lines: string[] = [];
  while (lines.length < count) lines.push(await from.next());
  return lines;
}

describe('a bridge of Mosquitto', { concurrent: true }, () => {
  it.each(ways)(
    '%s: messages cross both ways with their QoS, topics and retained values',
    async (_, block) => {
      await bridged(blockOf(block), async (bridge) => {
        await bridge.mqttd.start();
        const ours = await connect(bridge.mqttd.url);
        await ours.publish('mqttd/before', 'value', { qos: 1, retain: true });
        await bridge.join();
        const theirs = await connect(bridge.mosquitto.url);
        const [atOurs, atTheirs] = [
          await listen(bridge.mqttd.url, 'mosquitto/#'),
          await listen(bridge.mosquitto.url, 'down/#'),
        ];
        expect(await take(atTheirs, 1)).toEqual(['down/before value 1 retained']);
        for (const qos of [0, 1, 2] as const) {
          await ours.publish('mqttd/a/b', `${qos}`, { qos });
          await theirs.publish('up/a/b', `${qos}`, { qos });
        }
        await ours.publish('mqttd/state', 'on', { qos: 1, retain: true });
        await theirs.publish('up/state', 'on', { qos: 1, retain: true });
        await theirs.publish('up/state', '', { qos: 1, retain: true });
        const crossed = (topic: string): string[] => [0, 1, 2].map((qos) => `${topic}/a/b ${qos} ${qos}`);
        // 3.1.1 clears RETAIN on the way to who is subscribed already [MQTT-3.3.1-9]; 5.0's bridge asks to keep it.
        const retained = block.protocol === 'mqttv50' ? ' retained' : '';
        // What has another QoS or topic may overtake.
        expect((await take(atTheirs, 4)).sort()).toEqual([...crossed('down'), `down/state on 1${retained}`]);
        const states = ['mosquitto/state on 1 retained', 'mosquitto/state  1 retained'];
        const got = await take(atOurs, 5);
        expect(got.filter((one) => !states.includes(one)).sort()).toEqual(crossed('mosquitto'));
        expect(got.filter((one) => states.includes(one))).toEqual(states);
        await Promise.all([atOurs, atTheirs, ours, theirs].map((one) => one.end()));
      });
    },
  );

  it('the first block of the guide: topics that go one way each, what waits is kept', async () => {
    await bridged(blockOfGuide('mqttv311'), async (bridge) => {
      await bridge.start();
      const [ours, theirs] = [await connect(bridge.mqttd.url), await connect(bridge.mosquitto.url)];
      const [atOurs, atTheirs] = [
        await listen(bridge.mqttd.url, 'sensors/+'),
        await listen(bridge.mosquitto.url, 'commands/+'),
      ];
      await theirs.publish('sensors/1', '21', { qos: 2 });
      await ours.publish('commands/1', 'on', { qos: 2 });
      expect(await take(atOurs, 1)).toEqual(['sensors/1 21 2']);
      expect(await take(atTheirs, 1)).toEqual(['commands/1 on 2']);
      await Promise.all([atOurs, atTheirs, ours, theirs].map((one) => one.end()));
    });
  });

  it('the second block of the guide: nothing comes back to where it came from, retained values stand on both sides', async () => {
    await bridged(blockOfGuide('mqttv50'), async (bridge) => {
      await bridge.start();
      const [ours, theirs] = [await connect(bridge.mqttd.url), await connect(bridge.mosquitto.url)];
      const [atOurs, atTheirs] = [
        await listen(bridge.mqttd.url, '+/+'),
        await listen(bridge.mosquitto.url, '+/+'),
      ];
      await theirs.publish('from/mosquitto', '1', { qos: 2, retain: true });
      expect(await take(atTheirs, 1)).toEqual(['from/mosquitto 1 2 retained']);
      expect(await take(atOurs, 1)).toEqual(['from/mosquitto 1 2 retained']);
      await ours.publish('from/mqttd', '2', { qos: 2, retain: true });
      expect(await take(atTheirs, 1)).toEqual(['from/mqttd 2 2 retained']);
      expect(await take(atOurs, 1)).toEqual(['from/mqttd 2 2 retained']);
      const late = await listen(bridge.mosquitto.url, '+/+');
      expect((await take(late, 2)).sort()).toEqual([
        'from/mosquitto 1 2 retained',
        'from/mqttd 2 2 retained',
      ]);
      await Promise.all([late, atOurs, atTheirs, ours, theirs].map((one) => one.end()));
    });
  });

  it.each(
    kept.flatMap(([name, block]) =>
      (
        [
          ['mqttd', 'SIGTERM'],
          ['mqttd', 'SIGKILL'],
          ['mosquitto', 'SIGTERM'],
        ] as const
      ).map(([who, signal]) => [name, who, signal, block] as const),
    ),
  )(
    '%s: %s ended by %s in the middle of QoS 2: nothing lost, nothing doubled',
    async (...[, who, signal, block]) => {
      await bridged(blockOf(block), async (bridge) => {
        await bridge.start();
        const rows = await Rows.open(bridge, block);
        const sending = rows.all.map(({ stream }) => stream.send(COUNT));
        await Promise.all(rows.all.map(({ stream }) => stream.arrived(COUNT / 4)));
        await bridge[who].end(signal);
        await bridge[who].start();
        await Promise.all(sending);
        await rows.close();
      });
    },
  );

  it.each(kept)(
    '%s: what Mosquitto has written down outlives SIGKILL of both, each while the other is away',
    async (_, block) => {
      await bridged(blockOf(block), async (bridge) => {
        await bridge.start();
        const rows = await Rows.open(bridge, block);
        await bridge.mqttd.end('SIGTERM');
        await rows.up?.send(WAITING);
        await bridge.mosquitto.save();
        // It answers nobody while it writes: an answer says that the file is there.
        await (await connect(bridge.mosquitto.url)).end();
        await bridge.mosquitto.end('SIGKILL');
        await bridge.mqttd.start();
        await rows.down?.send(WAITING);
        await bridge.mqttd.end('SIGKILL');
        await bridge.mosquitto.start();
        await bridge.mqttd.start();
        await rows.close();
      });
    },
  );
});

const COUNT = 200;
const WAITING = 40;

/** A row of messages and the tap that sees what Mosquitto sends of it. */
interface Row {
  readonly stream: Stream;
  readonly tap: Tap;
}

/** Rows of QoS 2 messages through a bridge, each way that a bridge keeps. */
class Rows {
  readonly up: Stream;
  readonly down: Stream | undefined;
  readonly all: readonly Row[];
  readonly #reading: Tap;

  private constructor(up: Row, down: Row | undefined, reading: Tap) {
    this.up = up.stream;
    this.down = down?.stream;
    this.all = down === undefined ? [up] : [up, down];
    this.#reading = reading;
  }

  static async open({ mqttd, mosquitto, tap }: Bridge, { protocol }: Block): Promise<Rows> {
    const up = await Stream.open({
      name: 'up',
      from: mosquitto.url,
      to: mqttd.url,
      published: 'up/row',
      received: 'mosquitto/row',
    });
    const reading = new Tap('broker', true);
    const to = await reading.open(mosquitto.url);
    // In 5.0 nothing waits at mqttd when the bridge is away: its session ends with the connection.
    if (protocol === 'mqttv50') return new Rows({ stream: up, tap }, undefined, reading);
    const down = await Stream.open({
      name: 'down',
      from: mqttd.url,
      to,
      published: 'mqttd/row',
      received: 'down/row',
    });
    return new Rows({ stream: up, tap }, { stream: down, tap: reading }, reading);
  }

  /** Everything has come, and nothing twice. */
  async close(): Promise<void> {
    await Promise.all(this.all.map(({ stream }) => stream.close()));
    await this.#reading.close();
    for (const { stream, tap } of this.all)
      expect(stream.verdict(tap.sentAgain)).toEqual({ lost: [], doubled: [] });
  }
}
