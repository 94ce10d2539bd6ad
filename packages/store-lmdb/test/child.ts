/**
 * A process with a store of its own, for tests that kill it. `hold PATH`: opens, says `open` or why not, waits.
 * `tell PATH NAME`: one message a turn for the session NAME, the one 50 before it settled; says what is durable.
 */
import process from 'node:process';
import { openStore } from '../src/index.ts';
import { Bench, contents, message, plainly, session } from './bench.ts';

const [, , mode, path = '', name = ''] = process.argv;
const bench = new Bench(openStore({ path }));
process.stdin.on('end', () => process.exit(0)).resume();
try {
  await contents(bench.store);
  process.stdout.write('open\n');
  if (mode === 'tell') tell();
} catch (error) {
  const code = error instanceof Error && 'code' in error ? error.code : error;
  process.stdout.write(`${String(code)}\n`);
  process.exit(1);
}

function tell(): void {
  const { store } = bench;
  const owner = store.opened(session(name));
  const keys: number[] = [];
  const tickets: number[] = [];
  let said = 0;
  setInterval(() => {
    for (let burst = 0; burst < 3; burst++) {
      setImmediate(() => {
        keys.push(store.queued(owner, message(`${keys.length} ${'x'.repeat(300)}`), plainly));
        const over = keys[keys.length - 51];
        if (over !== undefined) store.settled(over);
        tickets.push(store.newest);
      });
    }
    let durable = said;
    while ((tickets[durable] ?? Number.POSITIVE_INFINITY) <= store.durable) durable++;
    if (durable > said) process.stdout.write(`${durable}\n`);
    said = durable;
  }, 1);
}
