/**
 * A relay in front of a broker that spoils what the broker says: so that a test can see that a case is able to fail.
 */
import { connect, createServer, type Socket } from 'node:net';
import { Decoder, encode, type Packet } from '@mqtt/codec';

/** What becomes of a packet from the broker: packets or bytes; none: it is lost. */
export type Fault = (packet: Packet<4>) => readonly (Packet<4> | Uint8Array)[];

/** A running relay. */
export interface FaultyRelay {
  readonly url: URL;
  stop(): Promise<void>;
}

/** Opens it on a free loopback port; 3.1.1 alone. */
export async function openFaultyRelay(broker: string, fault: Fault): Promise<FaultyRelay> {
  const { hostname, port } = new URL(broker);
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, (near) => {
    const far = connect({ host: hostname, port: Number(port), noDelay: true });
    const decoder = new Decoder({ role: 'client', version: 4 });
    near.pipe(far);
    far.on('data', (chunk: Uint8Array) => {
      decoder.push(chunk);
      for (let packet = decoder.next(); packet !== undefined; packet = decoder.next()) {
        for (const spoilt of fault(packet as Packet<4>))
          near.write(spoilt instanceof Uint8Array ? spoilt : encode(spoilt, 4));
      }
    });
    far.on('end', () => near.end());
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(one);
      one.on('error', () => other.destroy());
      one.on('close', () => sockets.delete(one));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no TCP port');
  return {
    url: new URL(`mqtt://127.0.0.1:${address.port}`),
    stop: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
