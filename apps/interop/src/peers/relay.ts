/**
 * A piece of network between a client and a broker that can be cut: the client process lives on, its connection is
 * gone without a word, as when the power of a router fails. Knows nothing of MQTT.
 */
import { connect, createServer, type Socket } from 'node:net';

/** A relay to one address. */
export interface Relay {
  /** The address of the other end, through this relay. */
  readonly url: string;
  /** Destroys every connection, and takes no more. */
  cut(): Promise<void>;
}

/** Opens a relay on a free loopback port in front of the server that `url` names. */
export async function openRelay(url: string): Promise<Relay> {
  const target = new URL(url);
  const at = { host: target.hostname, port: Number(target.port), noDelay: true };
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, (near) => {
    const far = connect(at);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.on('error', () => to.destroy());
      from.on('close', () => sockets.delete(from));
      from.pipe(to);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no TCP port');
  target.port = String(address.port);
  return {
    url: target.href,
    cut: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
