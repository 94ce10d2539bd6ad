/**
 * The shape of the programs that are brought together: a broker, and a client in one version over one transport.
 * Answers: what must a peer be able to do so that every scenario can be played with it, and how does it say what it
 * cannot? Knows no peer, and nothing of who plays.
 */

/** Protocol version. */
export type Version = '3.1' | '3.1.1' | '5.0';

/** `mtls`: TLS where the client shows its certificate too. */
export type Transport = 'tcp' | 'tls' | 'mtls' | 'ws';

/** How a client speaks. */
export interface Way {
  readonly version: Version;
  readonly transport: Transport;
}

/** Files in PEM, of one run: a CA, and what it signed for 127.0.0.1 and localhost, and for clients. */
export interface Certificates {
  readonly ca: string;
  readonly server: { readonly cert: string; readonly key: string };
  readonly client: { readonly cert: string; readonly key: string };
}

/** One address, as a client is given it: the URL of its transport (mqtt, mqtts, ws), and for TLS the certificates. */
export interface Door {
  readonly url: string;
  readonly certificates?: Certificates | undefined;
}

/** Where a broker listens, one URL for each transport it has. */
export interface Addresses {
  readonly tcp: string;
  readonly ws: string;
  readonly tls?: string;
  readonly mtls?: string;
}

/** A broker that was started for us. */
export interface RunningBroker {
  readonly name: string;
  /** Of the program, where it says it. */
  readonly version?: string;
  /** Of now: `restart` may change them. */
  readonly addresses: Addresses;
  /** Ends it in order and starts it again with what it kept, if it keeps anything. @throws when it ends badly */
  restart?(): Promise<void>;
  /** Ends it in order and takes its files away. @throws when it ends badly */
  stop(): Promise<void>;
}

/** What scenarios ask of a broker beyond the protocol's core; a broker that lacks one says why. */
export type Feature =
  /** QoS 2 is granted, and messages are delivered with it. */
  | 'qos2'
  /** A retained message reaches a subscription with wildcards. */
  | 'retainedByWildcard'
  /** `$share/…`, in the versions it speaks. */
  | 'sharedSubscriptions'
  /** It can be ended in order and started again within a few seconds: `restart`. */
  | 'restart'
  /** Sessions and retained messages outlive `restart`. */
  | 'durability'
  /** Topic Alias Maximum in CONNACK is above zero. */
  | 'topicAliases'
  /** No more open messages than the subscriber's Receive Maximum [MQTT-3.3.4-9]. */
  | 'keepsWindow';

/** A broker of the matrix: what is known of it before it runs. */
export interface Broker {
  readonly name: string;
  /** What departs in a broker of ours is a failure. */
  readonly isOurs: boolean;
  readonly versions: readonly Version[];
  readonly transports: readonly Transport[];
  /** It takes many seconds to start: others play until it runs, and nothing is started that can do without. */
  readonly isSlowToStart?: true;
  /** It is another one but for its store, and plays what is about that. */
  readonly isTwin?: true;
  /** Features it does not have, with the reason for people. */
  readonly lacks: Readonly<Partial<Record<Feature, string>>>;
  /** Starts it on free loopback ports, anonymous, every transport at once. */
  start(certificates: Certificates): Promise<RunningBroker>;
}

/** Properties of a message that scenarios use; 5.0 only. */
export interface MessageProperties {
  readonly userProperties?: readonly (readonly [name: string, value: string])[] | undefined;
  /** Seconds. */
  readonly messageExpiryInterval?: number | undefined;
  readonly contentType?: string | undefined;
  readonly payloadFormatIndicator?: 0 | 1 | undefined;
  readonly responseTopic?: string | undefined;
  readonly correlationData?: Uint8Array | undefined;
}

/** What a client sends, and gets, as one message. */
export interface Message {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly qos: 0 | 1 | 2;
  readonly retain: boolean;
  /** Of a message that came: as `showsProperties` says, else absent. */
  readonly properties?: MessageProperties | undefined;
}

/** How a client connects to publish. */
export interface Publishing {
  /** Each topic goes out whole once, then as its alias (`sendsTopicAliases`). */
  readonly topicAliases?: boolean;
}

