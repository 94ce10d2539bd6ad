/**
 * A row of numbered messages from a client at one broker to a client at another, both of which come back when
 * their broker does: which came, and how often. Knows nothing of bridges.
 */
import { type Client, type ConnectOptions, connect, MqttError } from '@mqtt/client';
import { within } from '../peers/deadline.ts';

const PATIENCE = 20_000;
/** Messages that are on their way at a time: less than Mosquitto queues. */
const WINDOW = 50;

/** A broker that was killed has forgotten a message on its way: whether it has it nobody knows; it is not sent again. */
function unlessSessionLost(error: unknown): void {
  if (!(error instanceof MqttError) || error.code !== 'SESSION_LOST') throw error;
}

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
  /** Of each message and of the subscription; 2 unless it is said. */
  readonly qos?: 1 | 2;
}

/** A stream, and its two clients. */
export class Stream {
  readonly #route: Route;
  readonly #writer: Client;
  readonly #reader: Client;
  readonly #came: number[] = [];
  readonly #watchers = new Set<() => void>();
  #sent = 0;
  #fulfilled = 0;

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
    await reader.subscribe(route.received, { qos: route.qos ?? 2 });
    const stream = new Stream(route, writer, reader);
    tell = (number) => {
      stream.#came.push(number);
      stream.#look();
    };
    return stream;
  }

  /** Publishes so many more; resolves when all are acknowledged. */
  async send(count: number): Promise<void> {
    const open = new Set<Promise<void>>();
    for (let left = count; left > 0; left--) {
      this.#sent += 1;
      const one: Promise<void> = this.#writer
        .publish(this.#route.published, String(this.#sent), { qos: this.#route.qos ?? 2 })
        .catch(unlessSessionLost)
        .then(() => this.#settle(one, open));
      open.add(one);
      if (open.size >= WINDOW)
        await within(Promise.race(open), this.#what('an acknowledgement'), { patience: PATIENCE });
    }
    await within(Promise.all(open), this.#what('all acknowledgements'), { patience: PATIENCE });
  }

  /** Resolves when so many have been acknowledged to their publisher, or forgotten by who should. */
  async acknowledged(count: number): Promise<void> {
    await this.#until(() => this.#fulfilled >= count, `acknowledgement ${count}`);
  }

  /** Resolves when so many different ones have come. */
  async arrived(count: number): Promise<void> {
    await this.#until(() => new Set(this.#came).size >= count, `message ${count}`);
  }

  /** How often each message came, by its number - 1. */
  get times(): readonly number[] {
    const times = Array.from({ length: this.#sent }, () => 0);
    for (const one of this.#came) times[one - 1] = (times[one - 1] ?? 0) + 1;
    return times;
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

  /**
   * Whatever was lost before: subscribes once more, and sends messages until one comes that must. Then both clients leave.
   * @param mustCome asked of the number of each; false where the second broker had to take it for another message
   */
  async goOn(mustCome: (number: number) => Promise<boolean> = () => Promise.resolve(true)): Promise<void> {
    await this.#reader.subscribe(this.#route.received, { qos: this.#route.qos ?? 2 });
    do await this.send(1);
    while (!(await mustCome(this.#sent)));
    await this.#until(() => this.#came.includes(this.#sent), 'a message of now');
    await Promise.all([this.#writer.end(), this.#reader.end()]);
  }

  #settle(one: Promise<void>, open: Set<Promise<void>>): void {
    open.delete(one);
    this.#fulfilled += 1;
    this.#look();
  }

  #look(): void {
    for (const watch of [...this.#watchers]) watch();
  }

  async #until(isSo: () => boolean, what: string): Promise<void> {
    if (isSo()) return;
    const coming = new Promise<void>((resolve) => {
      const watch = (): void => {
        if (!isSo()) return;
        this.#watchers.delete(watch);
        resolve();
      };
      this.#watchers.add(watch);
    });
    await within(coming, this.#what(what), {
      patience: PATIENCE,
      detail: () => `: ${JSON.stringify(this.verdict(new Set()))}`,
    });
  }

  #what(what: string): string {
    return `${what} of ${this.#route.name}`;
  }
}
