/**
 * Plays one case in one version against an address: the steps one by one, each on its connection. Answers: how did it
 * end, and what travelled? Knows no report and no other case.
 */
import type { Case, Draft, Expected, Piece, Publishing, Step, Version } from './case.ts';
import { bytesOf, connectOf } from './drafts.ts';
import { Leftovers } from './leftovers.ts';
import type { Known } from './match.ts';
import { Names } from './names.ts';
import { Ended, type Outcome, type Verdict } from './outcome.ts';
import { accepted, disconnect, PINGREQ, publish, pubrel, subscribe } from './packets.ts';
import { clientFinal, clientFirst } from './scram.ts';
import { statementsOf } from './statements.ts';
import { firstThatFits, sendSplit, walk } from './steps.ts';
import type { Target } from './target.ts';
import { openPipe } from './transports.ts';
import { expectClose, expectInAnyOrder, expectInOrder, expectQuiet, type Wait } from './waiting.ts';
import { type Line, Wire } from './wire.ts';

/** ms without a packet that count as none where a case does not say. */
const QUIET = 150;

/** Plays a case. `number` is another for every play of a run. */
export async function play(one: Case, version: Version, number: number, target: Target): Promise<Outcome> {
  const begin = performance.now();
  const stage = new Stage(one, version, number, target);
  let verdict: Verdict = 'passed';
  let reason = '';
  let proves: readonly string[] | undefined;
  try {
    await stage.all(one.steps.flat());
  } catch (error) {
    verdict = error instanceof Ended ? error.verdict : 'not reached';
    reason = error instanceof Error ? error.message : String(error);
    proves = error instanceof Ended ? error.proves : undefined;
  }
  const exchange = [...stage.lines];
  await stage.clear();
  const ms = Math.round(performance.now() - begin);
  const statements = statementsOf(one.statements, version);
  const failing = verdict === 'failed' ? statements.filter((id) => proves?.includes(id) ?? true) : [];
  return { case: one, version, statements, verdict, failing, reason, exchange, ms };
}

/** The connections of one play and what was kept. */
class Stage {
  readonly lines: Line[] = [];
  readonly #begin = performance.now();
  readonly #case: Case;
  readonly #target: Target;
  readonly #known: Known;
  readonly #wires = new Map<string, Wire>();
  readonly #leftovers = new Leftovers();
  #packetId = 1000;

  constructor(one: Case, version: Version, number: number, target: Target) {
    this.#case = one;
    this.#target = target;
    this.#known = { version, names: new Names(target.run, number), kept: new Map() };
  }