/** A Will Message. */
export interface Will extends Message {
  /** Will Delay Interval, seconds (`willDelay`). */
  readonly delay?: number | undefined;
}

/** What a client is asked to subscribe to, and as whom. */
export interface Subscribing {
  readonly clientId: string;
  /** One or several, in one SUBSCRIBE where the client can. */
  readonly topicFilters: readonly string[];
  readonly qos: 0 | 1 | 2;
  /** Resume the session, and leave it at the broker when the connection ends. */
  readonly keep: boolean;
  /** Session Expiry Interval where `keep` is true, seconds; 3600 unless it is said. 5.0 only. */
  readonly sessionExpiry?: number | undefined;
  readonly will?: Will | undefined;
  /** Keep Alive, seconds (at least 5: mosquitto_sub takes no less); the client's default unless it is said. */
  readonly keepAlive?: number | undefined;
  /** Topic Alias Maximum to announce (`takesTopicAliases`). */
  readonly topicAliasMaximum?: number | undefined;
  /** Connect again when the connection is lost, and subscribe again if the session is (`reconnects`). */
  readonly reconnect?: boolean | undefined;
}

/** A client that has its SUBACK. */
export interface Subscriber {
  /** The next message in the order of arrival. @throws {Error} when none comes within `patience` ms */
  next(patience?: number): Promise<Message>;
  /** Settles when the connection has ended without us; the reason code of a DISCONNECT, where there was one. */
  readonly closed: Promise<number | undefined>;
  /** Ends with a DISCONNECT and waits until the connection is closed. */
  end(): Promise<void>;
  /** Lets go of everything without a DISCONNECT. The player has cut the network just before. */
  kill(): Promise<void>;
}

/** A request: published with a Response Topic and Correlation Data. */
export interface Request {
  readonly topic: string;
  readonly payload: Uint8Array;
  /** Where the answer is to go. A client that chooses it itself may do so. */
  readonly responseTopic: string;
  readonly qos: 0 | 1 | 2;
}

/** What a scenario may need of a client; one that has not got it says why. */
export type Ability =
  /** The end of its connection is seen (`closed`), with the reason code. */
  | 'showsClose'
  /** It has no more open QoS 1 and 2 messages than the broker takes [MQTT-3.3.4-7]. */
  | 'keepsWindow'
  /** `end` sends a DISCONNECT that discards the will. */
  | 'endsWithoutWill'
  /** `end` sends DISCONNECT 0x04, which asks for the will (§3.14.2.1). */
  | 'endsWithWill'
  /** One `publish` may have messages of several topics, QoS and retain flags. */
  | 'publishesManyTopics'
  /** `properties` of a Message go out. */
  | 'sendsProperties'
  /** `properties` of a message that came are shown, each of `MessageProperties`. */
  | 'showsProperties'
  /** User properties of one name keep their places among others [MQTT-3.3.2-18]. */
  | 'ordersUserProperties'
  | 'willDelay'
  | 'sessionExpiry'
  | 'sendsTopicAliases'
  | 'takesTopicAliases'
  /** It connects again by itself. */
  | 'reconnects'
  /** It has `request`. */
  | 'requests'
  /** It can subscribe; false for what only publishes. */
  | 'subscribes';

/** A client program or library, in one way to speak. */
export interface Client {
  readonly name: string;
  readonly way: Way;
  /** Abilities it does not have in this way, with the reason for people. In 3.x those of 5.0 are never asked. */
  readonly cannot: Readonly<Partial<Record<Ability, string>>>;
  /** A process for each call that takes a while to begin: it plays less, unless all is asked for. */
  readonly isDear?: true;
  /** Publishes all in order over one connection; resolves when the last one's QoS is fulfilled. */
  publish(at: Door, messages: readonly Message[], how?: Publishing): Promise<void>;
  subscribe(at: Door, wish: Subscribing): Promise<Subscriber>;
  /** Sends one request over a connection of its own, resolves with the answer. */
  request?(at: Door, request: Request): Promise<Message>;
}
