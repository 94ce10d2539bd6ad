/**
 * Mosquitto, which bridges into mqttd, is killed in the middle of a stream. What mqttd has acknowledged to the bridge is
 * kept, mqttd doubles nothing, and the bridge comes back by itself and goes on. What Mosquitto had acknowledged and not
 * written down is gone: that is its departure (§4.1), counted and shown.
 */
import process from 'node:process';
import { connect } from '@mqtt/client';
import { afterAll, describe, expect, it } from 'vitest';
import { Account } from '../src/bridge/account.ts';
import { type Block, type Bridge, blockOf } from '../src/bridge/ends.ts';
import { Stream } from '../src/bridge/stream.ts';
import { bridged } from '../src/bridge/turns.ts';
import { within } from '../src/peers/deadline.ts';
import { killPrograms } from '../src/peers/program.ts';

const TOPICS = ['# out 2 up/ mosquitto/', '# in 2 down/ mqttd/'];
const kept: Block = { protocol: 'mqttv311', tryPrivate: false, topics: TOPICS };
const v5: Block = { protocol: 'mqttv50', tryPrivate: true, topics: TOPICS };
/** The most that Mosquitto can keep: it writes everything down after each round in which anything changed. */
const SAVING = ['autosave_on_changes true', 'autosave_interval 1'];
const COUNT = 150;
const KILLS = 2;
const WAITING = 40;

// Of a test that ran out of time, too.
afterAll(killPrograms);

/** A row of messages one way at one QoS, and what passed of it over the link. */
class Row {
  readonly stream: Stream;
  readonly #way: 'up' | 'down';
  readonly #qos: 1 | 2;
  readonly #account: Account;

  private constructor(way: 'up' | 'down', qos: 1 | 2, stream: Stream, account: Account) {
    this.#way = way;
    this.#qos = qos;
    this.stream = stream;
    this.#account = account;
  }

