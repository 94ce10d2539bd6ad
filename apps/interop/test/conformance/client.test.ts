/** The cases for clients: ours keeps them all, others only depart where that is known, and a broken client is caught. */
import { connect as connectTcp } from 'node:net';
import { encode } from '@mqtt/codec';
import { describe, expect, it } from 'vitest';
import { beyondClients } from '../../src/conformance/client/beyond-client.ts';
import { allClientCases } from '../../src/conformance/client/cases/all.ts';
import { wordsOf } from '../../src/conformance/client/drivers/command.ts';
import type { Driver } from '../../src/conformance/client/drivers/driver.ts';
import { mosquittoTools } from '../../src/conformance/client/drivers/mosquitto-tools.ts';
import { mqttJs } from '../../src/conformance/client/drivers/mqtt-js.ts';
import { ourClient } from '../../src/conformance/client/drivers/our-client.ts';
import { pahoC, pahoPython } from '../../src/conformance/client/drivers/paho.ts';
import { playClient, taskOf } from '../../src/conformance/client/play-client.ts';
import { clientPlaysOf, runClient } from '../../src/conformance/client/run-client.ts';
import { bindsClient, surveyOfClient } from '../../src/conformance/client/survey-client.ts';
import { taskText } from '../../src/conformance/client/task-text.ts';
import type { Outcome } from '../../src/conformance/outcome.ts';
import { failureText } from '../../src/conformance/report.ts';
import { keyOf, readStatements, statementsOf, versionsOf } from '../../src/conformance/statements.ts';
import { count, unexpected } from '../../src/conformance/survey.ts';

const versions = ['3.1.1', '5.0'] as const;
const plays = clientPlaysOf(versions);

describe.concurrent('the cases for clients', () => {
  it.each([
    [ourClient, 185],
    [mqttJs, 130],
    [mosquittoTools, 95],
    [pahoPython, 145],
    [pahoC, 140],
  ] as const)('$name departs only where that is known', async (driver, least) => {
    const outcomes = await runClient(plays, driver, { patience: 6000, parallel: 16 });
    expect(unexpected(outcomes, driver.name).map((one) => failureText(one))).toEqual([]);
    const counts = count(surveyOfClient(outcomes, versions));
    expect(counts.passed).toBeGreaterThan(least);
    expect(counts['not played']).toBe(0);
  });
});

describe('the table of cases for clients', () => {
  it('has a case or a reason for every statement that binds a client', () => {
    const known = new Map(readStatements().map((one) => [keyOf(one), one]));
    const played = new Set(
      allClientCases.flatMap(({ statements }) =>
        versionsOf(statements).flatMap((version) =>
          statementsOf(statements, version).map((id) => keyOf({ version, id })),
        ),
      ),
    );
    const beyond = beyondClients();
    const bound = new Set([...known.values()].filter(bindsClient).map(keyOf));
    expect([...bound].filter((key) => !played.has(key) && !beyond.has(key))).toEqual([]);
    expect([...played].filter((key) => !bound.has(key))).toEqual([]);
    expect([...beyond.keys()].filter((key) => played.has(key) || !bound.has(key))).toEqual([]);
  });

  it('has a name of its own for every case', () => {
    expect(new Set(allClientCases.map(({ name }) => name)).size).toBe(allClientCases.length);
  });
});

/** A client that sends these bytes and listens. */
function bare(...packets: readonly Uint8Array[]): Driver {
  return {
    name: 'bare',
    start(_, url) {
      const socket = connectTcp(Number(url.port), url.hostname);
      socket.on('error', () => undefined);
      for (const packet of packets) socket.write(packet);
      return {
        ended: new Promise(() => undefined),
        stop: async () => {
          socket.destroy();
        },
      };
    },
  };
}

async function played(name: string, driver: Driver): Promise<Outcome> {
  const one = allClientCases.find((each) => each.name === name);
  if (one === undefined) throw new Error(`no case is called ${name}`);
  return playClient(one, '3.1.1', driver, 300);
}

const hello = encode(
  { type: 'CONNECT', version: 4, clientId: 'conformance', cleanStart: true, keepAlive: 0 },
  4,
);

describe('a broken client', () => {
  it('that sends a PUBLISH before CONNECT fails', async () => {
    const outcome = await played(
      'CONNECT is the first packet, has the client id, and nothing that was not asked for',
      bare(Uint8Array.of(0x30, 3, 0, 1, 0x74)),
    );
    expect([outcome.verdict, outcome.reason]).toEqual(['failed', expect.stringContaining('MQTT-3.1.0-1')]);
  });

  it('that never sends PINGREQ fails', async () => {
    const outcome = await played(
      'a client that has nothing to say sends PINGREQ within its keep alive',
      bare(hello),
    );
    expect(outcome).toMatchObject({ verdict: 'failed', failing: ['MQTT-3.1.2-23'] });
  });

  it('that goes on after a DISCONNECT fails', async () => {
    const name = 'DISCONNECT is the last packet, and the client closes; it sends no AUTH';
    const message = { type: 'PUBLISH', topic: 't', payload: new TextEncoder().encode('hello') } as const;
    const sent = encode({ ...message, qos: 0, dup: false, retain: false }, 4);
    const outcome = await played(name, bare(hello, sent, encode({ type: 'DISCONNECT' }, 4)));
    expect([outcome.verdict, outcome.reason]).toEqual([
      'failed',
      'c: nothing came in time; the connection must be closed',
    ]);
  });

  it('that does not connect has not reached the point', async () => {
    const silent: Driver = {
      name: 'silent',
      start: () => ({ ended: new Promise(() => undefined), stop: async () => undefined }),
    };
    const outcome = await played('PUBRECs leave in the order of their PUBLISHes', silent);
    expect([outcome.verdict, outcome.reason]).toEqual(['not reached', 'c: the client did not connect']);
  });
});

describe('a task', () => {
  const one = allClientCases.find(({ name }) => name.startsWith('a will stands'));
  if (one === undefined) throw new Error('the case of the will');
  const task = taskOf(one, '5.0');

  it('fills in the words of a command line', () => {
    const words = wordsOf(
      ['run', '{host}', '--port={port}', '{url}', '{task}', '{other}'],
      task,
      new URL('mqtt://127.0.0.1:7'),
    );
    expect(words.slice(0, 4)).toEqual(['run', '127.0.0.1', '--port=7', 'mqtt://127.0.0.1:7']);
    expect(JSON.parse(words[4] ?? '')).toEqual(task);
    expect(words[5]).toBe('{other}');
  });

  it('is a text for a person', () => {
    expect(taskText(task, 'mqtt://127.0.0.1:7')).toContain('will: "gone" to wills/é, QoS 2, retained');
  });
});
