/**
 * `mqtt-conformance --client …`: a scripted server for each case, and a client that is asked to do the case's task.
 * Exit codes are those of `mqtt-conformance`.
 */
import { parseArgs } from 'node:util';
import { makeFiles, numberOf, say, tell, versionsNamed } from '../command-line.ts';
import { byHand } from './drivers/by-hand.ts';
import { command } from './drivers/command.ts';
import type { Driver } from './drivers/driver.ts';
import { mosquittoTools } from './drivers/mosquitto-tools.ts';
import { mqttJs } from './drivers/mqtt-js.ts';
import { ourClient } from './drivers/our-client.ts';
import { pahoC, pahoPython } from './drivers/paho.ts';
import { clientPlaysOf, runClient } from './run-client.ts';
import { surveyOfClient } from './survey-client.ts';

const HELP = `mqtt-conformance --client [options] [-- COMMAND WORD…]

Plays the server in scripted exchanges and counts the normative statements of MQTT 3.1.1 and 5.0 that a client keeps.
COMMAND is run for each case; in its words {url}, {host}, {port}, {version}, {clientId} and {task} stand for what they
say. A command that ends with 77 cannot do it. Without a command each task is printed, and you point your client at the
URL. {task} is JSON, without line breaks:

  { "version": "5.0", "clientId": "c1", "cleanStart": true, "keepAlive": 0, "sessionExpiryInterval": 0, "reconnect": false,
    "do": [ { "subscribe": { "topicFilter": "t", "qos": 1 } },
            { "publish": [ { "topic": "t", "payload": "1", "qos": 2, "retain": false } ] },
            { "unsubscribe": "t" } ],
    "afterwards": "disconnect" }

What is in "do" is done in its order, messages of one "publish" at once; then the client disconnects, or stays until it is
ended ("stay"). There may be "username", "password", "will" (a message), "receiveMaximum", "topicAliasMaximum", and
"messageExpiryInterval" in a message. "reconnect": it connects again by itself.

  --driver NAME         ours, mqtt.js, mosquitto, paho-python or paho-c, in place of a command
  --version 3.1.1|5.0   one version; both unless said
  --filter TEXT         statements whose id, or cases whose name, holds this text
  --patience MS         how long an answer may take; 3000 unless said, 60000 without a command
  --parallel N          cases at a time; 4 unless said, 1 without a command
  --json FILE, --junit FILE, --list
`;

const DRIVERS: Readonly<Record<string, Driver>> = {
  ours: ourClient,
  'mqtt.js': mqttJs,
  mosquitto: mosquittoTools,
  'paho-python': pahoPython,
  'paho-c': pahoC,
};

/** Runs it with the words behind `--client`; gives the exit code. @throws {Error} for wrong use */
export async function mainOfClient(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      driver: { type: 'string' },
      version: { type: 'string' },
      filter: { type: 'string' },
      patience: { type: 'string' },
      parallel: { type: 'string' },
      json: { type: 'string' },
      junit: { type: 'string' },
      list: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return say(HELP, 0);
  const versions = versionsNamed(values.version);
  const plays = clientPlaysOf(versions, values.filter);
  if (plays.length === 0) throw new Error(`--filter ${values.filter}: no statement and no case holds this`);
  if (values.list) return say(plays.map(({ case: one, version }) => `${version}: ${one.name}\n`).join(''), 0);
  const driver = driverNamed(values.driver, positionals);
  const isByHand = driver.name === 'by hand';
  const patience = numberOf('patience', values.patience ?? (isByHand ? '60000' : '3000'));
  const parallel = numberOf('parallel', values.parallel ?? (isByHand ? '1' : '4'));
  makeFiles(values.json, values.junit);
  const outcomes = await runClient(plays, driver, { patience, parallel });
  const rows = surveyOfClient(outcomes, versions);
  const bad = outcomes.filter(({ verdict }) => verdict === 'failed' || verdict === 'not reached');
  const { name } = driver;
  const { json, junit } = values;
  return tell({ name, binds: 'client', outcomes, rows, bad, known: name, json, junit });
}

function driverNamed(name: string | undefined, words: readonly string[]): Driver {
  if (name === undefined) return words.length === 0 ? byHand : command(words);
  const driver = DRIVERS[name];
  if (driver === undefined) throw new Error(`--driver ${name}: one of ${Object.keys(DRIVERS).join(', ')}`);
  if (words.length > 0) throw new Error('--driver or a command, not both');
  return driver;
}
