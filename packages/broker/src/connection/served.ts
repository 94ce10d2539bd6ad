/**
 * What a client asks for that this broker was told not to serve, and what 5.0 calls that; 0 when it is served. 3.x has
 * no words for it: a PUBLISH ends its connection, a will its CONNECT, a filter gets 0x80. Knows no packets' answers.
 */
import { parseShare, type QoS } from '@mqtt/codec';
import type { Features } from '../features.ts';

/** A PUBLISH or a will of this QoS and RETAIN. */
export function unservedMessage(features: Features, qos: QoS, retain: boolean): 0 | 0x9a | 0x9b {
  if (qos > features.maximumQoS) return 0x9b;
  return retain && !features.retainAvailable ? 0x9a : 0;
}

/** A topic filter, `$share/...` included. */
export function unservedFilter(features: Features, topicFilter: string): 0 | 0x9e | 0xa2 {
  if (!features.sharedSubscriptionAvailable && parseShare(topicFilter) !== undefined) return 0x9e;
  const hasWildcard = topicFilter.includes('#') || topicFilter.includes('+');
  return hasWildcard && !features.wildcardSubscriptionAvailable ? 0xa2 : 0;
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Whether a payload must be the UTF-8 that its Payload Format Indicator says it is, and is none (§3.3.2.3.2). */
export function isNoText({ validatePayloadFormat }: Features, payload: Uint8Array): boolean {
  if (!validatePayloadFormat) return false;
  try {
    utf8.decode(payload);
    return false;
  } catch {
    return true;
  }
}