  get #name(): string {
    return `${this.#way} at QoS ${this.#qos}`;
  }

  /** Of a message on the link. */
  #nameOf(number: number): string {
    return `${this.#way === 'up' ? 'mosquitto' : 'mqttd'}/row-${this.#qos} ${number}`;
  }

  static async open({ mqttd, mosquitto, tap }: Bridge, way: 'up' | 'down', qos: 1 | 2): Promise<Row> {
    const account = new Account(way === 'up' ? 'client' : 'broker');
    tap.watch((packet, from) => account.see(packet, from));
    const stream = await Stream.open({
      name: `${way}-${qos}`,
      qos,
      from: way === 'up' ? mosquitto.url : mqttd.url,
      to: way === 'up' ? mqttd.url : mosquitto.url,
      published: `${way === 'up' ? 'up' : 'mqttd'}/row-${qos}`,
      received: `${way === 'up' ? 'mosquitto' : 'down'}/row-${qos}`,
    });
    return new Row(way, qos, stream, account);
  }

  /** Names on the link, with how often each came at the other end. */
  get #all(): { readonly name: string; readonly times: number }[] {
    return this.stream.times.map((times, index) => ({ name: this.#nameOf(index + 1), times }));
  }

  /**
   * A message of now comes, of those that mqttd had to take for one: a Mosquitto that was killed forgets what it has not
   * released, and gives its packet ids to new messages, which are the old ones then [MQTT-4.3.3-2].
   */
  async goOn(): Promise<void> {
    const mustCome = (number: number): Promise<boolean> =>
      within(this.#account.whenSent(this.#nameOf(number)), `message ${number} of ${this.#name} on the link`);
    await this.stream.goOn(this.#way === 'up' ? mustCome : undefined);
  }

  /** Up: what mqttd acknowledged to the bridge has come, and nothing oftener than the bridge made a message of it. */
  mqttdAsReceiver(): Verdict {
    const all = this.#all;
    return {
      lost: all.filter(({ name, times }) => this.#account.isAcknowledged(name) && times === 0),
      doubled: all.filter(({ name, times }) => times > this.#account.made(name)),
    };
  }

  /** Down: of each message one was made, until Mosquitto acknowledged it. At QoS 1 it may be sent again (§4.3.2). */
  async mqttdAsSender(isKept: boolean): Promise<Verdict> {
    const names = this.#all.map(({ name }) => name);
    if (isKept) await within(this.#account.whenAcknowledged(names), `acknowledgements of ${this.#name}`);
    return {
      lost: isKept ? this.#all.filter(({ name }) => this.#account.made(name) === 0) : [],
      doubled: this.#qos === 2 ? this.#all.filter(({ name }) => this.#account.made(name) > 1) : [],
    };
  }

  /** In words: what was acknowledged and never came, what came again, whoever did it. */
  get departure(): string {
    const count = (isSo: (times: number) => boolean): number => this.stream.times.filter(isSo).length;
    return `${this.#name} ${count((times) => times === 0)} lost, ${count((times) => times > 1)} more than once`;
  }
}

/** Messages that mqttd lost or doubled. */
interface Verdict {
  readonly lost: readonly { readonly name: string }[];
  readonly doubled: readonly { readonly name: string }[];
}

const SPOTLESS: Verdict = { lost: [], doubled: [] };

function tell(title: string, rows: readonly Row[]): void {
  process.stdout.write(`${title}; of ${COUNT}: ${rows.map(({ departure }) => departure).join('; ')}\n`);
}

describe('a bridge of Mosquitto that is killed', { concurrent: true }, () => {
  it.each([
    ['3.1.1', kept, [], undefined],
    ['3.1.1, before any PUBREL gets through', kept, [], 'PUBREL'],
    ['3.1.1, autosave_on_changes', kept, SAVING, undefined],
    ['5.0', v5, [], undefined],
  ] as const)(
    '3.1.1 [MQTT-4.3.2-2] [MQTT-4.3.3-2] 5.0 [MQTT-4.3.2-4] [MQTT-4.3.3-8] [MQTT-4.3.3-10] in the middle of a stream, %s: mqttd keeps what it acknowledged, doubles nothing, and the stream goes on',
    async (name, block, settings, lost) => {
      await bridged(
        blockOf(block),
        async (bridge) => {
          await bridge.start();
          const up = await Promise.all([Row.open(bridge, 'up', 1), Row.open(bridge, 'up', 2)]);
          const down = await Promise.all([Row.open(bridge, 'down', 1), Row.open(bridge, 'down', 2)]);
          const rows = [...up, ...down];
          const sending = Promise.all(rows.map(({ stream }) => stream.send(COUNT)));
          bridge.tap.lose(lost);
          for (let kill = 1; kill <= KILLS; kill += 1) {
            const enough = (COUNT / (KILLS + 1)) * kill;
            await Promise.all(rows.map(({ stream }) => stream.acknowledged(enough)));
            await bridge.mosquitto.end('SIGKILL');
            if (kill === KILLS) bridge.tap.lose(undefined);
            await bridge.mosquitto.start();
            await bridge.mosquitto.line(/Received SUBACK from local\./);
          }
          await sending;
          await Promise.all(rows.map((row) => row.goOn()));
          tell(`Mosquitto's bridge, ${name}, killed ${KILLS} times`, rows);
          for (const row of up) expect(row.mqttdAsReceiver()).toEqual(SPOTLESS);
          // In 5.0 Mosquitto 2.0.11 asks for no Session Expiry Interval: mqttd keeps nothing for a bridge that is away.
          for (const row of down) expect(await row.mqttdAsSender(block === kept)).toEqual(SPOTLESS);
        },
        settings,
      );
    },
  );

  it.each([
    [
      'loses all it acknowledged (known departure: it writes down every half hour, and when it ends)',
      [],
      WAITING,
    ],
    ['keeps it with autosave_on_changes and autosave_interval 1', SAVING, 0],
  ] as const)('while mqttd is away, 3.1.1: Mosquitto %s', async (_, settings, lost) => {
    await bridged(
      blockOf(kept),
      async (bridge) => {
        await bridge.start();
        const rows = await Promise.all([Row.open(bridge, 'up', 1), Row.open(bridge, 'up', 2)]);
        await bridge.mqttd.end('SIGTERM');
        await Promise.all(rows.map(({ stream }) => stream.send(WAITING)));
        // It answers nobody while it writes: an answer says that what was acknowledged before is written.
        await (await connect(bridge.mosquitto.url)).end();
        await bridge.mosquitto.end('SIGKILL');
        await bridge.mqttd.start();
        await bridge.mosquitto.start();
        await bridge.mosquitto.line(/Received SUBACK from local\./);
        await Promise.all(rows.map((row) => row.goOn()));
        for (const row of rows) {
          expect(row.stream.times.filter((times) => times === 0)).toHaveLength(lost);
          expect(row.mqttdAsReceiver()).toEqual(SPOTLESS);
        }
      },
      settings,
    );
  });
});
