/**
 * A client that is killed: publishes numbered messages with a store in a file, and says in a line each which it began
 * (`p`), which are kept (`k`) and which are acknowledged (`a`). Words: URL, file, first number, how many, what the
 * store outlives, a fault to plant in the store.
 */
import process from 'node:process';
import { connect } from '@mqtt/client';
import { fileStore } from '@mqtt/client/store-file';

const [url = '', path = '', first = '0', count = '0', outlives = 'process', plant = ''] =
  process.argv.slice(2);

/** A store with a fault: `early` says that it has kept what it has not, `ids` forgets packet ids. */
function planted(store) {
  return {
    async open(server, options) {
      const keeper = await store.open(server, options);
      const tell = keeper.tell.bind(keeper);
      keeper.tell = (fact, then) => {
        if (plant === 'ids')
          tell(fact?.fact === 'sent' || fact?.fact === 'released' ? undefined : fact, then);
        else {
          setTimeout(() => tell(fact), 30);
          if (then !== undefined) queueMicrotask(then);
        }
      };
      return keeper;
    },
  };
}

const say = (line) => process.stdout.write(`${line}\n`);
const store = fileStore({ path, outlives });
const client = await connect(url, {
  store: plant === '' ? store : planted(store),
  maximumQueuedMessages: 10_000,
  properties: { sessionExpiryInterval: 3600 },
});
client.on('error', (error) => say(`e ${error.message}`));
say('c');
let open = 0;
const last = Number(first) + Number(count);
for (let n = Number(first); n < last; n += 1) {
  say(`p ${n}`);
  open += 1;
  const qos = n % 3 === 0 ? 1 : 2;
  client.publish(`t/${qos}`, `${n}`, { qos, onKept: () => say(`k ${n}`) }).then(
    () => {
      open -= 1;
      say(`a ${n}`);
    },
    (error) => say(`e ${error.message}`),
  );
  while (open >= 40) await new Promise((resolve) => setImmediate(resolve));
  if (n % 7 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
}
await client.end({ timeout: 20_000 });
say('d');
