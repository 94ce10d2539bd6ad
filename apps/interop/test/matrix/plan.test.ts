/** What is played and what is not, the sums of a run, and its reports for programs. */
import { describe, expect, it } from 'vitest';
import { brokers } from '../../src/brokers.ts';
import { clients } from '../../src/clients.ts';
import { departureOf } from '../../src/departures.ts';
import { planOf, title } from '../../src/matrix/plan.ts';
import { jsonText, junitText } from '../../src/matrix/reports-for-machines.ts';
import { cellText, tableOf } from '../../src/matrix/table.ts';
import { failureText, matrixText, sumText } from '../../src/matrix/terminal.ts';
import { Together } from '../../src/matrix/together.ts';
import { isOurs } from '../../src/ours.ts';
import type { Broker, Client } from '../../src/peers/peer.ts';
import { scenarios } from '../../src/scenarios/all.ts';
import { madeUpBroker, madeUpClient, madeUpReport } from './made-up.ts';

const old = madeUpBroker('old', { versions: ['3.1.1'], transports: ['tcp'], lacks: { qos2: 'it is old' } });
const tcp = madeUpClient('c', { version: '3.1.1', transport: 'tcp' }, { showsClose: 'it is blind' });
const ws = madeUpClient('c', { version: '5.0', transport: 'ws' });
const narrow = { name: 'narrow', steps: [] };
const wide = { name: 'wide', isAboutTransport: true, steps: [] } as const;

function whyNot(scenario: object): string[] {
  const one = { name: 'x', steps: [], ...scenario };
  return planOf({ clients: [tcp], brokers: [old], scenarios: [one] }).notPlayed.map(({ why }) => why);
}

describe('what is not played says why', () => {
  it('because of the version, the transport, the client, the broker', () => {
    const peers = { clients: [ws], brokers: [old], scenarios: [narrow] };
    expect(planOf(peers).notPlayed.map(({ why }) => why)).toEqual(['old has no 5.0']);
    expect(whyNot({ versions: ['5.0'] })).toEqual(['it is of 5.0 alone']);
    expect(whyNot({ needs: ['showsClose'] })).toEqual(['c: it is blind']);
    expect(whyNot({ asks: ['qos2'] })).toEqual(['old: it is old']);
    expect(whyNot({ steps: [{ publish: [{ topic: 'a', payload: '', qos: 2 }] }] })).toEqual([
      'old: it is old',
    ]);
    expect(whyNot({})).toEqual([]);
  });

  it('because over another transport it says the same, unless all is asked for', () => {
    const peers = { clients: [tcp, ws], brokers: [madeUpBroker('mqttd')], scenarios: [narrow, wide] };
    const names = (choice = {}): string[] => planOf(peers, choice).plays.map(title);
    const most = ['c 3.1.1 tcp: narrow', 'c 3.1.1 tcp: wide', 'c 5.0 ws: wide'];
    expect(names()).toEqual(most);
    expect(names({ isAll: true })).toEqual([...most.slice(0, 2), 'c 5.0 ws: narrow', 'c 5.0 ws: wide']);
    expect(names({ scenario: 'WID', version: '5.0' })).toEqual(['c 5.0 ws: wide']);
    expect(names({ client: 'nobody' })).toEqual([]);
  });

  it('because others among themselves, stores alike and dear processes say no more', () => {
    const left = (broker: Broker, client: Client): string[] =>
      planOf({ brokers: [broker], clients: [tcp, client], scenarios: [narrow, wide] }).notPlayed.map(
        (one) => `${title(one)}: ${one.why.slice(0, 10)}`,
      );
    expect(left(madeUpBroker('theirs'), ws)).toEqual([
      'c 5.0 ws: narrow: over one t',
      'c 5.0 ws: wide: neither is',
    ]);
    const twin = madeUpBroker('mqttd', { isTwin: true });
    expect(left(twin, ws).slice(0, 2)).toEqual([
      'c 3.1.1 tcp: narrow: a store ha',
      'c 3.1.1 tcp: wide: a store ha',
    ]);
    const dear: Client = { ...madeUpClient('d', { version: '3.1.1', transport: 'tcp' }), isDear: true };
    expect(left(madeUpBroker('mqttd'), dear)).toEqual(['d 3.1.1 tcp: narrow: a process ']);
  });
});

describe('known departures', () => {
  it('are of others: none is known of our client with our broker', () => {
    const { plays } = planOf({ clients, brokers, scenarios }, { isAll: true });
    const ours = plays.filter(({ broker, reader }) => broker.isOurs && isOurs(reader.name));
    expect(ours.length).toBeGreaterThan(300);
    expect(ours.filter((play) => departureOf(play) !== undefined)).toEqual([]);
  });

  it('each concern a play that there is', () => {
    const { plays } = planOf({ clients, brokers, scenarios });
    const met = new Set(plays.map((play) => departureOf(play)?.why));
    expect(met.size).toBeGreaterThan(5);
  });
});

describe('a run', () => {
  const report = madeUpReport();

  it('is a table', () => {
    const table = tableOf(report);
    expect(table.cells.map(cellText)).toEqual(['1 passed, 1 FAILED', '1 passed, 1 known']);
    expect(matrixText(table).split('\n')).toEqual([
      '         mqttd               mosquitto',
      'MQTT.js  1 passed, 1 FAILED  1 passed, 1 known',
    ]);
    expect(sumText(report)).toBe('2 passed, 1 failed, 1 known departures, in 1 min 1 s');
  });

  it('shows a failure with what passed', () => {
    const failed = report.outcomes.find(({ verdict }) => verdict === 'failed');
    if (failed === undefined) throw new Error('none failed');
    const text = failureText(failed);
    expect(text).toMatch(
      /^FAILED mqttd \| \[MQTT-3\.1\.4-2\] MQTT\.js 3\.1\.1 tcp: is closed & told \(7 ms\)/,
    );
    expect(text).toMatch(/1 ms {2}reader -> PINGREQ {2}\| c0 00/);
  });

  it('is JSON', () => {
    const { cells, plays, notPlayed } = JSON.parse(jsonText(report));
    expect(cells[0]).toEqual({
      client: 'MQTT.js',
      broker: 'mqttd',
      passed: 1,
      failed: 1,
      known: 0,
      notPlayed: 1,
    });
    expect(plays[1]).toMatchObject({
      verdict: 'failed',
      statements: ['MQTT-3.1.4-2'],
      exchange: [{ hex: 'c0 00' }, {}],
    });
    expect(plays[0]).not.toHaveProperty('exchange');
    expect(notPlayed[0]).toMatchObject({ version: '5.0', why: 'it has no 5.0' });
  });

  it('is JUnit', () => {
    const text = junitText(report);
    expect(text).toContain('<testsuites name="interop" tests="4" failures="1" time="61">');
    expect(text).toContain(
      'is closed &amp; told" time="0.007"><failure message="step 2 (receive): &lt;b&gt;nothing',
    );
    expect(text).toContain('<skipped message="known departure: it closes without a word"/>');
  });
});

describe('those who have one broker started again', () => {
  it('wait for each other, and not for who has ended', async () => {
    const done: string[] = [];
    const together = new Together(3, async () => {
      done.push('again');
    });
    const one = together.ready().then(() => done.push('one'));
    const two = together.ready().then(() => done.push('two'));
    expect(done).toEqual([]);
    together.leave();
    await Promise.all([one, two]);
    expect(done).toEqual(['again', 'one', 'two']);
  });

  it('all fail when it does not start', async () => {
    const together = new Together(1, () => Promise.reject(new Error('no')));
    await expect(together.ready()).rejects.toThrow('no');
  });
});
