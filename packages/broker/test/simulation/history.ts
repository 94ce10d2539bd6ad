/** What happened in a run, as facts with the step they happened at: what clients did, were told and got. Judges nothing. */
import type { QoS } from '@mqtt/codec';

/** One message as its publisher made it. */
export interface Told {
  readonly name: string;
  readonly publisher: string;
  readonly topic: string;
  readonly qos: QoS;
  /** '' clears a retained message. */
  readonly payload: string;
  /** Bytes of payload behind that. */
  readonly size: number;
  readonly retain: boolean;
  /** Step at which it was first sent, and how often it was. */
  readonly sentAt: number;
  sends: number;
  /** Step at which its publisher knew it to be kept: PUBACK, PUBREC. */
  ackedAt: number | undefined;
  /** The broker said no to it, each time that it answered at all. */
  isRefused: boolean;
}

/** A message as it came; a QoS 2 packet that the client knows already is not one. */
export interface Got {
  readonly name: string;
  readonly topic: string;
  readonly qos: QoS;
  readonly dup: boolean;
  readonly size: number;
  /** Step at which it came. */
  readonly at: number;
}

/** A subscription from SUBSCRIBE to UNSUBACK. */
export interface Subscribed {
  readonly topicFilter: string;
  readonly qos: QoS;
  readonly askedAt: number;
  ackedAt: number | undefined;
  /** UNSUBSCRIBE, or another SUBSCRIBE to the same filter, was sent. */
  endAskedAt: number | undefined;
  /** UNSUBACK came, or the session was to be a clean one. */
  endedAt: number | undefined;
  /** A clean session was asked for: what was owed until then is not any more. */
  isDiscarded: boolean;
}

/** A will: `open` while its connection lasts, `lost` when it ended without a word, `said` after DISCONNECT. */
export interface Willed {
  readonly name: string;
  /** CONNACK came. */
  isAcked: boolean;
  state: 'open' | 'lost' | 'said';
}

/** What a probe found of retained messages, and when it asked. */
export interface Probed {
  readonly at: number;
  readonly values: ReadonlyMap<string, string>;
}

/** Everything. */
export class History {
  step = 0;
  /** Deaths of the broker while clients were at work. */
  crashes = 0;
  /** The broker upgrades what it delivers to the QoS of the subscription. */
  isUpgraded = false;
  /** The store has no room, or will never keep anything again: what the broker refuses now is no fault. */
  isHard = false;
  readonly told: Map<string, Told> = new Map();
  readonly wills: Map<string, Willed> = new Map();
  readonly probes: Probed[] = [];
  #names = 0;

  newName(): string {
    this.#names++;
    return `m${this.#names}`;
  }

  tell(told: Omit<Told, 'sends' | 'ackedAt' | 'sentAt' | 'isRefused'>): Told {
    const one: Told = { ...told, sentAt: this.step, sends: 0, ackedAt: undefined, isRefused: false };
    this.told.set(one.name, one);
    return one;
  }
}
