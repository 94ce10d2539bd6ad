/**
 * Watches one direction of a Pair and knows the specification, not the session: what the sender may put on the wire, in
 * which order the receiver may acknowledge, and what the receiving application must have got. Throws a Violation at
 * the first packet that breaks a rule. Keeps its own books from the packets alone.
 */
import type { Packet } from '@mqtt/codec';

/** A rule of the specification was broken by a session under test. */
export class Violation extends Error {
  override readonly name = 'Violation';
  /** Which rule, in a word or two; the message has the statement. */
  readonly rule: string;
  constructor(rule: string, statement: string, detail: string) {
    super(`${rule} [${statement}]: ${detail}`);
    this.rule = rule;
  }
}

/** A message of a Pair; `serial` is its place among all that one end published. */
export interface Message {
  readonly serial: number;
  readonly qos: 1 | 2;
  /** The receiver answers PUBACK or PUBREC with 0x87 and does not deliver (5.0). */
  readonly isRefused: boolean;
}

interface Flow {
  readonly serial: number;
  readonly qos: 1 | 2;
  /** When PUBREC came, in the order of PUBRECs; undefined before. */
  released: number | undefined;
  /** The PUBLISH or, once released, the PUBREL was sent on this connection. */
  isSent: boolean;
}

const LAST_ID = 65_535;

/** The books of one direction. */
export class Referee {
  readonly #flows = new Map<number, Flow>();
  readonly #requests = new Set<number>();
  readonly #acksDue: Packet[] = [];
  readonly #delivered = new Map<number, number>();
  readonly #published = new Map<number, Message>();
  /** The newest message delivered, for each QoS. */
  readonly #newestDelivered = { 1: 0, 2: 0 };
  #window = LAST_ID;
  #newest = 0;
  #pubrecs = 0;
  #lastPubrel = 0;
  /** The id given last, for [F09]. */
  #lastId: number | undefined = 0;

  /** An application published a message. */
  published(message: Message): void {
    this.#published.set(message.serial, message);
  }

  /** A new connection: nothing was sent on it, the receiver owes nothing from before. */
  connected(receiveMaximum: number): void {
    this.#window = receiveMaximum;
    this.#lastPubrel = 0;
    this.#acksDue.length = 0;
    this.#requests.clear();
    for (const flow of this.#flows.values()) flow.isSent = false;
  }

  /** The sender lost its counter with its process: ids may begin anywhere. */
  restarted(): void {
    this.#lastId = undefined;
  }

  /** Whether an acknowledgement with this id would mean anything to the sender. */
  expects(type: 'PUBACK' | 'PUBREC' | 'PUBREL' | 'PUBCOMP', packetId: number): boolean {
    const flow = this.#flows.get(packetId);
    if (flow === undefined || type === 'PUBREL') return flow !== undefined;
    if (type === 'PUBACK') return flow.qos === 1;
    return type === 'PUBREC' ? flow.qos === 2 : flow.released !== undefined;
  }

  /** The sender puts a PUBLISH of this message on the wire. */
  sendsPublish(packetId: number, serial: number, qos: 1 | 2, dup: boolean): void {
    if (dup) this.#resendsPublish(packetId, serial, qos);
    else this.#sendsNew(packetId, serial, qos);
    let outstanding = 0;
    for (const flow of this.#flows.values()) if (flow.isSent || flow.released !== undefined) outstanding += 1;
    if (outstanding > this.#window) {
      throw new Violation(
        'window exceeded',
        'MQTT-4.9.0-2',
        `${outstanding} in flight, ${this.#window} allowed`,
      );
    }
  }

  #sendsNew(packetId: number, serial: number, qos: 1 | 2): void {
    this.#checkFree(packetId);
    for (const [id, flow] of this.#flows) {
      if (flow.isSent || flow.released !== undefined) continue;
      throw new Violation('lost resend', 'MQTT-4.4.0-1', `a new PUBLISH before ${id} was sent again`);
    }
    if (serial <= this.#newest) {
      throw new Violation('sent twice', 'MQTT-4.4.0-1', `message ${serial} as new after ${this.#newest}`);
    }
    this.#newest = serial;
    this.#flows.set(packetId, { serial, qos, released: undefined, isSent: true });
  }

  #resendsPublish(packetId: number, serial: number, qos: 1 | 2): void {
    const flow = this.#flows.get(packetId);
    if (flow === undefined || flow.serial !== serial || flow.qos !== qos) {
      throw new Violation(
        'wrong resend',
        'MQTT-4.4.0-1',
        `no flow ${packetId} of message ${serial} at QoS ${qos}`,
      );
    }
    if (flow.released !== undefined)
      throw new Violation('resend after PUBREL', 'MQTT-4.3.3-6', `${packetId}`);
    if (flow.isSent)
      throw new Violation('needless resend', 'MQTT-4.4.0-1', `${packetId} is on this connection already`);
    for (const older of this.#flows.values()) {
      if (older.serial < serial && older.released === undefined && !older.isSent) {
        throw new Violation(
          'wrong order on resend',
          'MQTT-4.6.0-1',
          `message ${serial} before ${older.serial}`,
        );
      }
    }
    flow.isSent = true;
  }

