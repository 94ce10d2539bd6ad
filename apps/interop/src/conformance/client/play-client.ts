/**
 * Plays one case against a client: a server on a free loopback port that follows the script, and the client that is
 * asked to do the task. Answers: how did it end, and what travelled?
 */
import type { Expected, Piece, Version } from '../case.ts';
import { bytesOf } from '../drafts.ts';
import type { Known } from '../match.ts';
import { AS_THEY_ARE } from '../names.ts';
import { Ended, type Outcome, type Verdict } from '../outcome.ts';
import { statementsOf } from '../statements.ts';
import { firstThatFits, sendSplit, walk } from '../steps.ts';
import { expectClose, expectInAnyOrder, expectInOrder, type Wait } from '../waiting.ts';
import { type Line, Wire } from '../wire.ts';
import type { ClientCase, ServerStep, Task } from './client-case.ts';
import { type Door, type Knock, openDoor } from './door.ts';
import { CannotDo, type Driver } from './drivers/driver.ts';

/** The whole task of a case in a version: what it leaves out has its plainest value. */
export function taskOf({ task }: ClientCase, version: Version): Task {
  const plain = { clientId: 'conformance', cleanStart: true, keepAlive: 60, sessionExpiryInterval: 0 };
  return { ...plain, reconnect: false, do: [], afterwards: 'stay', version, ...task };
}

/** Plays it. @param patience ms for an answer */
export async function playClient(
  one: ClientCase,
  version: Version,
  driver: Driver,
  patience: number,
): Promise<Outcome> {
  const begin = performance.now();
  const stage = new ServerStage(version, patience);
  const url = await stage.listen(one.over ?? 'tcp');
  const client = driver.start(taskOf(one, version), url);
  // A client that ends early for its own reasons is seen by what it does not send.
  const cannot = client.ended.then(
    () => new Promise<never>(() => undefined),
    (error: unknown) => {
      if (error instanceof CannotDo) throw new Ended('not applicable', error.message);
      return new Promise<never>(() => undefined);
    },
  );
  let verdict: Verdict = 'passed';
  let reason = '';
  let proves: readonly string[] | undefined;
  try {
    await Promise.race([stage.all(one.steps.flat()), cannot]);
  } catch (error) {
    verdict = error instanceof Ended ? error.verdict : 'not reached';
    reason = error instanceof Error ? error.message : String(error);
    proves = error instanceof Ended ? error.proves : undefined;
  }
  const exchange = [...stage.lines];
  await stage.close();
  await client.stop();
  const statements = statementsOf(one.statements, version);
  const failing = verdict === 'failed' ? statements.filter((id) => proves?.includes(id) ?? true) : [];
  const ms = Math.round(performance.now() - begin);
  return { case: one, version, statements, verdict, failing, reason, exchange, ms };
}

/** The server's side of one play. */
class ServerStage {
  readonly lines: Line[] = [];
  readonly #begin = performance.now();
  readonly #known: Known;
  readonly #patience: number;
  readonly #arrived: Knock[] = [];
  readonly #wires = new Map<string, Wire>();
  #door: Door | undefined;
  #wake: () => void = () => undefined;

  constructor(version: Version, patience: number) {
    this.#known = { version, names: AS_THEY_ARE, kept: new Map() };
    this.#patience = patience;
  }

