/** The same command lines with Mosquitto's programs and with `mqtt`, against Mosquitto and against mqttd: the same output. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mosquittoTools, ourTools, playRow } from '../src/command-lines/play.ts';
import { EXCHANGES, ROWS } from '../src/command-lines/table.ts';
import { startMosquitto } from '../src/peers/mosquitto.ts';
import { startMqttd } from '../src/peers/mqttd.ts';
import type { RunningBroker } from '../src/peers/peer.ts';

describe.each([
  ['Mosquitto', startMosquitto, ROWS],
  ['mqttd', startMqttd, EXCHANGES],
] as const)('against %s', (_name, startBroker, rows) => {
  let broker: RunningBroker;
  beforeAll(async () => {
    broker = await startBroker();
  });
  afterAll(() => broker.stop());

  it.concurrent.each(rows.map((row, index) => [row.name, row, index] as const))(
    '%s',
    async (_row, row, index) => {
      const topic = (maker: string): string => `cl${maker}${String(index).padStart(3, '0')}`;
      const [theirs, ours] = await Promise.all([
        playRow(row, mosquittoTools(), broker.addresses, topic('m')),
        playRow(row, ourTools(), broker.addresses, topic('o')),
      ]);
      expect(ours).toEqual(theirs);
    },
  );
});
