/**
 * A process with a store of its own, for tests that kill it. `hold PATH`: opens, says `open` or why not, waits.
 * `tell PATH NAME`: one message a turn for the session NAME, the one 50 before it settled; says what is durable.
 * `die PATH STEP`: opens, and is killed before what it does to the file for the STEPth time while it migrates.
 */
import process from 'node:process';
import { StoreFile } from '../src/file/file.ts';
import { openStore } from '../src/index.ts';
import { Bench, contents, message, plainly, session } from './bench.ts';

const [, , mode, path = '', name = ''] = process.argv;
if (mode === 'die') dieAt(Number(name));
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
