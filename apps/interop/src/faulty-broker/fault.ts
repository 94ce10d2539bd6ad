/**
 * What a planted fault is: what the broker does wrong, how it does it, and who must notice. Data; knows no fault.
 */
import type { Packet } from '@mqtt/codec';
import type { Version as StatementVersion } from '../conformance/case.ts';
import type { Instead, Passage } from '../peers/packet-relay.ts';
import type { Version } from '../peers/peer.ts';

/** What becomes of the packets of one connection, each way; what is not said passes as it is. */
export interface Spoiling {
  fromClient?(packet: Packet): Instead;
  fromBroker?(packet: Packet): Instead;
  /** The client closed its side, or was cut. */
  clientGone?(): void;
}

/** Who must notice a fault, in which version, and how that reads. */
export interface Catch<V> {
  readonly name: string;
  readonly version: V;
  readonly says: RegExp;
}

/** A fault of the test broker. */
export interface Fault {
  /** As `--fault` names it. */
  readonly name: string;
  /** For people: the broker … */
  readonly what: string;
  /** A broker with this fault: what one broker remembers lives in the first call, what one connection does in the second. */
  readonly plant: () => (passage: Passage) => Spoiling;
  /** The scenario of the matrix that must fail; where none can see it, why. */
  readonly scenario: Catch<Version> | { readonly none: string };
  /** The case of `mqtt-conformance` that must fail; where no statement is broken, why. */
  readonly case: Catch<StatementVersion> | { readonly none: string };
}

/** A fault that remembers nothing and looks at one direction. */
export function rewriting(from: 'client' | 'broker', instead: (packet: Packet) => Instead): Fault['plant'] {
  return () => () => (from === 'client' ? { fromClient: instead } : { fromBroker: instead });
}
