/**
 * A piece of network between a client and a broker: it can be cut, or pass nothing any more while it stays open, as when
 * the power of a router fails; and it writes down what passes. Knows nothing of MQTT. TLS goes through as it is, unless
 * it is asked to end it on both sides in order to read.
 */
import { readFileSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { connect as connectTls, createServer as createTlsServer } from 'node:tls';
import { giveBack, ownPort } from './free-port.ts';
import type { Certificates } from './peer.ts';

/** Bytes of one direction of one connection that are written down; beyond that only their number is. */
const LONGEST_RECORD = 4_000_000;

/** How often a port is asked for again, and ms between. */
const ATTEMPTS = 50;
const BETWEEN = 100;

/** A piece that passed. */
export interface Passed {
  /** ms since the relay was opened. */
  readonly at: number;
  /** Which connection, from 1 on. */
  readonly connection: number;
  /** `->` to the broker, `<-` from it; `--` an end. */
  readonly way: '->' | '<-' | '--';
  /** What passed; for an end, who did it. */
  readonly bytes: Uint8Array;
  readonly who?: string;
}

/** A relay to one address. */
export interface Relay {
  /** The address of the other end, through this relay. */
  readonly url: string;
  /** What passed until now; encrypted where the relay passes TLS through. */
  readonly record: readonly Passed[];
  /** Resolves at the first connection: who was to come has started. */
  readonly reached: Promise<void>;
  /** Destroys every connection, and takes no more. */
  cut(): Promise<void>;
  /** Passes nothing any more in either direction; connections stay open, and new ones get no answer. */
  freeze(): void;
  /** Refuses new connections until `open`, as a machine does on which nothing listens; those that are open stay. */
  refuse(): void;
  /** Takes connections again, at the same address. */
  open(): Promise<void>;
}

/** What a relay may be told beside its target. */
export interface RelayOptions {
  /** End TLS on both sides with these, and read what passes. */
  readonly reading?: Certificates | undefined;
  /** With `reading`: ask the near side for its certificate, and show the client's to the far side. */
  readonly isMutual?: boolean;
  /** It may `refuse` and `open` again: its port is one that no outgoing connection takes meanwhile. */
  readonly isReopened?: boolean;
}

interface Connection {
  readonly near: Socket;
  readonly far: Socket;
}

class Recorder {
  readonly record: Passed[] = [];
  readonly #began = performance.now();
  readonly #sizes = new Map<string, number>();

  bytes(connection: number, way: '->' | '<-', bytes: Uint8Array): void {
    const key = `${connection}${way}`;
    const size = (this.#sizes.get(key) ?? 0) + bytes.length;
    this.#sizes.set(key, size);
    if (size <= LONGEST_RECORD) this.record.push({ at: this.#now(), connection, way, bytes });
  }

  end(connection: number, who: string): void {
    this.record.push({ at: this.#now(), connection, way: '--', bytes: new Uint8Array(), who });
  }

  #now(): number {
    return performance.now() - this.#began;
  }
}

function serverFor({ reading, isMutual = false }: RelayOptions, onNear: (near: Socket) => void): Server {
  if (reading === undefined) return createServer({ noDelay: true }, onNear);
  const [ca, cert, key] = [reading.ca, reading.server.cert, reading.server.key].map((path) =>
    readFileSync(path),
  );
  return createTlsServer({ ca, cert, key, requestCert: isMutual, rejectUnauthorized: isMutual }, onNear);
}

function farSocket(url: URL, { reading, isMutual = false }: RelayOptions): Socket {
  const at = { host: url.hostname, port: Number(url.port), noDelay: true };
  if (reading === undefined) return connect(at);
  const shown = isMutual
    ? { cert: readFileSync(reading.client.cert), key: readFileSync(reading.client.key) }
    : {};
  return connectTls({ ...at, ca: readFileSync(reading.ca), ...shown });
}

/**
 * Opens a relay on a free loopback port in front of the server that `target` names; asked at every connection, because
 * a server that was started again may be elsewhere.
 */
export async function openRelay(target: () => string, options: RelayOptions = {}): Promise<Relay> {
  const recorder = new Recorder();
  const connections = new Set<Connection>();
  const stuck = new Set<Socket>();
  let isCut = false;
  let isFrozen = false;
  let count = 0;
  let reach: () => void = () => undefined;
  const reached = new Promise<void>((resolve) => {
    reach = resolve;
  });
  const server = serverFor(options, (near) => {
    reach();
    if (isCut) {
      near.destroy();
      return;
    }
    if (isFrozen) {
      stuck.add(near.pause());
      near.on('error', () => stuck.delete(near));
      return;
    }
    count += 1;
    const connection = { near, far: farSocket(new URL(target()), options) };
    connections.add(connection);
    join(connection, count, recorder, () => isCut);
    near.on('close', () => connections.delete(connection));
  });
  server.on('tlsClientError', () => undefined);
  const port = await listenFirst(server, options);
  const url = new URL(target());
  url.port = String(port);
  return {
    url: url.href,
    record: recorder.record,
    reached,
    cut: async () => {
      isCut = true;
      const closed = new Promise((resolve) => server.close(resolve));
      for (const { near, far } of connections) {
        far.destroy();
        near.destroy();
      }
      for (const near of stuck) near.destroy();
      await closed;
      giveBack(port);
    },
    refuse: () => {
      server.close();
    },
    open: () => listenAgain(server, port),
    freeze: () => {
      isFrozen = true;
      for (const socket of [...connections].flatMap(({ near, far }) => [near, far])) {
        // Its end is not passed on either; it stays until it is cut.
        for (const event of ['data', 'end', 'close']) socket.removeAllListeners(event);
        socket.pause();
      }
    },
  };
}

/** Listens on a free port. @returns it */
async function listenFirst(server: Server, { isReopened = false }: RelayOptions): Promise<number> {
  if (isReopened) {
    const port = await ownPort();
    await listenAgain(server, port);
    return port;
  }
  await listen(server, 0);
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no TCP port');
  return address.port;
}

/** Tries until it works: another process may have chosen this port for a moment. */
async function listenAgain(server: Server, port: number): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    const error = await listen(server, port).then(() => undefined, String);
    if (error === undefined) return;
    if (attempt === ATTEMPTS) throw new Error(error);
    await wait(BETWEEN);
  }
}

/** However it ends, the server keeps no listener of it. */
function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (error?: Error): void => {
      server.off('listening', settle).off('error', settle);
      if (error === undefined) resolve();
      else reject(error);
    };
    server.on('listening', settle).on('error', settle).listen(port, '127.0.0.1');
  });
}

/** Passes bytes and ends from each side to the other, and writes them down. */
function join({ near, far }: Connection, number: number, recorder: Recorder, isCut: () => boolean): void {
  let isOver = false;
  const over = (who: string): void => {
    if (!isOver) recorder.end(number, isCut() ? 'the network was cut' : `closed by the ${who}`);
    isOver = true;
  };
  for (const [from, to, way, who] of [
    [near, far, '->', 'client'],
    [far, near, '<-', 'broker'],
  ] as const) {
    from.on('data', (chunk: Uint8Array) => {
      recorder.bytes(number, way, chunk);
      if (!to.write(chunk)) {
        from.pause();
        to.once('drain', () => from.resume());
      }
    });
    from.on('end', () => {
      over(who);
      to.end();
    });
    from.on('error', () => {
      over(who);
      to.destroy();
    });
    from.on('close', () => {
      over(who);
      to.destroySoon();
    });
  }
}
