/**
 * Which server an attempt goes to: one URL, a list in turns, a callback's word, or where a Server Reference points.
 * Knows nothing of when attempts are made.
 */
import type { Attempt } from './attempt.ts';
import { type MqttError, RefusedError } from './errors.ts';
import type { Elsewhere } from './lifecycle.ts';
import type { Settings } from './options.ts';
import { parseUrl, type Server } from './url.ts';

type Url = string | URL;

/**
 * Where to connect: a URL, a list of them that attempts take in turns, or a callback that gives one for each attempt
 * (a signed URL, a discovered server). What the callback throws is tried again like any failure.
 */
export type Servers = Url | readonly Url[] | ((attempt: Attempt) => Url | Promise<Url>);

/** Servers in turns. */
export interface Turns {
  /** Attempts until each server has had one. */
  readonly round: number;
  /** The first one without credentials, for a store; empty where a callback decides. */
  readonly name: string;
  /** The server of this turn. */
  at(turn: number, attempt: Attempt): Server | Promise<Server>;
}

/** @throws MqttError INVALID_URL */
export function turnsOf(servers: Servers): Turns {
  if (typeof servers === 'function')
    return { round: 1, name: '', at: async (_, attempt) => parseUrl(await servers(attempt)) };
  const list = (Array.isArray(servers) && servers.length > 0 ? servers : [servers]).map(parseUrl);
  const at = (turn: number): Server => list[turn % list.length] as Server;
  return { round: list.length, name: at(0).endpoint.href, at };
}

/** Where a Server Reference (§4.11) points from `server`; undefined where it must not be followed. */
function redirected(server: Server, reference: string): Server | undefined {
  const { scheme, path } = server.endpoint;
  const [first = ''] = reference.split(' ');
  try {
    const { endpoint } = parseUrl(first.includes('://') ? first : `${scheme}://${first}${path}`);
    // Credentials go along: never from TLS to plain text.
    return /^(tls|wss)$/.test(scheme) && !/^(tls|wss)$/.test(endpoint.scheme)
      ? undefined
      : { ...server, endpoint };
  } catch {
    return undefined;
  }
}

/** Server References that are followed in a row, without a connection that lasted. */
const MOST_REDIRECTS = 5;

/** The way of one client from server to server. */
export class Route {
  readonly #turns: Turns;
  readonly #settings: Settings;
  /** Whose turn it is, and who was pointed to in its place. */
  #turn = 0;
  #server: Server | undefined;
  #redirect: Server | undefined;
  #redirects = 0;
  /** The last attempt, from 1. */
  attempt = 0;

  constructor(turns: Turns, settings: Settings) {
    this.#turns = turns;
    this.#settings = settings;
  }

  /** Where this attempt goes. */
  async next(attempt: Attempt): Promise<Server> {
    this.attempt = attempt.attempt;
    this.#server = this.#redirect ?? (await this.#turns.at(this.#turn, attempt));
    return this.#server;
  }

  /** A connection of `connectedFor` ms, or an attempt, ended: where the next one goes, if there is one. */
  failed(reason: MqttError, connectedFor: number): Elsewhere {
    const { round } = this.#turns;
    const { reconnect } = this.#settings;
    const isMoved = this.#follow(reason);
    // A connection that lasted is sought where it was, anything else at the next server.
    if (reconnect !== undefined && connectedFor >= reconnect.resetAfter) this.#redirects = 0;
    else if (!isMoved) {
      this.#redirect = undefined;
      this.#turn += 1;
    }
    // With a list, "use another server" is what the next attempt does anyway.
    const isElsewhere = isMoved || (round > 1 && pointsAway(reason));
    return { round, isElsewhere, isFirst: isMoved || this.attempt < round };
  }

  /** Whether the server pointed to another one, and may (§4.11). */
  #follow(reason: MqttError): boolean {
    if (!pointsAway(reason)) return false;
    const { serverReference = undefined } = (reason.properties ?? {}) as { serverReference?: string };
    if (!this.#settings.followRedirects || !serverReference || !this.#server) return false;
    const to = redirected(this.#server, serverReference);
    this.#redirects += 1;
    if (to === undefined || this.#redirects > MOST_REDIRECTS) return false;
    this.#redirect = to;
    return true;
  }
}

/** 0x9C use another server, 0x9D server moved. */
function pointsAway(reason: MqttError): reason is RefusedError {
  return reason instanceof RefusedError && (reason.reasonCode & ~1) === 0x9c;
}
