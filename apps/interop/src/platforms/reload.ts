/**
 * Messages that outlive their page: what one page accepted, the next one sends. For pages alone: it needs IndexedDB.
 */
import { connect, type Message } from '@mqtt/client';
import { indexedDbStore } from '@mqtt/client/store-indexeddb';

const QOS = [1, 2, 1, 2] as const;

function done<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/** When the database of the store holds so many messages. */
async function stored(name: string, count: number): Promise<void> {
  const database = await done(indexedDB.open(name));
  for (;;) {
    const found = await done(database.transaction('messages').objectStore('messages').count());
    if (found === count) break;
  }
  database.close();
}

/** Publishes what cannot leave, and is ready to be reloaded when the store has it. `topic` is also the store's name. */
export async function leave(url: string, topic: string): Promise<void> {
  const client = await connect(url, {
    store: indexedDbStore({ name: topic }),
    properties: { sessionExpiryInterval: 60 },
  });
  client.pause();
  for (const [n, qos] of QOS.entries()) client.publish(topic, `${n}`, { qos }).catch(() => undefined);
  await stored(topic, QOS.length);
}

/** The page after it: nothing is published here, and everything arrives, once, and in order at each QoS. */
export async function comeBack(url: string, topic: string): Promise<void> {
  const reader = await connect(url);
  const got: Message[] = [];
  const subscribed = reader.subscribe(topic, { qos: 2 });
  await subscribed;
  const client = await connect(url, {
    store: indexedDbStore({ name: topic }),
    properties: { sessionExpiryInterval: 60 },
  });
  for await (const message of subscribed) {
    got.push(message);
    if (got.length === QOS.length) break;
  }
  await stored(topic, 0);
  await Promise.all([client.end(), reader.end()]);
  const inOrder = [1, 2].flatMap((qos) => got.filter((message) => message.qos === qos).map((m) => m.text()));
  if (inOrder.join() !== '0,2,1,3') throw new Error(`${inOrder} in place of 0,2,1,3`);
}
