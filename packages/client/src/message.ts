/**
 * What a handler receives: an Application Message (§3.3) and two ways to read its payload.
 * Knows nothing of acknowledgements.
 */
import type { Properties, Publish, QoS } from '@mqtt/codec';

/** A message from the server. */
export class Message {
  readonly topic: string;
  /** The bytes; the message's own, they stay as they are. */
  readonly payload: Uint8Array;
  readonly qos: QoS;
  /** true: the server kept it, and sent it because of the subscription (§3.3.1.3). */
  readonly retain: boolean;
  /** true: the server may have sent it before (§3.3.1.1). */
  readonly dup: boolean;
  /** 5.0 only. User properties are ordered pairs, duplicates kept. */
  readonly properties: Properties<'PUBLISH'> | undefined;

  /** `topic` is given apart because a topic alias may have stood in its place. */
  constructor(packet: Publish, topic: string) {
    this.topic = topic;
    this.payload = own(packet.payload);
    this.qos = packet.qos;
    this.retain = packet.retain;
    this.dup = packet.dup;
    this.properties = packet.properties;
  }

  /** The payload as text. @throws TypeError when it is not UTF-8 */
  text(): string {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(this.payload);
  }

  /** The payload as JSON. @throws TypeError when it is not UTF-8 @throws SyntaxError when it is not JSON */
  json(): unknown {
    return JSON.parse(this.text());
  }
}

/** Copies a payload that would keep a far larger chunk of the network alive; a large one stays a view. */
function own(payload: Uint8Array): Uint8Array {
  return payload.length * 4 < payload.buffer.byteLength ? new Uint8Array(payload) : payload;
}
