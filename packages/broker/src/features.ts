/**
 * Which parts of the protocol this broker serves, and how it does what the specification leaves open: one option each,
 * all served and everything by the book unless said otherwise. What clients may make grow stands in `options.ts`.
 */
import type { QoS } from '@mqtt/codec';
import { BrokerError } from './errors.ts';

/** How a shared subscription chooses the member that gets a message (§4.8.2). */
const SHARED_STRATEGIES = ['round-robin', 'random', 'least-inflight', 'by-publisher', 'by-topic'] as const;

/**
 * `round-robin`: in turn. `random`: any. `least-inflight`: who has the fewest messages open and waiting. Of these,
 * whoever could not take it at once is passed over while another can. `by-publisher`, `by-topic`: always the same
 * member for a publisher or topic, so that its order holds, as long as the members stay the same and it is connected.
 */
export type SharedStrategy = (typeof SHARED_STRATEGIES)[number];

/** What a broker serves, and how. */
export interface Features {
  /** Highest QoS of a PUBLISH and of a granted subscription (§3.2.2.3.4). Above it: 0x9B; default 2. */
  readonly maximumQoS: QoS;
  /** false: a PUBLISH or will with RETAIN ends with 0x9A (§3.2.2.3.5). */
  readonly retainAvailable: boolean;
  /** false: a filter with a wildcard ends with 0xA2 (§3.2.2.3.11). */
  readonly wildcardSubscriptionAvailable: boolean;
  /** false: `$share/...` ends with 0x9E (§3.2.2.3.13). */
  readonly sharedSubscriptionAvailable: boolean;
  /** false: a SUBSCRIBE with a subscription identifier ends with 0xA1 (§3.2.2.3.12). */
  readonly subscriptionIdentifiersAvailable: boolean;
  /** true: QoS 0 waits too for a client that is away and whose session is kept (§4.5). Default false: it is dropped. */
  readonly queueQoS0: boolean;
  /** true: a message is delivered at its subscription's QoS even if it was published at less, against §3.8.4. */
  readonly upgradeOutgoingQoS: boolean;
  /** Seconds after which a retained message is forgotten, whatever its own expiry; 0, the default, is never. */
  readonly retainExpiryInterval: number;
  /**
   * true: a message whose Payload Format Indicator says UTF-8 and that is none is refused with 0x99 (§3.3.2.3.2).
   * Default false: it costs reading every payload that says so.
   */
  readonly validatePayloadFormat: boolean;
  /** How shared subscriptions choose; default `round-robin`. */
  readonly sharedSubscriptions: SharedStrategy;
}

/** Each of them as an option. */
export type FeatureOptions = { readonly [N in keyof Features]?: Features[N] | undefined };

const FLAGS = [
  'retainAvailable',
  'wildcardSubscriptionAvailable',
  'sharedSubscriptionAvailable',
  'subscriptionIdentifiersAvailable',
  'queueQoS0',
  'upgradeOutgoingQoS',
  'validatePayloadFormat',
] as const;

/** The given ones, checked, and defaults for the rest. @throws {BrokerError} INVALID_OPTION */
export function resolveFeatures(options: FeatureOptions): Features {
  const { maximumQoS = 2, retainExpiryInterval = 0, sharedSubscriptions = 'round-robin' } = options;
  for (const name of FLAGS) {
    if (typeof (options[name] ?? false) !== 'boolean') fail(name, 'true or false', options[name]);
  }
  if (!([0, 1, 2] as readonly unknown[]).includes(maximumQoS)) fail('maximumQoS', '0, 1 or 2', maximumQoS);
  if (!(Number.isInteger(retainExpiryInterval) && retainExpiryInterval >= 0))
    fail('retainExpiryInterval', 'a whole number of seconds', retainExpiryInterval);
  if (!SHARED_STRATEGIES.includes(sharedSubscriptions))
    fail('sharedSubscriptions', `one of ${SHARED_STRATEGIES.join(', ')}`, sharedSubscriptions);
  return {
    maximumQoS,
    retainAvailable: options.retainAvailable ?? true,
    wildcardSubscriptionAvailable: options.wildcardSubscriptionAvailable ?? true,
    sharedSubscriptionAvailable: options.sharedSubscriptionAvailable ?? true,
    subscriptionIdentifiersAvailable: options.subscriptionIdentifiersAvailable ?? true,
    queueQoS0: options.queueQoS0 ?? false,
    upgradeOutgoingQoS: options.upgradeOutgoingQoS ?? false,
    retainExpiryInterval,
    validatePayloadFormat: options.validatePayloadFormat ?? false,
    sharedSubscriptions,
  };
}

/** What CONNACK tells. */
type Told = Pick<
  Features,
  | 'maximumQoS'
  | 'retainAvailable'
  | 'wildcardSubscriptionAvailable'
  | 'sharedSubscriptionAvailable'
  | 'subscriptionIdentifiersAvailable'
>;

/**
 * The features for connections from now on: what their clients are told stays as it is at this moment, the rest is what
 * `features` has at any later one. `maximumQoS`: a listener's own.
 */
export function asTold(features: Features, maximumQoS: QoS = features.maximumQoS): Features {
  const told: Told = {
    maximumQoS,
    retainAvailable: features.retainAvailable,
    wildcardSubscriptionAvailable: features.wildcardSubscriptionAvailable,
    sharedSubscriptionAvailable: features.sharedSubscriptionAvailable,
    subscriptionIdentifiersAvailable: features.subscriptionIdentifiersAvailable,
  };
  const behind: Features = Object.create(features);
  return Object.assign(behind, told);
}

function fail(name: string, possible: string, given: unknown): never {
  throw new BrokerError('INVALID_OPTION', `${name} must be ${possible}, not ${String(given)}`);
}

/** What CONNACK says of them to 5.0 clients: only what is not served is named [MQTT-3.2.2-9]. */
export function announced(features: Features): Readonly<{
  maximumQoS?: 0 | 1;
  retainAvailable?: false;
  wildcardSubscriptionAvailable?: false;
  sharedSubscriptionAvailable?: false;
  subscriptionIdentifiersAvailable?: false;
}> {
  const { maximumQoS } = features;
  return {
    ...(maximumQoS === 2 ? {} : { maximumQoS }),
    ...(features.retainAvailable ? {} : { retainAvailable: false }),
    ...(features.wildcardSubscriptionAvailable ? {} : { wildcardSubscriptionAvailable: false }),
    ...(features.sharedSubscriptionAvailable ? {} : { sharedSubscriptionAvailable: false }),
    ...(features.subscriptionIdentifiersAvailable ? {} : { subscriptionIdentifiersAvailable: false }),
  };
}
