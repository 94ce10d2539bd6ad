/**
 * A broker with our durable store, and a fault planted between the two: what a checker that is worth something finds.
 * Words: PORT FOLDER DURABILITY MUTANT; the mutant `none` is the broker as it is. Plain JavaScript: it is a process of
 * its own and starts as fast as mqttd.
 */
import process from 'node:process';
import { createBroker } from '@mqtt/broker';
import { openStore } from '@mqtt/store-lmdb';
import { MUTANTS } from './mutants.mjs';

const [port = '', path = '', durability = 'commit', mutant = 'none'] = process.argv.slice(2);
const plant = MUTANTS[mutant];
if (plant === undefined) throw new Error(`no mutant ${mutant}; one of ${Object.keys(MUTANTS).join(', ')}`);

const store = plant(openStore({ path, durability }));
const broker = createBroker({
  store,
  limits: { maximumQueuedMessages: 100_000 },
  hooks: {
    onError: (error) => process.stderr.write(`fault: ${error?.stack ?? error}\n`),
    onDamage: (what) => process.stderr.write(`damage: ${what}\n`),
    onStore: (state, error) => {
      process.stderr.write(`store: ${state} ${error ?? ''}\n`);
      if (state === 'failed') process.exit(1);
    },
  },
});
await broker.open();
await broker.listen({ type: 'tcp', port: Number(port) });
process.stdout.write('ready\n');
process.on('SIGTERM', () => broker.close({ drain: 100 }).then(() => process.exit(0)));
