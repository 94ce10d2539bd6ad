/**
 * A row of numbered QoS 2 messages from a client at one broker to a client at another, both of which come back when
 * their broker does: which came, and how often. Knows nothing of bridges.
 */
import { type Client, type ConnectOptions, connect } from '@mqtt/client';
import { within } from '../peers/deadline.ts';

const PATIENCE = 20_000;
/** Messages that are on their way at a time: less than Mosquitto queues. */
const WINDOW = 50;

function kept(clientId: string): ConnectOptions {
  return {
    clientId,
    cleanStart: false,
    properties: { sessionExpiryInterval: 3600 },
    reconnect: { minimumDelay: 20, maximumDelay: 200, initial: true },
  };
}

/** Where a stream goes. */
export interface Route {
  /** Name of both clients, and of the stream. */
  readonly name: string;
  readonly from: string;
  readonly to: string;
  /** Topic at the first broker, and at the second. */
  readonly published: string;
  readonly received: string;
}

/** A stream, and its two clients. */
export class Stream {
  readonly #route: Route;
  readonly #writer: Client;
  readonly #reader: Client;
  readonly #came: number[] = [];
  readonly #watchers = new Set<() => void>();
  #sent = 0;

  private constructor(route: Route, writer: Client, reader: Client) {
    this.#route = route;
    this.#writer = writer;
    this.#reader = reader;
  }

  /** Connects both clients and subscribes. */
  static async open(route: Route): Promise<Stream> {
    let tell = (_: number): void => undefined;
    const reader = await connect(route.to, {
      ...kept(`${route.name}-reader`),
      onMessage: (message) => tell(Number(message.text())),
    });
    const writer = await connect(route.from, kept(`${route.name}-writer`));
    await reader.subscribe(route.received, { qos: 2 });
    const stream = new Stream(route, writer, reader);
    tell = (number) => {
      stream.#came.push(number);
      for (const watch of [...stream.#watchers]) watch();
    };
    return stream;
  }

  /** Publishes so many more; resolves when all are acknowledged. */
  async send(count: number): Promise<void> {
    const open = new Set<Promise<void>>();
    for (let left = count; left > 0; left--) {
      this.#sent += 1;
      const one = this.#writer
        .publish(this.#route.published, String(this.#sent), { qos: 2 })
        .then(() => void open.delete(one));
      open.add(one);
      if (open.size >= WINDOW)
        await within(Promise.race(open), this.#what('an acknowledgement'), { patience: PATIENCE });
    }
    await within(Promise.all(open), this.#what('all acknowledgements'), { patience: PATIENCE });
  }

  /** Resolves when so many different ones have come. */
  async arrived(count: number): Promise<void> {
    const isThere = (): boolean => new Set(this.#came).size >= count;
    if (isThere()) return;
    const coming = new Promise<void>((resolve) => {
      this.#watchers.add(() => isThere() && resolve());
    });
    await within(coming, this.#what(`message ${count}`), {
      patience: PATIENCE,
      detail: () => `: ${JSON.stringify(this.verdict(new Set()))}`,
    });
  }

  /** Of what was sent: what never came, and what came again though it was not `sentAgain` as a new message. */
  verdict(sentAgain: ReadonlySet<string>): {
    readonly lost: readonly number[];
    readonly doubled: readonly number[];
  } {
    const seen = new Set(this.#came);
    const lost = Array.from({ length: this.#sent }, (_, index) => index + 1).filter((one) => !seen.has(one));
    const doubled = this.#came.filter((one, index) => this.#came.indexOf(one) !== index);
    return { lost, doubled: doubled.filter((one) => !sentAgain.has(String(one))) };
  }

  /** One more message behind all others, so that what came twice has come; then both clients leave. */
  async close(): Promise<void> {
    await this.send(1);
    await this.arrived(this.#sent);
    await Promise.all([this.#writer.end(), this.#reader.end()]);
  }

  #what(what: string): string {
    return `${what} of ${this.#route.name}`;
  }
}
