/**
 * What a packet is: one discriminated union on `type`, and what each version allows in each packet (§3).
 * A field is required exactly where the version's wire format has it; what 3.x lacks may be left out or hold its one
 * value. Decoded packets always have every field. Knows nothing of bytes.
 */
import type { Properties, PropertyOwner } from './tables/properties.ts';
import type { ReasonCodeOf } from './tables/reason-codes.ts';

/** Protocol Version byte of CONNECT: 3 is MQTT 3.1, 4 is MQTT 3.1.1, 5 is MQTT 5.0 (§3.1.2.2). */
export type ProtocolVersion = 3 | 4 | 5;
/** Quality of Service: at most once, at least once, exactly once (§4.3). */
export type QoS = 0 | 1 | 2;
/** A list that is never empty: SUBSCRIBE and UNSUBSCRIBE without a filter are Protocol Errors (§3.8.3). */
export type NonEmpty<T> = readonly [T, ...T[]];

/** `properties` for 5.0 and nothing for 3.x. */
type WithProperties<V extends ProtocolVersion, Owner extends PropertyOwner> = V extends 5
  ? { readonly properties?: Properties<Owner> | undefined }
  : { readonly properties?: undefined };

/** A reason code for 5.0; in 3.x the packet itself means success. */
type WithReason<V extends ProtocolVersion, Code extends number> = V extends 5
  ? { readonly reasonCode: Code }
  : { readonly reasonCode?: 0x00 | undefined };

/** Will Message (§3.1.2.5): published for the client when its connection ends without a DISCONNECT 0x00. */
export type Will<V extends ProtocolVersion = ProtocolVersion> = V extends ProtocolVersion
  ? {
      readonly topic: string;
      readonly payload: Uint8Array;
      readonly qos: QoS;
      readonly retain: boolean;
    } & WithProperties<V, 'WILL'>
  : never;

/** 3.x allows a password only beside a user name [MQTT-3.1.2-22 of 3.1.1]; 5.0 allows each alone. */
type Credentials<V extends ProtocolVersion> = V extends 5
  ? { readonly username?: string | undefined; readonly password?: Uint8Array | undefined }
  :
      | { readonly username: string; readonly password?: Uint8Array | undefined }
      | { readonly username?: undefined; readonly password?: undefined };

/** CONNECT (§3.1). `cleanStart` is Clean Session in 3.x; `keepAlive` in seconds, 0 is none. */
export type Connect<V extends ProtocolVersion = ProtocolVersion> = V extends ProtocolVersion
  ? {
      readonly type: 'CONNECT';
      readonly version: V;
      readonly clientId: string;
      readonly cleanStart: boolean;
      readonly keepAlive: number;
      readonly will?: Will<V> | undefined;
    } & Credentials<V> &
      WithProperties<V, 'CONNECT'>
  : never;

/** CONNACK (§3.2). In 3.x `reasonCode` is the Connect Return code, 0 to 5; 3.1 has no Session Present. */
export type Connack<V extends ProtocolVersion = ProtocolVersion> = V extends ProtocolVersion
  ? {
      readonly type: 'CONNACK';
      readonly sessionPresent: boolean;
    } & (V extends 5
      ? { readonly reasonCode: ReasonCodeOf<'CONNACK'> }
      : { readonly reasonCode: ReasonCodeOf<'CONNACK3'> }) &
      WithProperties<V, 'CONNACK'>
  : never;

/** PUBLISH (§3.3). Only QoS 1 and 2 have a packet id and a DUP flag. */
export type Publish<V extends ProtocolVersion = ProtocolVersion> = V extends ProtocolVersion
  ? {
      readonly type: 'PUBLISH';
      readonly topic: string;
      readonly payload: Uint8Array;
      readonly retain: boolean;
    } & (
      | { readonly qos: 0; readonly dup: false; readonly packetId?: undefined }
      | { readonly qos: 1 | 2; readonly dup: boolean; readonly packetId: number }
    ) &
      WithProperties<V, 'PUBLISH'>
  : never;

type Acknowledgement<
  V extends ProtocolVersion,
  Type extends 'PUBACK' | 'PUBREC' | 'PUBREL' | 'PUBCOMP',
> = V extends ProtocolVersion
  ? { readonly type: Type; readonly packetId: number } & WithReason<V, ReasonCodeOf<Type>> &
      WithProperties<V, Type>
  : never;

