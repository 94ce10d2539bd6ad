/**
 * Which server an attempt goes to: one URL, a list in turns, or a callback's word; and where a Server Reference points.
 * Knows nothing of when attempts are made.
 */
import type { Attempt } from './attempt.ts';
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
export function redirected(server: Server, reference: string): Server | undefined {
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
