/** A run that never was: one play of each verdict, for what reads runs. */
import type { Outcome } from '../../src/matrix/outcome.ts';
import type { Play } from '../../src/matrix/plan.ts';
import type { Report } from '../../src/matrix/report.ts';
import type { Broker, Client } from '../../src/peers/peer.ts';
import type { Scenario } from '../../src/scenarios/scenario.ts';

/** A broker that cannot be started. */
export function madeUpBroker(name: string, more: Partial<Broker> = {}): Broker {
  return {
    name,
    isOurs: name.startsWith('mqttd'),
    versions: ['3.1', '3.1.1', '5.0'],
    transports: ['tcp', 'tls', 'mtls', 'ws'],
    lacks: {},
    start: () => Promise.reject(new Error('it is made up')),
    ...more,
  };
}

/** A client that does nothing. */
export function madeUpClient(name: string, way: Client['way'], cannot: Client['cannot'] = {}): Client {
  const never = (): Promise<never> => Promise.reject(new Error('it is made up'));
  return { name, way, cannot, publish: never, subscribe: never };
}

const stories: readonly Scenario[] = [
  { name: 'QoS 1 both ways', statements: '3.1.1 [MQTT-4.3.2-2] 5.0 [MQTT-4.3.2-4]', steps: [] },
  { name: 'is closed & told', statements: '3.1.1 [MQTT-3.1.4-2] 5.0 [MQTT-3.1.4-3]', steps: [] },
];
const ours = madeUpBroker('mqttd');
const theirs = madeUpBroker('mosquitto');
const client = madeUpClient('MQTT.js', { version: '3.1.1', transport: 'tcp' });
const newer = madeUpClient('MQTT.js', { version: '5.0', transport: 'tcp' });

function outcome(broker: Broker, index: number, more: Partial<Outcome>): Outcome {
  const [first, second] = stories;
  const scenario = (index === 0 ? first : second) ?? { name: '', steps: [] };
  const play: Play = { broker, writer: client, reader: client, scenario };
  return { play, verdict: 'passed', reason: '', ms: 7, exchange: [], note: '', ...more };
}

/** It. */
export function madeUpReport(): Report {
  const exchange = [
    { at: 1, on: 'reader', what: '->', meaning: 'PINGREQ', hex: 'c0 00' },
    { at: 2, on: 'reader', what: '--', meaning: 'closed by the broker', hex: '' },
  ] as const;
  const known = 'it closes without a word';
  const [first = { name: '', steps: [] }] = stories;
  return {
    began: '2026-01-02T03:04:05.000Z',
    ms: 61_000,
    versions: new Map([
      ['mqttd', ''],
      ['mosquitto', '2.0.11'],
    ]),
    troubles: [],
    outcomes: [
      outcome(ours, 0, {}),
      outcome(ours, 1, { verdict: 'failed', reason: 'step 2 (receive): <b>nothing</b> came', exchange }),
      outcome(theirs, 0, {}),
      outcome(theirs, 1, { verdict: 'known', reason: 'step 3 (closed): undefined', known, exchange }),
    ],
    notPlayed: [{ broker: ours, writer: newer, reader: newer, scenario: first, why: 'it has no 5.0' }],
  };
}
