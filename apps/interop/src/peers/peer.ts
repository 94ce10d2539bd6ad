/**
 * The shape of the programs that are brought together: a broker, and a client in one version over one transport.
 * Answers: what must a peer be able to do so that every scenario can be played with it? Knows no peer.
 */

/** How a client speaks: protocol version and transport. */
export interface Way {
  readonly version: '3.1' | '3.1.1' | '5.0';
  readonly transport: 'tcp' | 'ws';
}

/** Where a broker listens, one URL for each transport. */
export interface Addresses {
  readonly tcp: string;
  readonly ws: string;
}

/** A broker that was started for us. */
export interface RunningBroker {
  readonly name: string;
  /** Of the program, where it says it. */
  readonly version?: string;
  readonly addresses: Addresses;
  /** Ends it in order. @throws when it ends badly */
  stop(): Promise<void>;
}

/** What a client sends as one message. */
export interface Message {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly qos: 0 | 1 | 2;
  readonly retain: boolean;
}

/** What a client is asked to subscribe to, and as whom. */
export interface Subscribing {
  readonly clientId: string;
  readonly topicFilter: string;
  readonly qos: 0 | 1 | 2;
  /** Resume the session, and leave it at the broker when the connection ends. */
  readonly keep: boolean;
  readonly will?: Message | undefined;
}

/** A client that has its SUBACK. */
export interface Subscriber {
  /** The next message in the order of arrival. @throws {Error} when none comes within `patience` ms */
  next(patience?: number): Promise<Message>;
  /** Settles when the connection has ended without us; the reason code of a DISCONNECT, where there was one. */
  readonly closed: Promise<number | undefined>;
  /** Ends with a DISCONNECT and waits until the connection is closed. */
  end(): Promise<void>;
  /** Ends without a DISCONNECT, as when the power goes. */
  kill(): Promise<void>;
}

/** A client program or library, in one way to speak. */
export interface Client {
  readonly name: string;
  readonly way: Way;
  /** False for a program that hides the end of its connection and connects again. */
  readonly showsClose: boolean;
  /** False for a client that has more open QoS 1 and 2 messages than the broker takes [MQTT-3.3.4-7]. */
  readonly keepsWindow: boolean;
  /** True for a program whose DISCONNECT asks for its will: 0x04 (§3.14.2.1). */
  readonly endsWithWill: boolean;
  /** Publishes all in order over one connection; resolves when the last one's QoS is fulfilled. */
  publish(at: Addresses, messages: readonly Message[]): Promise<void>;
  subscribe(at: Addresses, wish: Subscribing): Promise<Subscriber>;
}
