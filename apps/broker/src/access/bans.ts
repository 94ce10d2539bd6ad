/**
 * Who is banned by name or address, as the setting `banned` lists them: may come in no more, whatever they can prove.
 * Knows no connections and no passwords.
 */
import { BlockList, isIP } from 'node:net';
import type { Client } from '@mqtt/broker';
import type { BannedConfiguration } from '../config/configuration.ts';
import { networkOf } from '../config/network.ts';
import { hostOf } from './brute-force.ts';

/** What of somebody is looked at; what is not known yet is not looked at. */
export interface Suspect {
  readonly clientId?: string | undefined;
  /** As CONNECT says; nobody has checked it. */
  readonly username?: string | undefined;
  /** Who he was found to be. */
  readonly identity?: string | undefined;
  /** `10.0.0.1:50123`, `[2001:db8::1]:50123`, `unix`. */
  readonly peer?: string | undefined;
}

/** What somebody is banned by. */
export type Ban = 'client id' | 'user' | 'address';

/** Names as they are, and those that end in `*`: all that begin so. */
class Names {
  readonly #exact: ReadonlySet<string>;
  readonly #beginnings: readonly string[];

  constructor(names: readonly string[]) {
    this.#exact = new Set(names.filter((name) => !name.endsWith('*')));
    this.#beginnings = names.filter((name) => name.endsWith('*')).map((name) => name.slice(0, -1));
  }

  has(name: string | undefined): boolean {
    if (name === undefined) return false;
    return this.#exact.has(name) || this.#beginnings.some((beginning) => name.startsWith(beginning));
  }
}

/** The banned. Never changes: a reload makes another one. */
export class Bans {
  /** Nobody is banned: nothing has to be asked. */
  readonly isEmpty: boolean;
  readonly #clientIds: Names;
  readonly #users: Names;
  readonly #addresses = new BlockList();
  readonly #hasAddresses: boolean;
  /** Asked for each message. */
  readonly #known = new WeakMap<Client, boolean>();

  constructor({ clientIds = [], users = [], addresses = [] }: BannedConfiguration) {
    this.isEmpty = clientIds.length + users.length + addresses.length === 0;
    this.#clientIds = new Names(clientIds);
    this.#users = new Names(users);
    this.#hasAddresses = addresses.length > 0;
    for (const network of addresses.map(networkOf))
      if (network !== undefined) this.#addresses.addSubnet(network.address, network.bits, network.family);
  }

  /** What he is banned by; undefined: he is not. IPv4 is the same when it comes as IPv6 (`::ffff:10.0.0.1`). */
  of({ clientId, username, identity, peer }: Suspect): Ban | undefined {
    if (this.isEmpty) return undefined;
    if (this.#clientIds.has(clientId)) return 'client id';
    // Nobody's name is '': that is who comes without one.
    if (this.#users.has(username) || (identity !== '' && this.#users.has(identity))) return 'user';
    return this.#hasAddresses && peer !== undefined && this.#isBannedAddress(peer) ? 'address' : undefined;
  }

  /** Whether this client, there or away, is banned; remembered. */
  hasBanned(client: Client): boolean {
    let isBanned = this.#known.get(client);
    if (isBanned === undefined) {
      isBanned = this.of(client) !== undefined;
      this.#known.set(client, isBanned);
    }
    return isBanned;
  }

  #isBannedAddress(peer: string): boolean {
    const host = hostOf(peer).replace(/%.*$/, '');
    const version = isIP(host);
    return version !== 0 && this.#addresses.check(host, version === 4 ? 'ipv4' : 'ipv6');
  }
}
