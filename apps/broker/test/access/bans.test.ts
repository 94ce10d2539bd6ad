/** Who is banned, by each of the three lists. */
import { describe, expect, it } from 'vitest';
import { Bans, type Suspect } from '../../src/access/bans.ts';

const bans = new Bans({
  clientIds: ['dev-7', 'press-*'],
  users: ['mallory', 'temp-*'],
  addresses: ['10.1.2.3', '10.9.0.0/16', '2001:db8::1', '2001:db8:5::/48', '::ffff:192.168.7.0/120'],
});

describe('[C28] the banned', () => {
  it.each<[Suspect, string | undefined]>([
    [{ clientId: 'dev-7' }, 'client id'],
    [{ clientId: 'dev-77' }, undefined],
    [{ clientId: 'press-' }, 'client id'],
    [{ clientId: 'press-9' }, 'client id'],
    [{ clientId: 'express-9' }, undefined],
    [{ clientId: 'DEV-7' }, undefined],
    [{ clientId: 'mallory' }, undefined],
    [{ username: 'mallory' }, 'user'],
    [{ username: 'x', identity: 'mallory' }, 'user'],
    [{ username: 'mallory', identity: 'x' }, 'user'],
    [{ identity: 'temp-1' }, 'user'],
    [{ identity: '' }, undefined],
    [{ peer: '10.1.2.3:50000' }, 'address'],
    [{ peer: '10.1.2.4:50000' }, undefined],
    [{ peer: '[::ffff:10.1.2.3]:50000' }, 'address'],
    [{ peer: '[::ffff:a01:203]:50000' }, 'address'],
    [{ peer: '10.9.255.1:1' }, 'address'],
    [{ peer: '10.10.0.1:1' }, undefined],
    [{ peer: '[2001:db8::1]:1' }, 'address'],
    [{ peer: '[2001:db8:0::0:1]:1' }, 'address'],
    [{ peer: '[2001:db8::2]:1' }, undefined],
    [{ peer: '[2001:db8:5:ffff::1]:1' }, 'address'],
    [{ peer: '[fe80::1%eth0]:1' }, undefined],
    [{ peer: '192.168.7.9:1' }, 'address'],
    [{ peer: '192.168.8.9:1' }, undefined],
    [{ peer: 'unix' }, undefined],
    [{}, undefined],
  ])('%j: %s', (suspect, ban) => {
    expect(bans.of(suspect)).toBe(ban);
    expect(new Bans({}).of(suspect)).toBe(undefined);
  });

  it('are all, where every name is meant', () => {
    expect(new Bans({ users: ['*'] }).of({ identity: 'anybody' })).toBe('user');
    expect(new Bans({ users: ['*'] }).of({ identity: '' })).toBe(undefined);
  });
});
