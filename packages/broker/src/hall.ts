/**
 * What the connections of one listener are given: the rooms of the broker under the listener's terms. When either changes
 * while the broker runs, connections from then on are given other rooms; those that are open keep theirs, because their
 * clients were told of them. Knows no sockets.
 */
import type { Place } from './admission.ts';
import type { Rooms, Traffic } from './connection/rooms.ts';
import { type Terms, underTerms } from './connection/terms.ts';
import { BrokerError } from './errors.ts';

/** What may be said of one listener while it is open. */
export interface ListenerTerms extends Terms {
  /** Connections, handshakes included, that it may have open; default: as many as the broker. */
  readonly maximumConnections?: number | undefined;
}

/** Connections that a listener may have open. @throws {BrokerError} INVALID_OPTION */
function mostOf({ maximumConnections: most = Number.POSITIVE_INFINITY }: ListenerTerms): number {
  if (most === Number.POSITIVE_INFINITY || (Number.isInteger(most) && most >= 1)) return most;
  throw new BrokerError(
    'INVALID_OPTION',
    `listen: maximumConnections must be a whole number above 0, not ${most}`,
  );
}

/** One listener's share, and the rooms its connections are given. */
export class Hall implements Place {
  maximumConnections: number;
  isAnswering: boolean;
  open = 0;
  name: string | undefined;
  rooms: Rooms;
  readonly traffic: Traffic = { received: 0, sent: 0 };
  readonly #broker: Rooms;
  #terms: ListenerTerms;

  /** @param isAnswering whether whoever comes too often is told so @throws {BrokerError} INVALID_OPTION */
  constructor(broker: Rooms, terms: ListenerTerms, isAnswering: boolean) {
    this.#broker = broker;
    this.#terms = terms;
    this.isAnswering = isAnswering;
    this.maximumConnections = mostOf(terms);
    this.rooms = this.#furnished(terms);
  }

  /** These terms for whoever comes from now on. @throws {BrokerError} INVALID_OPTION, and nothing has changed */
  change(terms: ListenerTerms): void {
    const maximumConnections = mostOf(terms);
    this.rooms = this.#furnished(terms);
    this.maximumConnections = maximumConnections;
    this.#terms = terms;
  }

  /** What the broker serves is different from now on. */
  renew(): void {
    this.rooms = this.#furnished(this.#terms);
  }

  #furnished(terms: ListenerTerms): Rooms {
    return { ...underTerms(this.#broker, terms), traffic: this.traffic };
  }
}
