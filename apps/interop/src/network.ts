/**
 * The network of one play: a relay in front of the broker for each connection, so that any client can be cut off or
 * frozen, and what passed can be read afterwards. Judges nothing.
 */
import type { Addresses, Certificates, Client, Door, Transport, Way } from './peers/peer.ts';
import { openRelay, type Relay } from './peers/relay.ts';
import type { Turns } from './turns.ts';

/** Where a play happens. */
export interface Place {
  /** Asked at each connection: a broker that was started again may be elsewhere. */
  readonly addresses: () => Addresses;
  readonly certificates?: Certificates | undefined;
  /** End TLS in the relay, in order to read what passes; false unless it is said. */
  readonly isRead?: boolean;
  /** Ends the broker and starts it again; undefined where others play too. */
  readonly restart?: (() => Promise<void>) | undefined;
  /** For programs that keep a processor busy while they start (`isDear`); all at once unless it is said. */
  readonly starts?: Turns | undefined;
}

/** What is known of one relay of a play. */
export interface Tape {
  /** Whose it was: a role of the scenario, `publisher`. */
  readonly name: string;
  readonly client: string;
  readonly way: Way;
  /** ms from the beginning of the play to the relay's. */
  readonly began: number;
  readonly relay: Relay;
  /** False for TLS that passed through as it was. */
  readonly isReadable: boolean;
}

/** The URL of a transport. @throws {Error} when the broker has none */
export function urlOf(addresses: Addresses, transport: Transport): string {
  const url = addresses[transport];
  if (url === undefined) throw new Error(`the broker does not listen for ${transport}`);
  return url;
}

/** All relays of a play. */
export class Network {
  readonly tapes: Tape[] = [];
  readonly #place: Place;
  readonly #began = performance.now();

  constructor(place: Place) {
    this.#place = place;
  }

  /** A door to the broker of its own for this client, and the tape of what passes it. */
  async open(name: string, { name: client, way }: Client): Promise<{ door: Door; tape: Tape }> {
    const { addresses, certificates, isRead = false, restart } = this.#place;
    const isTls = way.transport === 'tls' || way.transport === 'mtls';
    const relay = await openRelay(() => urlOf(addresses(), way.transport), {
      reading: isTls && isRead ? certificates : undefined,
      isMutual: way.transport === 'mtls',
      isReopened: restart !== undefined,
    });
    const began = performance.now() - this.#began;
    const tape = { name, client, way, began, relay, isReadable: !isTls || isRead };
    this.tapes.push(tape);
    return { door: { url: relay.url, certificates }, tape };
  }

  /** Nothing stays open. */
  async close(): Promise<void> {
    await Promise.all(this.tapes.map(({ relay }) => relay.cut()));
  }
}
