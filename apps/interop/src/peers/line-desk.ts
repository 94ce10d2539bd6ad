/**
 * One end of the line protocol: orders get their answers, events find their connection. Whoever has a program, or a
 * page, hands the lines over in both directions. Knows no client and no process.
 */
import { within } from './deadline.ts';
import type { Answer, Line, LineEvent, Order } from './line-protocol.ts';

/** ms that an order may take. */
const PATIENCE = 30_000;

interface Waiting {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
}

/** Who the program is. */
export interface Ready {
  readonly name: string;
  readonly version: string;
}

/** Sends orders to a program and takes its lines. */
export class LineDesk {
  /** The program's first line. */
  readonly ready: Promise<Ready>;
  readonly #send: (line: string) => void;
  readonly #waiting = new Map<number, Waiting>();
  readonly #connections = new Map<string, (event: LineEvent) => void>();
  #announce: (ready: Ready) => void = () => undefined;
  #fail: (error: Error) => void = () => undefined;
  #orders = 0;

  /** @param send takes a line without its end */
  constructor(send: (line: string) => void) {
    this.#send = send;
    const announced = new Promise<Ready>((resolve, reject) => {
      this.#announce = resolve;
      this.#fail = reject;
    });
    this.ready = within(announced, 'the first line of a client program', { patience: PATIENCE });
    this.ready.catch(() => undefined);
  }

  /** Takes the events of a connection from now on. */
  listen(client: string, onEvent: (event: LineEvent) => void): void {
    this.#connections.set(client, onEvent);
  }

  /** Nobody waits for this connection any more. */
  forget(client: string): void {
    this.#connections.delete(client);
  }

  /** Has an order done. @throws {Error} when it went wrong, or no answer came in time */
  async order(client: string, order: Order): Promise<Answer> {
    this.#orders += 1;
    const id = this.#orders;
    const answering = new Promise<Answer>((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
    this.#send(JSON.stringify({ id, client, ...order }));
    try {
      const answer = await within(answering, `the answer to "${order.do}"`, { patience: PATIENCE });
      const { error, cannot } = answer;
      if (error !== undefined) throw new Error(`${order.do}: ${error}`);
      if (cannot !== undefined) throw new Error(`${order.do}: not possible: ${cannot}`);
      return answer;
    } finally {
      this.#waiting.delete(id);
    }
  }

  /** Takes a line of the program. @throws {SyntaxError} when it is no JSON */
  take(text: string): void {
    const line = JSON.parse(text) as Line;
    if ('ready' in line) this.#announce(line.ready);
    else if ('id' in line) this.#waiting.get(line.id)?.resolve(line);
    else this.#connections.get(line.client)?.(line);
  }

  /** The program is gone: nobody waits in vain. */
  over(why: Error): void {
    this.#fail(why);
    for (const { reject } of this.#waiting.values()) reject(why);
    for (const onEvent of this.#connections.values()) onEvent({ event: 'closed' });
  }
}
