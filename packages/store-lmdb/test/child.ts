/**
 * A process with a store of its own, for tests that kill it. `hold PATH`: opens, says `open` or why not, waits.
 * `tell PATH NAME`: one message a turn for the session NAME, the one 50 before it settled; says what is durable.
 * `fill PATH`: messages until there is no room, then half of them settled, until there is; says how many are left, and closes.
 * `die PATH STEP`: opens, and is killed before what it does to the file for the STEPth time while it migrates.
 */
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { StoreFile } from '../src/file/file.ts';
import { openStore } from '../src/index.ts';
import { Bench, contents, message, plainly, session } from './bench.ts';

const [, , mode, path = '', name = ''] = process.argv;
if (mode === 'die') dieAt(Number(name));
const bench = new Bench(
  openStore({ path, ...(mode === 'fill' ? { reservedBytes: 1 << 20, retryAfter: 5 } : {}) }),
);
process.stdin.on('end', () => process.exit(0)).resume();
try {
  await contents(bench.store);
  process.stdout.write('open\n');
  if (mode === 'tell') tell();
  if (mode === 'fill') await fill();
} catch (error) {
  const code = error instanceof Error && 'code' in error ? error.code : error;
  process.stdout.write(`${String(code)}\n`);
  process.exit(1);
}

/** Everything that is done to the file goes through these; `raise` is the transaction of a migration. */
function dieAt(step: number): void {
  let left = step;
  const next = (): void => {
    if (left-- === 0) process.kill(process.pid, 'SIGKILL');
  };
  const { raise, commit } = StoreFile.prototype;
  StoreFile.prototype.raise = function (version, write) {
    next();
    const table = this.tables.progress;
    const { put, remove } = table;
    const counted = (write: (...args: never[]) => unknown) =>
      function (this: unknown, ...args: never[]): unknown {
        next();
        return write.apply(table, args);
      };
    Object.assign(table, { put: counted(put), remove: counted(remove) });
    raise.call(this, version, () => {
      write();
      next();
    });
    Object.assign(table, { put, remove });
    next();
  };
  StoreFile.prototype.commit = function (write) {
    next();
    return commit.call(this, write);
  };
}

async function fill(): Promise<void> {
  const { store } = bench;
  const owner = store.opened(session(name));
  const keys: number[] = [];
  while (!store.isFull) {
    for (let burst = 0; burst < 100; burst++)
      keys.push(store.queued(owner, message(`${keys.length} ${'x'.repeat(3000)}`), plainly));
    await bench.until(() => store.isFull || bench.failure !== undefined || store.durable >= store.newest);
    if (bench.failure !== undefined) throw bench.failure;
  }
  for (let burst = 0; burst < 3000; burst++)
    keys.push(store.queued(owner, message('x'.repeat(3000)), plainly));
  for (let turn = 0; turn < 20; turn++) await sleep(5); // tried again and again, with more than there ever is room for
  process.stdout.write(`${bench.said.join(', ')}\n`);
  for (const key of keys.splice(0, keys.length - 100)) store.settled(key);
  await bench.until(() => !store.isFull);
  await bench.kept();
  await store.close();
  process.stdout.write(`${bench.said.join(', ')}, ${keys.length} left\n`, () => process.exit(0));
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
