/** Whom both clients are played against: two brokers, and a peer that is never what a client waits for. */
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { type Broker, brokers } from '../broker/brokers.ts';
import { freePort } from '../broker/free-port.ts';
import { run } from '../broker/program.ts';

const PEER = fileURLToPath(new URL('./peer.mjs', import.meta.url));

function peer(): Broker {
  const name = 'peer';
  return {
    name,
    configured: `peer: a sink and a source on Node ${process.versions.node}; answers all that has come in one write, checks nothing`,
    async start() {
      const port = await freePort();
      return run(name, port, process.execPath, [PEER, String(port)]);
    },
  };
}

function broker(name: string): () => Broker {
  const make = brokers[name];
  if (make === undefined) throw new Error(`there is no broker ${name}`);
  return make;
}

/** Every server by its name. */
export const servers: Readonly<Record<string, () => Broker>> = {
  peer,
  mqttd: broker('mqttd'),
  mosquitto: broker('mosquitto'),
};
