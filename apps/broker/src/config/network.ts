/** Addresses and networks as a configuration names them: `10.0.0.1`, `10.0.0.0/8`, `2001:db8::/32`. Knows no clients. */
import { isIP } from 'node:net';

/** Some addresses. */
export interface Network {
  readonly address: string;
  /** How many of its first bits they have in common. */
  readonly bits: number;
  readonly family: 'ipv4' | 'ipv6';
}

/** What `entry` names; undefined when that is neither an address nor a network. */
export function networkOf(entry: string): Network | undefined {
  const [, address = '', prefix] = /^([^/%]+)(?:\/(\d{1,3}))?$/.exec(entry) ?? [];
  const version = isIP(address);
  const most = version === 4 ? 32 : 128;
  const bits = prefix === undefined ? most : Number(prefix);
  return version === 0 || bits > most
    ? undefined
    : { address, bits, family: version === 4 ? 'ipv4' : 'ipv6' };
}