  /** The sender puts a PUBREL on the wire. */
  sendsPubrel(packetId: number, isUnknown: boolean): void {
    const flow = this.#flows.get(packetId);
    if (flow?.released === undefined) {
      if (isUnknown) return;
      throw new Violation('PUBREL without PUBREC', 'MQTT-4.3.3-4', `${packetId}`);
    }
    if (isUnknown) throw new Violation('forgotten PUBREC', 'MQTT-4.3.3-4', `PUBREL 0x92 for ${packetId}`);
    if (flow.released < this.#lastPubrel) {
      throw new Violation('wrong order of PUBREL', 'MQTT-4.6.0-4', `${packetId} was due before the last one`);
    }
    this.#lastPubrel = flow.released;
    flow.isSent = true;
  }

  /** The sender puts a SUBSCRIBE on the wire. */
  sendsRequest(packetId: number): void {
    this.#checkFree(packetId);
    this.#requests.add(packetId);
  }

  #checkFree(packetId: number): void {
    const isValid = Number.isInteger(packetId) && packetId >= 1 && packetId <= LAST_ID;
    if (!isValid) throw new Violation('no packet id', 'MQTT-2.2.1-3', `${packetId}`);
    if (this.#flows.has(packetId) || this.#requests.has(packetId)) {
      throw new Violation('packet id in use', 'MQTT-2.2.1-3', `${packetId}`);
    }
    const last = this.#lastId ?? packetId - 1;
    const step = (packetId - last + LAST_ID) % LAST_ID;
    if (step === 0 || step > LAST_ID / 2) {
      throw new Violation('packet id reused in a burst', 'F09', `${packetId} after ${last}`);
    }
    this.#lastId = packetId;
  }

  /** An acknowledgement reaches the sender. */
  senderGets(packet: Packet): void {
    if (packet.type === 'SUBACK') this.#requests.delete(packet.packetId);
    if (packet.type !== 'PUBACK' && packet.type !== 'PUBREC' && packet.type !== 'PUBCOMP') return;
    const flow = this.#flows.get(packet.packetId);
    if (flow === undefined) return;
    const isError = (packet.reasonCode ?? 0) >= 0x80;
    if (packet.type === 'PUBACK' && flow.qos === 1) this.#flows.delete(packet.packetId);
    if (packet.type === 'PUBCOMP' && flow.released !== undefined) this.#flows.delete(packet.packetId);
    if (packet.type !== 'PUBREC' || flow.qos !== 2) return;
    if (isError) this.#flows.delete(packet.packetId);
    else if (flow.released === undefined) {
      this.#pubrecs += 1;
      flow.released = this.#pubrecs;
      flow.isSent = true;
    }
  }

  /** A packet of the sender reaches the receiver. */
  receiverGets(packet: Packet): void {
    if (packet.type === 'PUBREL' || (packet.type === 'PUBLISH' && packet.qos !== 0))
      this.#acksDue.push(packet);
  }

  /** The receiver puts a PUBACK, PUBREC or PUBCOMP on the wire. */
  receiverAnswers(packet: Packet): void {
    const at = this.#acksDue.findIndex((due) => answerTo(due) === packet.type);
    const due = this.#acksDue[at];
    if (
      due === undefined ||
      !('packetId' in packet) ||
      !('packetId' in due) ||
      due.packetId !== packet.packetId
    ) {
      const statement = packet.type === 'PUBACK' ? 'MQTT-4.6.0-2' : 'MQTT-4.6.0-3';
      throw new Violation('wrong order of acknowledgements', statement, `${packet.type} out of turn`);
    }
    this.#acksDue.splice(at, 1);
  }

  /** The receiving application gets a message. */
  delivered(serial: number, qos: 1 | 2): void {
    const times = this.#delivered.get(serial) ?? 0;
    if (qos === 2 && times > 0)
      throw new Violation('QoS 2 delivered twice', 'MQTT-4.3.3-10', `message ${serial}`);
    this.#delivered.set(serial, times + 1);
    if (this.#published.get(serial)?.qos !== qos) {
      throw new Violation('delivered what nobody published', 'MQTT-4.3.3-8', `message ${serial}`);
    }
    if (times > 0) return;
    if (serial < this.#newestDelivered[qos]) {
      throw new Violation(
        'wrong order of messages',
        'MQTT-4.6.0-5',
        `${serial} after ${this.#newestDelivered[qos]}`,
      );
    }
    this.#newestDelivered[qos] = serial;
  }

  /** Everything has come to rest: nothing may be missing or open. */
  checkAtRest(): void {
    for (const packetId of this.#flows.keys()) {
      throw new Violation(
        'flow never ended',
        'MQTT-4.4.0-1',
        `packet id ${packetId} is in flight and nothing moves`,
      );
    }
    if (this.#acksDue.length > 0) {
      throw new Violation(
        'answer never came',
        'MQTT-3.3.4-1',
        `${this.#acksDue.length} packets without an answer`,
      );
    }
    for (const { serial, qos, isRefused } of this.#published.values()) {
      if (isRefused === this.#delivered.has(serial)) {
        const detail = `message ${serial} at QoS ${qos} was ${isRefused ? 'refused and yet' : 'not'} delivered`;
        throw new Violation('message lost', qos === 1 ? 'MQTT-4.3.2-4' : 'MQTT-4.3.3-8', detail);
      }
    }
  }
}

function answerTo(packet: Packet): string {
  if (packet.type === 'PUBREL') return 'PUBCOMP';
  return packet.type === 'PUBLISH' && packet.qos === 1 ? 'PUBACK' : 'PUBREC';
}
