/**
 * One client at work, in a process of its own: `@mqtt/client` as built, MQTT.js, or no client at all but a socket. Words:
 * which, the load as JSON.
 * Says with one IPC message what it did; the parent starts and ends it.
 */
import { readFileSync } from 'node:fs';
import process from 'node:process';

const [which, text = ''] = process.argv.slice(2);
const load = JSON.parse(text);
const { port, version, qos, bytes, window, warm, seconds, messages, topic } = load;
const payload = Buffer.alloc(bytes, 0x78);
const url = `mqtt://127.0.0.1:${port}`;

/** All behind the same four functions; each is used as its documents say it is fastest. */
const clients = {
  async bare() {
    const { bare } = await import('./bare.mjs');
    return bare(load);
  },
  async ours() {
    const { connect } = await import('@mqtt/client');
    const client = await connect(url, { version, maximumQoS2InFlight: window });
    return {
      publish: (done) => void client.publish(topic, payload, { qos }).then(done),
      last: () => client.publish(`${topic}/last`, '', { qos: 1 }),
      subscribe: (onMessage) => client.subscribe(topic, { qos, onMessage }),
      end: () => client.end(),
    };
  },
  async theirs() {
    const { default: mqtt } = await import('mqtt');
    const client = await mqtt.connectAsync(url, { protocolVersion: version });
    const options = { qos };
    return {
      publish: (done) => client.publish(topic, payload, options, done),
      last: () => client.publishAsync(`${topic}/last`, '', { qos: 1 }),
      subscribe(onMessage) {
        client.on('message', onMessage);
        return client.subscribeAsync(topic, { qos });
      },
      end: () => client.endAsync(),
    };
  },
};

/** System calls of this process so far that read and that write; nothing outside Linux. */
const calls = () => {
  try {
    const [, reads, writes] = /syscr: (\d+)\nsyscw: (\d+)/.exec(readFileSync('/proc/self/io', 'utf8')) ?? [];
    return [Number(reads), Number(writes)];
  } catch {
    return [Number.NaN, Number.NaN];
  }
};

const heap = () => {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
};

/** Publishes with `window` calls open, until `isOver`; resolves when the last is done. */
function publishing(client, isOver) {
  let open = 0;
  let done = 0;
  return new Promise((resolve) => {
    const settled = () => {
      open -= 1;
      done += 1;
      pump();
    };
    let pumping = false;
    const pump = () => {
      if (pumping) return;
      pumping = true;
      while (open < window && !isOver(done + open)) {
        open += 1;
        client.publish(settled);
      }
      pumping = false;
      if (open === 0 && isOver(done)) resolve(done);
    };
    pump();
  });
}

/** From here to the call of what it gives: what `count` messages took. The parent looks at the server meanwhile. */
function measure() {
  process.send({ mark: 'begin' });
  const cpu = process.cpuUsage();
  const [reads, writes] = calls();
  const begin = performance.now();
  return (count) => {
    const took = performance.now() - begin;
    const { user, system } = process.cpuUsage(cpu);
    const [readsNow, writesNow] = calls();
    process.send({ mark: 'end' });
    return {
      perSecond: (count / took) * 1000,
      cpuEach: (user + system) / count,
      readsEach: (readsNow - reads) / count,
      writesEach: (writesNow - writes) / count,
    };
  };
}

/** Publishes for so many ms; resolves with the count when all has left. */
async function publishingFor(client, ms) {
  const end = performance.now() + ms;
  let isOver = false;
  let asked = 0;
  const count = await publishing(client, () => {
    asked += 1;
    if (!isOver && (asked & 63) === 0) isOver = performance.now() >= end;
    return isOver;
  });
  await client.last(); // what QoS 0 left behind has left
  return count;
}

async function published() {
  const client = await clients[which]();
  await publishingFor(client, warm);
  const measured = measure();
  const count = await publishingFor(client, seconds * 1000);
  const result = measured(count);
  await client.end();
  return result;
}

/** Subscribes, and resolves when messages come at their full speed; `state.count` is how many came. */
async function receiving() {
  const client = await clients[which]();
  const state = { count: 0, reached: () => {}, until: Infinity };
  await client.subscribe(() => {
    state.count += 1;
    if (state.count >= state.until) state.reached();
  });
  process.send({ ready: true });
  await new Promise((resolve) => process.once('message', resolve));
  return state;
}

async function received() {
  const state = await receiving();
  const first = state.count;
  const measured = measure();
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  return measured(state.count - first);
}

async function grownByReceiving() {
  const state = await receiving();
  const before = heap();
  await new Promise((resolve) => {
    state.until = state.count + messages;
    state.reached = resolve;
  });
  return { heapGrown: heap() - before };
}

async function grown() {
  if (load.receives) return grownByReceiving();
  const client = await clients[which]();
  await publishing(client, (count) => count >= 20_000);
  await client.last();
  const before = heap();
  await publishing(client, (count) => count >= messages);
  await client.last();
  const after = heap();
  await client.end();
  return { heapGrown: after - before };
}

/** ms from before the package is loaded until a message has gone round. */
async function first() {
  const begin = performance.now();
  const client = await clients[which]();
  await new Promise((resolve) => {
    client.subscribe(resolve).then(() => client.publish(() => {}));
  });
  const took = performance.now() - begin;
  await client.end();
  return { firstMs: took };
}

const work = { publish: published, receive: received, heap: grown, first };
process.send({ result: await work[load.kind]() });
process.disconnect();
setTimeout(() => process.exit(0), 1000).unref();
