/**
 * What the bench and its load processes say to each other, as JSON over the channel that `fork` opens.
 */
import type { Address } from './transports.ts';
import type { QoS } from './wire.ts';

/** Publisher i has `each` topics from i * `spacing` on. */
export interface Spacing {
  readonly spacing: number;
  readonly each: number;
}

/** Connections that a load process shall open. */
export type Open =
  | {
      readonly do: 'publishers';
      readonly address: Address;
      readonly count: number;
      readonly topics: Spacing;
      readonly qos: QoS;
      readonly retain: boolean;
      readonly usesAlias: boolean;
      readonly payloadBytes: number;
      readonly window: number;
      /** Messages a second of all together; absent: as fast as back-pressure allows. */
      readonly perSecond?: number;
    }
  | {
      readonly do: 'subscribers';
      readonly address: Address;
      readonly count: number;
      readonly topics: Spacing;
      /** To one topic, to an area with wildcards, or to each topic of an area with a subscription of its own. */
      readonly to: 'topic' | 'area' | 'units';
      readonly qos: QoS;
      readonly payloadBytes: number;
      readonly publishers: number;
      readonly keepsTimes: boolean;
      /** Connects only when told to go, to a session that has subscribed before. */
      readonly returns?: boolean;
    }
  | {
      readonly do: 'fetchers';
      readonly address: Address;
      readonly count: number;
      readonly topics: Spacing;
      readonly publishers: number;
      readonly payloadBytes: number;
    }
  | { readonly do: 'idle'; readonly address: Address; readonly count: number }
  | { readonly do: 'connects'; readonly address: Address; readonly count: number; readonly atATime: number };

/** All that the bench tells a load process. */
export type Order =
  | Open
  /** Publishers: send so many messages each. Subscribers: expect so many in all. Fetchers: so many areas. */
  | { readonly do: 'go'; readonly messages: number }
  /** Report what there is, done or not. */
  | { readonly do: 'stop' }
  /** Close every connection. */
  | { readonly do: 'close' };

/** What a load process counted. */
export interface Tally {
  /** Messages sent, or received without fault, or connections made. */
  readonly messages: number;
  /** Messages that came again. */
  readonly twice: number;
  /** Messages that came after a later one of the same publisher, or whose bytes were not as sent. */
  readonly wrong: number;
  /** Messages that a later one of the same publisher overtook: most of them were lost on the way, not at the end. */
  readonly skipped: number;
  /** Connections that the broker ended. */
  readonly ended: number;
  /** Milliseconds of the machine's monotonic clock: first write, last arrival. */
  readonly first: number;
  readonly last: number;
  /** Milliseconds each message was on its way, where asked for. */
  readonly times: readonly number[];
}

/** All that a load process tells the bench. */
export type Word =
  | { readonly is: 'open' }
  /** A connection could not be opened: the round cannot be played. */
  | { readonly is: 'failed'; readonly why: string }
  /** What moved so far: messages and acknowledgements. */
  | { readonly is: 'moving'; readonly moved: number }
  | { readonly is: 'done'; readonly tally: Tally; readonly cpuMicroseconds: number }
  | { readonly is: 'closed' };
