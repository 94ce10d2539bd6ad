/**
 * `npm run conformance:peers`: starts mqttd with both stores, Mosquitto, aedes and RabbitMQ on free loopback ports, plays the
 * table against each, the cases for clients with five clients, and writes docs/conformance-peers.md. Exit code 1: ours failed, or another failed where nobody
 * has judged it yet.
 */
import { writeFileSync } from 'node:fs';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { startAedes } from '../peers/aedes.ts';
import { startMosquitto } from '../peers/mosquitto.ts';
import { startMqttdConfigured, USER } from '../peers/mqttd-configured.ts';
import type { RunningBroker } from '../peers/peer.ts';
import { startRabbitmq } from '../peers/rabbitmq.ts';
import { mosquittoTools } from './client/drivers/mosquitto-tools.ts';
import { mqttJs } from './client/drivers/mqtt-js.ts';
import { ourClient } from './client/drivers/our-client.ts';
import { pahoC, pahoPython } from './client/drivers/paho.ts';
import { clientPlaysOf, runClient } from './client/run-client.ts';
import { surveyOfClient } from './client/survey-client.ts';
import { comparisonDocument, countsTable, type Result } from './comparison.ts';
import { departureOf } from './departures.ts';
import type { Outcome } from './outcome.ts';
import { failureText } from './report.ts';
import { jsonText } from './reports-for-machines.ts';
import { run } from './run.ts';
import { survey, unexpected } from './survey.ts';

const COMMAND = 'npm run conformance:peers';
const DOCUMENT = fileURLToPath(new URL('../../../../docs/conformance-peers.md', import.meta.url));
const VERSIONS = ['3.1.1', '5.0'] as const;

const BROKERS: readonly { title: string; known?: string; start: () => Promise<RunningBroker> }[] = [
  { title: 'mqttd, memory', start: () => startMqttdConfigured({ store: 'memory' }) },
  { title: 'mqttd, durable', start: () => startMqttdConfigured({ store: 'durable' }) },
  { title: 'Mosquitto', known: 'mosquitto', start: startMosquitto },
  { title: 'aedes', known: 'aedes', start: startAedes },
  { title: 'RabbitMQ', known: 'rabbitmq', start: startRabbitmq },
];

const { values } = parseArgs({ options: { json: { type: 'string' }, 'no-document': { type: 'boolean' } } });
const results: Result[] = [];
for (const { title, known, start } of BROKERS) {
  const broker = await start();
  try {
    const { tcp, ws } = broker.addresses;
    const credentials = known === undefined ? USER : {};
    const target = { url: new URL(tcp), webSocket: new URL(ws), credentials, patience: 4000, run: 'mc000' };
    const again = (one: Outcome): boolean => known !== undefined && departureOf(known, one) === undefined;
    const outcomes = await run({ target, versions: VERSIONS, parallel: 8, again });
    const rows = survey(outcomes, VERSIONS);
    results.push({ title: [title, broker.version ?? ''].join(' ').trim(), known, rows, outcomes });
    process.stderr.write(`${title}: ${outcomes.length} plays\n`);
  } finally {
    await broker.stop();
  }
}
const clients: Result[] = [];
for (const driver of [ourClient, mqttJs, mosquittoTools, pahoPython, pahoC]) {
  const outcomes = await runClient(clientPlaysOf(VERSIONS), driver, { patience: 8000, parallel: 12 });
  const rows = surveyOfClient(outcomes, VERSIONS);
  clients.push({ title: driver.name, known: driver.name, rows, outcomes });
  process.stderr.write(`${driver.name}: ${outcomes.length} plays\n`);
}
const surprises = [...results, ...clients].flatMap(({ known, outcomes }) => unexpected(outcomes, known));
for (const one of surprises) process.stdout.write(`\n${failureText(one)}\n`);
if (values.json !== undefined) {
  const parts = [...results, ...clients].map(({ title, rows, outcomes, known }) =>
    jsonText(title, rows, outcomes, known).trimEnd(),
  );
  writeFileSync(values.json, `[${parts.join(',\n')}]\n`);
}
if (values['no-document'] !== true) writeFileSync(DOCUMENT, comparisonDocument(results, clients, COMMAND));
process.stdout.write(`\n${countsTable(results).join('\n')}\n\n${countsTable(clients).join('\n')}\n`);
process.exitCode = surprises.length === 0 ? 0 : 1;
