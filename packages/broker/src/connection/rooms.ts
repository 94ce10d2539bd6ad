/** What every connection of a broker is given: the rooms it may call, made once by `broker.ts`. Types only. */
import type { TextCache } from '@mqtt/codec';
import type { Door } from '../access/authorize.ts';
import type { Gate } from '../access/gate.ts';
import type { Headcount } from '../access/headcount.ts';
import type { RandomBytes } from '../clock.ts';
import type { Events } from '../events.ts';
import type { Features } from '../features.ts';
import type { Hooks } from '../hooks.ts';
import type { Keeping } from '../keeping.ts';
import type { Metrics } from '../metrics.ts';
import type { Limits } from '../options.ts';
import type { OutgoingBounds, Turn } from '../outbox.ts';
import type { Overload } from '../overload/overload.ts';
import type { Router } from '../router/router.ts';
import type { Schedule } from '../schedule.ts';
import type { Registry } from '../session/registry.ts';
import type { TimerWheel } from '../timer-wheel.ts';
import type { Totals } from '../totals.ts';
import type { Handshake } from './handshake.ts';

/** Bytes from clients and to them. */
export interface Traffic {
  received: number;
  sent: number;
}

/** The rooms of one broker. */
export interface Rooms {
  readonly limits: Limits;
  readonly features: Features;
  /** What the topics of these clients begin with; '' for nothing. */
  readonly mountPoint: string;
  readonly metrics: Metrics;
  /** Bytes of this listener's connections, from clients and to them. */
  readonly traffic: Traffic;
  readonly events: Events;
  readonly hooks: Hooks;
  readonly door: Door;
  readonly handshake: Handshake;
  readonly gate: Gate;
  readonly wheel: TimerWheel;
  readonly turn: Turn;
  readonly totals: Totals;
  readonly overload: Overload;
  /** Connected clients of each identity. */
  readonly connectionsOf: Headcount;
  readonly outgoing: OutgoingBounds;
  readonly random: RandomBytes;
  readonly router: Router;
  readonly registry: Registry;
  readonly schedule: Schedule;
  /** Undefined: nothing outlives the process. */
  readonly keeping: Keeping | undefined;
  /** What all decoders remember of topics: one for all, so that a connection costs less and its bound holds once. */
  readonly texts: TextCache;
  /** A connection is gone for good. */
  readonly gone: (connection: object) => void;
}
