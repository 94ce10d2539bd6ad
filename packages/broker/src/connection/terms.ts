/**
 * What is different for the clients of one listener: the options that stand in place of the broker's own, and the rooms
 * their connections are given. What a mount point does to topics stands in `mount.ts`. Knows no listener.
 */
import { isTopicName, type ProtocolVersion, type QoS } from '@mqtt/codec';
import { BrokerError } from '../errors.ts';
import { asTold, resolveFeatures } from '../features.ts';
import type { LimitName, Limits } from '../options.ts';
import { resolveLimits } from '../resolve-limits.ts';
import { resolveHandshake } from './handshake.ts';
import type { Rooms } from './rooms.ts';

/** What may be said of the clients of one listener; what is not said is as for the whole broker. */
export interface Terms {
  /**
   * Put before the topics of its clients and taken off what they receive, e.g. `plant-1/`; ends with `/`. They see
   * nothing outside it and reach nothing there; hooks and `broker.publish` see whole topics. A Response Topic is left
   * as it is [MQTT-3.3.2-15]. A session belongs to its mount point: through another one its client begins anew.
   */
  readonly mountPoint?: string | undefined;
  /** Highest QoS of a PUBLISH and of a granted subscription (§3.2.2.3.4); default: the broker's. */
  readonly maximumQoS?: QoS | undefined;
  /** Topic aliases a client may set; default: `limits.topicAliasMaximum`. */
  readonly topicAliasMaximum?: number | undefined;
  /** Longest keep alive in seconds, 0 is any; default: `limits.maximumKeepAlive`. */
  readonly maximumKeepAlive?: number | undefined;
  /** Open QoS 1 and 2 messages from a 5.0 client; default: `limits.receiveMaximum`. */
  readonly receiveMaximum?: number | undefined;
  /** Largest packet from a client in bytes; default: `limits.maximumPacketSize`. */
  readonly maximumPacketSize?: number | undefined;
  /** Topic aliases one client is given; the broker's `limits.maximumOutboundTopicAliases` or less. */
  readonly maximumOutboundTopicAliases?: number | undefined;
  /** Whether a client may come without a client id; default: the broker's (§3.1.3.1). */
  readonly allowEmptyClientId?: boolean | undefined;
  /** What the client ids begin with that its clients are given; default: the broker's. */
  readonly autoClientIdPrefix?: string | undefined;
  /** Versions of MQTT that are served; default: the broker's. */
  readonly protocolVersions?: readonly ProtocolVersion[] | undefined;
}

/** The name of each. */
export const TERMS: readonly (keyof Terms)[] = [
  'mountPoint',
  'maximumQoS',
  'topicAliasMaximum',
  'maximumKeepAlive',
  'receiveMaximum',
  'maximumPacketSize',
  'maximumOutboundTopicAliases',
  'allowEmptyClientId',
  'autoClientIdPrefix',
  'protocolVersions',
];

/** The rooms as clients under these terms get them from now on. @throws {BrokerError} INVALID_OPTION */
export function underTerms(rooms: Rooms, terms: Terms): Rooms {
  const { limits, features, handshake } = rooms;
  const {
    mountPoint = '',
    maximumQoS,
    allowEmptyClientId = handshake.allowEmptyClientId,
    autoClientIdPrefix = handshake.autoClientIdPrefix,
    protocolVersions = handshake.protocolVersions,
  } = terms;
  checkMountPoint(mountPoint);
  resolveFeatures({ maximumQoS });
  return {
    ...rooms,
    limits: withOwn(limits, terms),
    features: asTold(features, maximumQoS),
    handshake: resolveHandshake({ ...handshake, allowEmptyClientId, autoClientIdPrefix, protocolVersions }),
    mountPoint,
  };
}

const OWN_LIMITS = [
  'topicAliasMaximum',
  'maximumKeepAlive',
  'receiveMaximum',
  'maximumPacketSize',
  'maximumOutboundTopicAliases',
] as const satisfies readonly (LimitName & keyof Terms)[];

/** The limits of the broker, which may change while it runs, behind those that are the listener's own. */
function withOwn(limits: Limits, terms: Terms): Limits {
  const said = OWN_LIMITS.filter((name) => terms[name] !== undefined);
  const own = Object.fromEntries(said.map((name) => [name, terms[name]]));
  resolveLimits(own);
  if (said.length === 0) return limits;
  const behind: Limits = Object.create(limits);
  return Object.assign(behind, own);
}

/** Whole levels only, and none of the broker's own: or a filter could reach what lies beside the mount point [E13]. */
function checkMountPoint(mountPoint: string): void {
  if (mountPoint === '') return;
  if (isTopicName(mountPoint) && mountPoint.endsWith('/') && !mountPoint.startsWith('$')) return;
  throw new BrokerError(
    'INVALID_OPTION',
    `mountPoint must be a topic name that ends with / and does not begin with $, as plant-1/, not ${mountPoint}`,
  );
}
