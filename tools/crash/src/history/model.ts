/**
 * A history by what it is about: messages, sessions, subscriptions, deliveries, losses. Computed once; every rule
 * reads it. Decides nothing: what is right stands in the rules.
 */
import { matches, parseShare } from '@mqtt/codec';
import type { ConnectEvent, DeliverEvent, Event, EventOf, PublishEvent, WillEvent } from './event.ts';

/** A message that a client published. */
export interface Sent {
  readonly id: string;
  readonly publisher: string;
  /** The place among the publisher's messages. */
  readonly sequence: number;
  readonly first: Event & PublishEvent;
  /** Every PUBLISH packet of it. */
  readonly sends: (Event & PublishEvent)[];
  /** Where its PUBACK or PUBREC stands; undefined: it may appear or not. */
  acked: number | undefined;
}

/** A subscription of one session, from its SUBSCRIBE on. */
export interface Subscribed {
  readonly filter: string;
  readonly share: string | undefined;
  readonly topicFilter: string;
  readonly qos: 0 | 1 | 2;
  readonly asked: number;
  granted: number | undefined;
  /** Where UNSUBSCRIBE, and UNSUBACK, stand. */
  ending: number | undefined;
  ended: number | undefined;
}

/** One connection of a client. */
export interface Connected {
  readonly number: number;
  readonly connect: Event & ConnectEvent;
  connack: EventOf<'connack'> | undefined;
  disconnect: number | undefined;
  closed: number | undefined;
}

/** A session: the connections that share state. */
export interface Session {
  readonly client: string;
  readonly from: number;
  /** From where on it may be gone. */
  to: number;
  readonly connections: Connected[];
  readonly subscriptions: Subscribed[];
  readonly deliveries: (Event & DeliverEvent)[];
}

/** A will, and the connection it stood for. */
export interface Will extends WillEvent {
  readonly client: string;
  readonly connection: Connected;
}

/** A history, looked up. */
export interface Model {
  readonly events: readonly Event[];
  readonly sent: ReadonlyMap<string, Sent>;
  readonly sessions: readonly Session[];
  readonly connections: readonly (readonly [client: string, connection: Connected])[];
  readonly wills: ReadonlyMap<string, Will>;
  /** Where the broker was killed. */
  readonly crashes: readonly number[];
}

/** The topic a payload id says it is; ids are `publisher:sequence`. */
export function sequenceOf(id: string): number {
  return Number(id.slice(id.lastIndexOf(':') + 1));
}

/** Whether a subscription covers a topic. */
export function covers({ topicFilter }: Subscribed, topic: string): boolean {
  return matches(topicFilter, topic);
}

class Reading {
  readonly sent = new Map<string, Sent>();
  readonly sessions: Session[] = [];
  readonly connections: (readonly [string, Connected])[] = [];
  readonly wills = new Map<string, Will>();
  readonly crashes: number[] = [];
  readonly #latest = new Map<string, Session>();
  readonly #connected = new Map<string, Connected>();

  read(event: Event): void {
    if (event.is === 'crash') this.crashes.push(event.n);
    else if (event.is === 'publish') this.#publish(event);
    else if (event.is === 'acked') this.#acked(event);
    else if (event.is === 'connect') this.#connect(event);
    else if (event.is === 'connack') this.#connack(event);
    else if (event.is === 'disconnect' || event.is === 'closed') this.#ends(event);
    else if (event.is === 'deliver') this.#latest.get(event.client)?.deliveries.push(event);
    else if (event.is === 'subscribe') this.#subscribe(event);
    else if (event.is === 'subscribed' || event.is === 'unsubscribe' || event.is === 'unsubscribed')
      this.#subscription(event);
  }

  #publish(event: Event & PublishEvent): void {
    const known = this.sent.get(event.id);
    if (known !== undefined) {
      known.sends.push(event);
      return;
    }
    const { id, client } = event;
    const sequence = sequenceOf(id);
    this.sent.set(id, { id, publisher: client, sequence, first: event, sends: [event], acked: undefined });
  }

  #acked({ id, n, reasonCode }: EventOf<'acked'>): void {
    const sent = this.sent.get(id);
    if (sent !== undefined && reasonCode < 0x80) sent.acked ??= n;
  }

  #connect(event: Event & ConnectEvent): void {
    const { client, connection, isClean, will } = event;
    const connected: Connected = {
      number: connection,
      connect: event,
      connack: undefined,
      disconnect: undefined,
      closed: undefined,
    };
    this.connections.push([client, connected]);
    this.#connected.set(client, connected);
    if (will !== undefined) this.wills.set(will.id, { ...will, client, connection: connected });
    if (isClean) this.#end(client, event.n);
  }

  #connack(event: EventOf<'connack'>): void {
    const connected = this.#connected.get(event.client);
    if (connected?.number !== event.connection) return;
    connected.connack = event;
    if (event.reasonCode !== 0) return;
    let session = this.#latest.get(event.client);
    if (session === undefined || !event.isPresent) {
      this.#end(event.client, event.n);
      const { client, n } = event;
      session = {
        client,
        from: n,
        to: Number.POSITIVE_INFINITY,
        connections: [],
        subscriptions: [],
        deliveries: [],
      };
      this.#latest.set(client, session);
      this.sessions.push(session);
    }
    session.connections.push(connected);
  }

  #ends({ is, client, connection, n }: EventOf<'disconnect'> | EventOf<'closed'>): void {
    const connected = this.#connected.get(client);
    if (connected?.number !== connection) return;
    connected[is] ??= n;
    if (connected.connect.expiry === 0) this.#end(client, n);
  }

  #end(client: string, at: number): void {
    const session = this.#latest.get(client);
    if (session !== undefined) session.to = Math.min(session.to, at);
  }

  #subscribe({ client, filter, qos, n }: EventOf<'subscribe'>): void {
    const share = parseShare(filter);
    this.#latest.get(client)?.subscriptions.push({
      filter,
      share: share === undefined ? undefined : filter,
      topicFilter: share?.topicFilter ?? filter,
      qos,
      asked: n,
      granted: undefined,
      ending: undefined,
      ended: undefined,
    });
  }

  #subscription(event: EventOf<'subscribed'> | EventOf<'unsubscribe' | 'unsubscribed'>): void {
    const all = this.#latest.get(event.client)?.subscriptions.filter(({ filter }) => filter === event.filter);
    for (const one of all ?? []) {
      // One to the same filter takes the place of the one before: UNSUBSCRIBE ends whatever there is.
      if (event.is === 'subscribed') {
        if (event.reasonCode < 0x80) one.granted ??= event.n;
      } else if (event.is === 'unsubscribe') one.ending ??= event.n;
      else one.ended ??= event.n;
    }
  }
}

/** Looks a history up. */
export function modelOf(events: readonly Event[]): Model {
  const reading = new Reading();
  for (const event of events) reading.read(event);
  const { sent, sessions, connections, wills, crashes } = reading;
  return { events, sent, sessions, connections, wills, crashes };
}
