/**
 * The Access port: who may connect, publish and subscribe, as a program that embeds the broker answers it.
 * Each hook is optional and may answer at once or with a promise; a promise pauses that client's reading, so order
 * holds. What counts as yes is decided in `authorize.ts`, not here.
 */
import type { ProtocolVersion, QoS, UserProperty } from '@mqtt/codec';
import type { PeerCertificate } from '@mqtt/session';
import type { RandomBytes } from '../clock.ts';
import type { Explanation, Refusal } from './refusal.ts';

/** Who a client is to the hooks, for as long as its connection lasts. */
export interface Client {
  readonly clientId: string;
  /** User Name of CONNECT; undefined when there was none. */
  readonly username: string | undefined;
  readonly version: ProtocolVersion;
  /** The peer's address as its listener gives it. */
  readonly peer: string;
  /** Name of the listener it came through; undefined for a link that the program gave. */
  readonly listener?: string | undefined;
  /** What its topics begin with, as hooks see them; undefined: its listener has no mount point. */
  readonly mountPoint?: string | undefined;
  /** The client's certificate, when the listener asked for one and it is valid. */
  readonly certificate?: PeerCertificate | undefined;
  /** Whose pre-shared key it proved, on a listener that asks for one. */
  readonly pskIdentity?: string | undefined;
  /**
   * Whoever `authenticate` or an authentication method said this is; the user name when it only said yes; '' without
   * an authenticator.
   */
  readonly identity: string;
  /** What its `Acceptance` said of it. */
  readonly attributes?: Attributes | undefined;
}

/** What a program knows of a client, as plain JSON. */
export type Attributes = Readonly<Record<string, unknown>>;

/** What a CONNECT offers as proof (§3.1.3.5, §3.1.3.6). */
export interface Credentials {
  readonly clientId: string;
  readonly username: string | undefined;
  readonly password: Uint8Array | undefined;
  readonly version: ProtocolVersion;
  readonly peer: string;
  /** Name of the listener it came through; undefined for a link that the program gave. */
  readonly listener?: string | undefined;
  /** The client's certificate, when the listener asked for one and it is valid. */
  readonly certificate?: PeerCertificate | undefined;
  /** Whose pre-shared key it proved, on a listener that asks for one. */
  readonly pskIdentity?: string | undefined;
  /** Clean Start; Clean Session in 3.x. */
  readonly cleanStart: boolean;
  /** Seconds, as the client asked. */
  readonly keepAlive: number;
  /** User Properties of CONNECT, in order; none in 3.x. */
  readonly userProperties: readonly UserProperty[];
}

/** A yes that says more: who it is, and under which client id. */
export interface Acceptance {
  readonly identity: string;
  /**
   * In place of the one in CONNECT: the session is found and made under it, and hooks see it from then on. It must be
   * one a client could bring, or the client is refused (0x85). Default: the one in CONNECT, or one that was made.
   */
  readonly clientId?: string | undefined;
  /**
   * What the hooks are to know of this client besides, as `client.attributes`. The store keeps it with the session, for
   * what is asked while its client is away, over a restart too: plain JSON, and small.
   */
  readonly attributes?: Attributes | undefined;
}

/** A hook's answer, now or later. */
export type Answer<T> = T | Promise<T>;

/** The method needs another packet of the client: AUTH 0x18 (§4.12). */
export interface ExchangeContinuation extends Explanation {
  readonly reasonCode: 0x18;
  readonly authenticationData?: Uint8Array | undefined;
}

/** The client is `identity`: CONNACK 0x00, or AUTH 0x00 when it was connected. */
export interface ExchangeSuccess extends Acceptance {
  readonly reasonCode: 0;
  readonly authenticationData?: Uint8Array | undefined;
}

/** What an exchange answers to the client's data. */
export type ExchangeStep = ExchangeContinuation | ExchangeSuccess | Refusal;

/** One exchange: given the Authentication Data of CONNECT, then of each AUTH; undefined where the packet has none. */
export type Exchange = (authenticationData: Uint8Array | undefined) => Answer<ExchangeStep>;

/** Who begins an exchange. */
export interface ExchangeOpening {
  /** What CONNECT said; no password when the client authenticates anew. */
  readonly credentials: Credentials;
  /** The connected client that authenticates anew (§4.12.1): it may only stay who it is. */
  readonly client: Client | undefined;
  /** The broker's random source, for nonces. */
  readonly random: RandomBytes;
}

/** An authentication method: begins an exchange with one client. */
export type AuthenticationMethod = (opening: ExchangeOpening) => Exchange;

/** The hooks; without one, everybody may. With one, anything but a clear yes is no. */
export interface Access {
  /**
   * true: yes, known by the user name. A string: yes, and this is who it is. false: CONNACK 0x86, 3.x 0x04.
   * An `Acceptance` says both, and may choose the client id. A refusal says why, and may name another server: `{ reasonCode: 0x9c, serverReference: 'b.example:1883' }`.
   */
  readonly authenticate?:
    | ((credentials: Credentials) => Answer<boolean | string | Acceptance | Refusal>)
    | undefined;
  /**
   * Authentication methods by name, e.g. `{ 'SCRAM-SHA-256': scramSha256(lookup) }` (§4.12). One decides alone for a
   * CONNECT that names it; `authenticate` for one that names none, and without `authenticate` that is a no: 0x87.
   */
  readonly enhanced?: Readonly<Record<string, AuthenticationMethod>> | undefined;
  /** May `client` publish to `topic`? Asked for wills too. */
  readonly authorizePublish?:
    | ((client: Client, topic: string, qos: QoS, retain: boolean) => Answer<boolean>)
    | undefined;
  /** May `client` subscribe to `topicFilter`? For a shared subscription it is the filter inside. */
  readonly authorizeSubscribe?:
    | ((client: Client, topicFilter: string, qos: QoS) => Answer<boolean>)
    | undefined;
  /**
   * May `client` receive a message of `topic`? Asked for each delivery, retained and queued ones too, so a right that
   * was taken back ends at once. Must answer at once: a promise is a no.
   */
  readonly authorizeReceive?: ((client: Client, topic: string) => boolean) | undefined;
  /**
   * May whoever published a retained message still publish to its topic? Asked for each of its deliveries, so that what
   * somebody left behind goes with his right to [E04]. `publisher` is gone, as often as not: only this is known of him.
   * Not asked for messages of the program. Must answer at once: a promise is a no.
   */
  readonly authorizeRetained?: ((publisher: Publisher, topic: string) => boolean) | undefined;
}

/** Who published a retained message. */
export type Publisher = Pick<Client, 'clientId' | 'identity' | 'listener'>;
