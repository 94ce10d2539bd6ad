/**
 * The Access port: who may connect, publish and subscribe, as a program that embeds the broker answers it.
 * Each hook is optional and may answer at once or with a promise; a promise pauses that client's reading, so order
 * holds. What counts as yes is decided in `authorize.ts`, not here.
 */
import type { ProtocolVersion, QoS, UserProperty } from '@mqtt/codec';
import type { PeerCertificate } from '@mqtt/session';
import type { Refusal } from './refusal.ts';

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
  /** The client's certificate, when the listener asked for one and it is valid. */
  readonly certificate?: PeerCertificate | undefined;
  /** Whoever `authenticate` said this is; the user name when it only said yes; '' without an authenticator. */
  readonly identity: string;
}

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
  /** Clean Start; Clean Session in 3.x. */
  readonly cleanStart: boolean;
  /** Seconds, as the client asked. */
  readonly keepAlive: number;
  /** User Properties of CONNECT, in order; none in 3.x. */
  readonly userProperties: readonly UserProperty[];
}

/** A hook's answer, now or later. */
export type Answer<T> = T | Promise<T>;

/** The hooks; without one, everybody may. With one, anything but a clear yes is no. */
export interface Access {
  /**
   * true: yes, known by the user name. A string: yes, and this is who it is. false: CONNACK 0x86, 3.x 0x04.
   * A refusal says why, and may name another server: `{ reasonCode: 0x9c, serverReference: 'b.example:1883' }`.
   */
  readonly authenticate?: ((credentials: Credentials) => Answer<boolean | string | Refusal>) | undefined;
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
}