/** PUBACK, the answer to a QoS 1 PUBLISH (§3.4). */
export type Puback<V extends ProtocolVersion = ProtocolVersion> = Acknowledgement<V, 'PUBACK'>;
/** PUBREC, first answer to a QoS 2 PUBLISH (§3.5). */
export type Pubrec<V extends ProtocolVersion = ProtocolVersion> = Acknowledgement<V, 'PUBREC'>;
/** PUBREL, the answer to PUBREC (§3.6). */
export type Pubrel<V extends ProtocolVersion = ProtocolVersion> = Acknowledgement<V, 'PUBREL'>;
/** PUBCOMP, the answer to PUBREL (§3.7). */
export type Pubcomp<V extends ProtocolVersion = ProtocolVersion> = Acknowledgement<V, 'PUBCOMP'>;

/** One Topic Filter of a SUBSCRIBE with its Subscription Options (§3.8.3.1); 3.x has the QoS alone. */
export type Subscription<V extends ProtocolVersion = ProtocolVersion> = V extends ProtocolVersion
  ? {
      readonly topicFilter: string;
      readonly qos: QoS;
    } & (V extends 5
      ? { readonly noLocal: boolean; readonly retainAsPublished: boolean; readonly retainHandling: 0 | 1 | 2 }
      : {
          readonly noLocal?: false | undefined;
          readonly retainAsPublished?: false | undefined;
          readonly retainHandling?: 0 | undefined;
        })
  : never;

/** SUBSCRIBE (§3.8). */
export type Subscribe<V extends ProtocolVersion = ProtocolVersion> = V extends ProtocolVersion
  ? {
      readonly type: 'SUBSCRIBE';
      readonly packetId: number;
      readonly subscriptions: NonEmpty<Subscription<V>>;
    } & WithProperties<V, 'SUBSCRIBE'>
  : never;

type SubackCodes = {
  readonly 3: ReasonCodeOf<'SUBACK3'>;
  readonly 4: ReasonCodeOf<'SUBACK4'>;
  readonly 5: ReasonCodeOf<'SUBACK'>;
};

/** SUBACK (§3.9): one reason code for each Topic Filter, in order. */
export type Suback<V extends ProtocolVersion = ProtocolVersion> = V extends ProtocolVersion
  ? {
      readonly type: 'SUBACK';
      readonly packetId: number;
      readonly reasonCodes: readonly SubackCodes[V][];
    } & WithProperties<V, 'SUBACK'>
  : never;

/** UNSUBSCRIBE (§3.10). */
export type Unsubscribe<V extends ProtocolVersion = ProtocolVersion> = V extends ProtocolVersion
  ? {
      readonly type: 'UNSUBSCRIBE';
      readonly packetId: number;
      readonly topicFilters: NonEmpty<string>;
    } & WithProperties<V, 'UNSUBSCRIBE'>
  : never;

/** UNSUBACK (§3.11): in 5.0 one reason code for each Topic Filter; 3.x has none. */
export type Unsuback<V extends ProtocolVersion = ProtocolVersion> = V extends ProtocolVersion
  ? {
      readonly type: 'UNSUBACK';
      readonly packetId: number;
    } & (V extends 5
      ? { readonly reasonCodes: readonly ReasonCodeOf<'UNSUBACK'>[] }
      : { readonly reasonCodes?: readonly [] | undefined }) &
      WithProperties<V, 'UNSUBACK'>
  : never;

/** PINGREQ (§3.12). */
export type Pingreq = { readonly type: 'PINGREQ' };
/** PINGRESP (§3.13). */
export type Pingresp = { readonly type: 'PINGRESP' };

/** DISCONNECT (§3.14). In 3.x only a client sends it, and it means 0x00. */
export type Disconnect<V extends ProtocolVersion = ProtocolVersion> = V extends ProtocolVersion
  ? {
      readonly type: 'DISCONNECT';
    } & WithReason<V, ReasonCodeOf<'DISCONNECT_CLIENT' | 'DISCONNECT_SERVER'>> &
      WithProperties<V, 'DISCONNECT'>
  : never;

/** AUTH (§3.15), 5.0 only. */
export type Auth<V extends ProtocolVersion = ProtocolVersion> = 5 extends V
  ? {
      readonly type: 'AUTH';
      readonly reasonCode: ReasonCodeOf<'AUTH_CLIENT' | 'AUTH_SERVER'>;
    } & WithProperties<5, 'AUTH'>
  : never;

/** Any control packet of version `V`; without an argument, of any version. */
export type Packet<V extends ProtocolVersion = ProtocolVersion> =
  | Connect<V>
  | Connack<V>
  | Publish<V>
  | Puback<V>
  | Pubrec<V>
  | Pubrel<V>
  | Pubcomp<V>
  | Subscribe<V>
  | Suback<V>
  | Unsubscribe<V>
  | Unsuback<V>
  | Pingreq
  | Pingresp
  | Disconnect<V>
  | Auth<V>;
