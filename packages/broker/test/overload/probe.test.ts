/** The probe of this process, and a broker whose event loop is really late. */
import { connect as connectSocket, type Socket } from 'node:net';
import { Decoder, encode, type Packet } from '@mqtt/codec';
import { afterEach, describe, expect, it } from 'vitest';
import { type Broker, createBroker, type OverloadLevel } from '../../src/index.ts';
import { systemProbe } from '../../src/overload/probe.ts';
import { connect, short, type Wishes } from '../wire/house.ts';

const ends: (() => unknown)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

/** Does nothing but take time. */
function burn(ms: number): void {
  for (const end = performance.now() + ms; performance.now() < end; );
}

/** One 5.0 client on a real socket. */
class Caller {
  readonly socket: Socket;
  readonly #decoder = new Decoder({ version: 5, role: 'client' });
  readonly #packets: Packet[] = [];
  #wake = (): void => {};

  constructor(port: number, wishes: Wishes) {
    this.socket = connectSocket({ port, host: '127.0.0.1' });
    this.socket.on('data', (chunk) => {
      this.#decoder.push(new Uint8Array(chunk));
      for (let packet = this.#decoder.next(); packet !== undefined; packet = this.#decoder.next())
        this.#packets.push(packet);
      this.#wake();
    });
    this.socket.on('error', () => {});
    this.socket.write(encode(connect(wishes) as Packet<5>, 5));
    ends.push(() => this.socket.destroy());
  }

  async next(): Promise<string> {
    while (this.#packets.length === 0) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return short(this.#packets.shift());
  }
}

describe('a process that is busy', () => {
  it('[G05] refuses CONNECT while its event loop is late, and takes it again afterwards', async () => {
    const reached = new Map<OverloadLevel, () => void>();
    const reaches = (level: OverloadLevel): Promise<void> =>
      new Promise((resolve) => reached.set(level, resolve));
    const broker: Broker = createBroker({
      limits: { pauseDelay: 0, refuseDelay: 100, shedDelay: 0, pauseHeap: 0, refuseHeap: 0, shedHeap: 0 },
      hooks: { onOverload: (level) => reached.get(level)?.() },
    });
    ends.push(() => broker.close({ drain: 100 }));
    const { port } = await broker.listen({ type: 'tcp', port: 0 });
    expect(await new Caller(port, { clientId: 'a' }).next()).toBe('CONNACK');
    let isBusy = true;
    const work = (): void => {
      burn(300);
      if (isBusy) setImmediate(work);
    };
    const overloaded = reaches(2);
    work();
    await overloaded;
    expect(await new Caller(port, { clientId: 'b' }).next()).toBe('CONNACK 0x89');
    const calm = reaches(0);
    isBusy = false;
    await calm;
    expect(await new Caller(port, { clientId: 'b' }).next()).toBe('CONNACK');
  });

  it('[G05] 5.0 [MQTT-3.1.2-22] does not count its own lateness as a client being silent', async () => {
    const broker = createBroker();
    ends.push(() => broker.close({ drain: 100 }));
    const { port } = await broker.listen({ type: 'tcp', port: 0 });
    const caller = new Caller(port, { clientId: 'a', keepAlive: 1 });
    expect(await caller.next()).toBe('CONNACK');
    caller.socket.write(new Uint8Array([0xc0, 0])); // in the kernel, in time
    burn(2500);
    expect(await caller.next()).toBe('PINGRESP');
    expect(broker.metrics.keepAliveTimeouts).toBe(0);
  });
});

describe('the probe of the system', () => {
  it('knows the heap, and of no delay before it was started', () => {
    const probe = systemProbe();
    const { delay, heapUsed, heapLimit } = probe.sample();
    expect(delay).toBe(0);
    expect(heapUsed).toBeGreaterThan(1_000_000);
    expect(heapLimit).toBeGreaterThan(heapUsed);
  });
});