  async listen(over: 'tcp' | 'ws'): Promise<URL> {
    this.#door = await openDoor(over, (knock) => {
      this.#arrived.push(knock);
      this.#wake();
    });
    return this.#door.url;
  }

  async close(): Promise<void> {
    for (const wire of this.#wires.values()) wire.cut();
    await this.#door?.close();
  }

  all(steps: readonly ServerStep[]): Promise<void> {
    return walk(steps, this.#known.version, (step) => this.#step(step));
  }

  async #step(step: ServerStep): Promise<void> {
    if ('notApplicable' in step) throw new Ended('not applicable', step.notApplicable);
    if ('either' in step) return firstThatFits(step.either, this.#wires.values(), (way) => this.all(way));
    if ('pause' in step) return new Promise((resolve) => setTimeout(resolve, step.pause));
    if ('nobody' in step) return this.#nobody();
    if ('accept' in step) return void (await this.#accept(step.on));
    if ('welcome' in step) return this.#welcome(step);
    const wire = this.#wires.get(step.on);
    if (wire === undefined) throw new Error(`no connection is called ${step.on}`);
    if ('answer' in step) return this.#answer(wire, step.answer);
    if ('send' in step) return this.#send(wire, Array.isArray(step.send) ? step.send : [step.send]);
    if ('cut' in step) return wire.cut();
    if ('text' in step) return wire.sendText(step.text);
    if ('split' in step) return sendSplit(wire, bytesOf(step.split, this.#known, {}));
    if ('subprotocol' in step) return this.#subprotocol(wire, step.subprotocol);
    if ('quiet' in step) return this.#quiet(wire, step.quiet);
    const wait = this.#wait('failed');
    if ('expect' in step) {
      const { within = wait.patience, notBefore } = step;
      const wanted = Array.isArray(step.expect)
        ? (step.expect as readonly Expected[])
        : [step.expect as Expected];
      return expectInOrder(wire, wanted, { ...wait, patience: within, notBefore });
    }
    if ('expectInAnyOrder' in step) return expectInAnyOrder(wire, step.expectInAnyOrder, wait);
    return expectClose(wire, step.closes, wait);
  }

  #wait(verdict: Verdict): Wait {
    return { known: this.#known, patience: this.#patience, verdict };
  }

  #send(wire: Wire, pieces: readonly Piece[]): void {
    const all = pieces.map((piece) => bytesOf(piece, this.#known, {}));
    wire.send(Buffer.concat(all.map(({ bytes }) => bytes)), all.map(({ meaning }) => meaning).join(' + '));
  }

  /** Nobody comes: the client refuses the task before it connects. */
  async #nobody(): Promise<void> {
    await this.#arrival(this.#patience);
    if (this.#arrived.length > 0) throw new Ended('failed', 'the client connected');
  }

  /** Waits until somebody knocks, so many ms at most. */
  async #arrival(patience: number): Promise<void> {
    if (this.#arrived.length > 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, patience);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #subprotocol(wire: Wire, wanted: string): void {
    if (wire.subprotocol !== wanted)
      throw new Ended('failed', `${wire.name}: the client did not offer the subprotocol ${wanted}`);
  }

  async #accept(name: string): Promise<Wire> {
    await this.#arrival(this.#patience);
    const knock = this.#arrived.shift();
    if (knock === undefined) throw new Ended('not reached', `${name}: the client did not connect`);
    const note = (line: Omit<Line, 'at' | 'on'>): void => {
      this.lines.push({ at: Math.round(performance.now() - this.#begin), on: name, ...line });
    };
    const version = this.#known.version === '5.0' ? 5 : 4;
    const wire = new Wire(name, version, note, 'server');
    wire.use(knock.listen(wire));
    this.#wires.set(name, wire);
    return wire;
  }

  async #welcome({ on, welcome }: Extract<ServerStep, { welcome: unknown }>): Promise<void> {
    const wire = await this.#accept(on);
    await expectInOrder(wire, [{ type: 'CONNECT' }], this.#wait('not reached'));
    const { sessionPresent = false, properties } = welcome;
    this.#send(wire, [{ type: 'CONNACK', sessionPresent, reasonCode: 0, properties }]);
  }

  /** Takes a SUBSCRIBE or UNSUBSCRIBE and grants what it asks for. */
  async #answer(wire: Wire, type: 'SUBSCRIBE' | 'UNSUBSCRIBE'): Promise<void> {
    const event = await wire.next(this.#patience);
    const packet = event.type === 'packet' ? event.packet : undefined;
    if (packet?.type === 'SUBSCRIBE' && packet.type === type) {
      const { packetId, subscriptions } = packet;
      this.#send(wire, [{ type: 'SUBACK', packetId, reasonCodes: subscriptions.map(({ qos }) => qos) }]);
    } else if (packet?.type === 'UNSUBSCRIBE' && packet.type === type) {
      const { packetId, topicFilters } = packet;
      this.#send(wire, [{ type: 'UNSUBACK', packetId, reasonCodes: topicFilters.map(() => 0 as const) }]);
    } else throw new Ended('not reached', `${wire.name}: a ${type} must come`);
  }

  /** Nothing for so many ms, PINGREQ excepted. */
  async #quiet(wire: Wire, ms: number): Promise<void> {
    const until = performance.now() + ms;
    for (;;) {
      const event = await wire.next(Math.max(0, until - performance.now()));
      if (event.type === 'late') return;
      if (event.type === 'packet' && event.packet.type === 'PINGREQ') {
        this.#send(wire, [{ type: 'PINGRESP' }]);
        continue;
      }
      const what = event.type === 'packet' ? `a ${event.packet.type} came` : event.type;
      throw new Ended('failed', `${wire.name}: ${what}; nothing must come`);
    }
  }
}
