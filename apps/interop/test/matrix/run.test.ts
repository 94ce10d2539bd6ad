/** A play that time presses, in a process that is late: the try in which it was does not count. Client and broker are made up. */
import { describe, expect, it } from 'vitest';
import { Pulse } from '../../src/matrix/pulse.ts';
import { run } from '../../src/matrix/run.ts';
import { sumText } from '../../src/matrix/terminal.ts';
import type { Broker, Client } from '../../src/peers/peer.ts';

const nowhere = { tcp: 'mqtt://127.0.0.1:9', ws: 'ws://127.0.0.1:9/mqtt' };
const broker: Broker = {
  name: 'made up',
  isOurs: false,
  versions: ['5.0'],
  transports: ['tcp'],
  lacks: {},
  start: () => Promise.resolve({ name: 'made up', addresses: nowhere, stop: () => Promise.resolve() }),
};

/** ms; it stands still but where a client keeps the process from its work. */
let clock = 0;
/** ms until a beat has come for sure. */
const A_BEAT = 60;

/** Fails as often as told, each time having kept this process from its work for so many ms. */
function clientThatFails(times: number, late: number): Client & { readonly tries: () => number } {
  let tries = 0;
  return {
    name: 'made up',
    way: { version: '5.0', transport: 'tcp' },
    cannot: {},
    publish: async () => {
      tries += 1;
      if (tries > times) return;
      clock += late;
      await new Promise((beat) => setTimeout(beat, A_BEAT));
      throw new Error('too late');
    },
    subscribe: () => Promise.reject(new Error('it only publishes')),
    tries: () => tries,
  };
}

async function sumOf(client: Client, isTimed: boolean): Promise<string> {
  const scenario = {
    name: 'in time',
    ...(isTimed ? { isTimed } : {}),
    steps: [{ publish: [{ topic: 't', payload: '1' }] }],
  } as const;
  const play = { broker, writer: client, reader: client, scenario };
  const report = await run({ plan: { plays: [play], notPlayed: [] }, pulse: new Pulse(() => clock) });
  const [sum = ''] = sumText(report).split(', in ');
  return sum;
}

describe('a play that time presses', () => {
  it('is played again when it failed while this process was late', async () => {
    const client = clientThatFails(1, 1300);
    expect(await sumOf(client, true)).toBe(
      '1 passed, 0 failed, 0 known departures, 1 played again because this process was late',
    );
    expect(client.tries()).toBe(2);
  });

  it('has failed when it did so in time', async () => {
    const client = clientThatFails(1, 0);
    expect(await sumOf(client, true)).toBe('0 passed, 1 failed, 0 known departures');
    expect(client.tries()).toBe(1);
  });

  it('is not played again and again', async () => {
    const client = clientThatFails(9, 1100);
    expect(await sumOf(client, true)).toBe(
      '0 passed, 1 failed, 0 known departures, 1 played again because this process was late',
    );
    expect(client.tries()).toBe(3);
  });
});

it('a play that time does not press has failed however late this process is', async () => {
  const client = clientThatFails(1, 1300);
  expect(await sumOf(client, false)).toBe('0 passed, 1 failed, 0 known departures');
  expect(client.tries()).toBe(1);
});