  all(steps: readonly Step[]): Promise<void> {
    return walk(steps, this.#known.version, (step) => this.#step(step));
  }

  /** Ends every connection, and what it left at the server. */
  async clear(): Promise<void> {
    for (const wire of this.#wires.values()) wire.cut();
    await this.#leftovers.clear(this.#target, this.#known);
  }

  async #step(step: Step): Promise<void> {
    if ('pause' in step) await new Promise((resolve) => setTimeout(resolve, step.pause));
    else if ('notApplicable' in step) throw new Ended('not applicable', step.notApplicable);
    else if ('either' in step) await firstThatFits(step.either, this.#wires.values(), (way) => this.all(way));
    else if ('open' in step) await this.#open(step.on);
    else if ('connect' in step) await this.#connect(step);
    else await this.#onWire(step, this.#wire(step.on));
  }

  async #onWire(step: Exclude<Step, { pause: number }> & { on: string }, wire: Wire): Promise<void> {
    if ('subscribe' in step) return this.#subscribe(step, wire);
    if ('publish' in step) return this.#publish(step.publish, wire);
    if ('send' in step) return this.#send(wire, ...(Array.isArray(step.send) ? step.send : [step.send]));
    if ('first' in step) return this.#send(wire, this.#withData(step.first, clientFirst(this.#user())));
    if ('proof' in step) return this.#prove(wire, step.proof);
    if ('text' in step) return wire.sendText(step.text);
    if ('split' in step) return sendSplit(wire, bytesOf(step.split, this.#known, this.#target.credentials));
    if ('cut' in step) return wire.cut();
    if ('disconnect' in step) return this.#disconnect(wire);
    if ('subprotocol' in step) return this.#subprotocol(wire, step.subprotocol);
    const wait = this.#wait(
      'failed',
      'within' in step ? step.within : undefined,
      'notBefore' in step ? step.notBefore : undefined,
    );
    if ('expect' in step) {
      const wanted = Array.isArray(step.expect)
        ? (step.expect as readonly Expected[])
        : [step.expect as Expected];
      return expectInOrder(wire, wanted, wait);
    }
    if ('expectInAnyOrder' in step) return expectInAnyOrder(wire, step.expectInAnyOrder, wait);
    if ('closes' in step) return expectClose(wire, step.closes, wait);
    if ('quiet' in step)
      return expectQuiet(
        wire,
        step.quiet === true ? QUIET : step.quiet,
        () => this.#send(wire, PINGREQ),
        wait,
      );
  }

  #wait(verdict: Verdict, within?: number, notBefore?: number): Wait {
    return { known: this.#known, patience: within ?? this.#target.patience, notBefore, verdict };
  }

  #wire(name: string): Wire {
    const wire = this.#wires.get(name);
    if (wire === undefined) throw new Error(`${this.#case.name}: no connection is called ${name}`);
    return wire;
  }

  async #open(name: string): Promise<Wire> {
    const version = this.#known.version === '5.0' ? 5 : 4;
    const wire = new Wire(name, version, (line) =>
      this.lines.push({ at: Math.round(performance.now() - this.#begin), on: name, ...line }),
    );
    if (this.#case.hearsOthers === true) {
      wire.isForeign = (packet) =>
        packet.type === 'PUBLISH' && !packet.topic.includes(this.#known.names.prefix);
    }
    const { url, webSocket } = this.#target;
    const isFramed = this.#case.needs?.includes('WebSocket') === true;
    wire.use(await openPipe(isFramed ? (webSocket ?? url) : url, wire));
    this.#wires.set(name, wire);
    return wire;
  }

  #send(wire: Wire, ...pieces: readonly Piece[]): void {
    const all = pieces.map((piece) => {
      this.#leftovers.look(piece, this.#known);
      return bytesOf(piece, this.#known, this.#target.credentials);
    });
    const [first] = all;
    if (first === undefined) return;
    // Together in one write: what follows is with the server before it has answered.
    wire.send(Buffer.concat(all.map(({ bytes }) => bytes)), all.map(({ meaning }) => meaning).join(' + '));
  }

  #user(): string {
    return this.#target.credentials.username ?? '';
  }

  #prove(wire: Wire, proof: 'right' | 'wrong'): void {
    const { password = '' } = this.#target.credentials;
    const challenge = this.#known.kept.get('challenge');
    if (!(challenge instanceof Uint8Array)) throw new Error('nothing is kept as challenge');
    const data = clientFinal(this.#user(), proof === 'right' ? password : `not ${password}`, challenge);
    const properties = { authenticationMethod: 'SCRAM-SHA-256', authenticationData: data };
    this.#send(wire, { type: 'AUTH', reasonCode: 0x18, properties });
  }

  /** The same packet with Authentication Data. */
  #withData(draft: Draft, authenticationData: Uint8Array): Draft {
    const { properties } = draft as { properties?: object };
    return { ...draft, properties: { ...properties, authenticationData } } as Draft;
  }

  async #connect(step: Extract<Step, { connect: unknown }>): Promise<void> {
    const wire = await this.#open(step.on);
    this.#send(wire, connectOf(step.connect, step.on));
    await expectInOrder(wire, [accepted()], this.#wait('not reached'));
  }

  async #subscribe(
    { subscribe: filters, id }: Extract<Step, { subscribe: unknown }>,
    wire: Wire,
  ): Promise<void> {
    const packetId = ++this.#packetId;
    const [first, ...more] = filters;
    if (first === undefined) return;
    const properties = id === undefined ? undefined : { subscriptionIdentifier: id };
    this.#send(wire, subscribe(packetId, [first, ...more], properties));
    const reasonCodes = filters.map((one) => (typeof one === 'string' ? 0 : (one.qos ?? 0)));
    await expectInOrder(wire, [{ type: 'SUBACK', packetId, reasonCodes }], this.#wait('not reached'));
  }

  async #publish({ topic, payload = '', ...fields }: Publishing, wire: Wire): Promise<void> {
    const packetId = ++this.#packetId;
    const { qos = 0 } = fields;
    this.#send(wire, publish(topic, payload, { ...fields, packetId }));
    const wait = this.#wait('not reached');
    const reasonCode = { atMost: 0x7f };
    if (qos === 1) await expectInOrder(wire, [{ type: 'PUBACK', packetId, reasonCode }], wait);
    if (qos !== 2) return;
    await expectInOrder(wire, [{ type: 'PUBREC', packetId, reasonCode }], wait);
    this.#send(wire, pubrel(packetId));
    await expectInOrder(wire, [{ type: 'PUBCOMP', packetId }], wait);
  }

  async #disconnect(wire: Wire): Promise<void> {
    this.#send(wire, disconnect());
    await expectClose(wire, { may: [] }, this.#wait('not reached'));
  }

  #subprotocol(wire: Wire, wanted: string): void {
    if (wire.subprotocol !== wanted)
      throw new Ended('failed', `${wire.name}: the server selected ${wire.subprotocol}, not ${wanted}`);
  }
}
