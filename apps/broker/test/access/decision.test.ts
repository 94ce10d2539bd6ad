/** The first that knows decides, the first with an opinion decides, and nobody is a no. */
import type { Client, Credentials } from '@mqtt/broker';
import { describe, expect, it } from 'vitest';
import { AclAuthorizer } from '../../src/access/acl.ts';
import { Acl } from '../../src/access/acl-file.ts';
import { CertificateAuthenticator } from '../../src/access/certificate.ts';
import {
  type Authenticator,
  type Authorizer,
  Decisions,
  type Finding,
  type Policy,
} from '../../src/access/decision.ts';
import { HashQueue } from '../../src/access/hash-queue.ts';
import { PasswordAuthenticator } from '../../src/access/password.ts';
import { Passwords } from '../../src/access/password-file.ts';
import { makeHash } from '../../src/access/password-hash.ts';

const events: string[] = [];
let wait: number | 'refused' = 0;

function decide(policy: Partial<Policy>, listener = 'main'): Decisions {
  events.length = 0;
  wait = 0;
  const whole: Policy = { authenticators: [], anonymous: false, authorizers: [], ...policy };
  return new Decisions((name) => (name === listener ? whole : undefined), {
    before: () => wait,
    failed: (_credentials, why) => events.push(`failed ${why}`),
    succeeded: (_credentials, name) => events.push(`by ${name}`),
    pause: async (ms) => void events.push(`waits ${ms}`),
  });
}

function offers(username?: string, password?: string, more: Partial<Credentials> = {}): Credentials {
  return {
    clientId: 'c',
    username,
    password: password === undefined ? undefined : new TextEncoder().encode(password),
    version: 5,
    peer: '10.0.0.1:1',
    listener: 'main',
    certificate: undefined,
    cleanStart: true,
    keepAlive: 0,
    userProperties: [],
    ...more,
  };
}

function client(identity: string, listener = 'main'): Client {
  return {
    clientId: 'c',
    identity,
    username: identity,
    version: 5,
    peer: '10.0.0.1:1',
    listener,
    certificate: undefined,
  };
}

/** The identity, or false. */
async function login(decisions: Decisions, credentials: Credentials): Promise<unknown> {
  const answer = await decisions.access.authenticate?.(credentials);
  return typeof answer === 'string' ? answer : false;
}

function always(name: string, finding: Finding): Authenticator {
  return { name, authenticate: () => finding };
}

function thinks(name: string, opinion: boolean | undefined, asked: string[] = []): Authorizer {
  const say = (): boolean | undefined => {
    asked.push(name);
    return opinion;
  };
  return { name, publish: say, subscribe: async () => say(), receive: say };
}

describe('who may come in', () => {
  it.each([
    ['wrong', 0x86],
    ['busy', 0x89],
  ] as const)('a login that is %s is refused with 0x%x', async (is, reasonCode) => {
    const { access } = decide({ authenticators: [always('x', { is })] });
    expect(await access.authenticate?.(offers('a', 'b'))).toEqual({ reasonCode });
  });

  it('the first authenticator that knows the client decides', async () => {
    const unknown = always('none', { is: 'unknown' });
    const known = always('yes', { is: 'known', identity: 'alice' });
    const wrong = always('no', { is: 'wrong' });
    expect(await login(decide({ authenticators: [unknown, known, wrong] }), offers('x', 'y'))).toBe('alice');
    expect(events).toEqual(['by yes']);
    expect(await login(decide({ authenticators: [wrong, known] }), offers('x', 'y'))).toBe(false);
    expect(events).toEqual(['failed wrong']);
    expect(await login(decide({ authenticators: [always('late', { is: 'busy' })] }), offers('x', 'y'))).toBe(
      false,
    );
    expect(events).toEqual(['failed busy']);
  });

  it.each([
    [false, [], offers(), false],
    [false, [], offers('alice'), false],
    [true, [], offers(), ''],
    [true, [], offers('alice', 'x'), 'alice'],
    [true, [always('none', { is: 'unknown' })], offers(), ''],
    [true, [always('none', { is: 'unknown' })], offers('alice', 'x'), false],
    [false, [always('none', { is: 'unknown' })], offers(), false],
  ] as const)('anonymous %s, %o, %o: %j', async (anonymous, authenticators, credentials, answer) => {
    expect(await login(decide({ anonymous, authenticators }), credentials)).toBe(answer);
  });

  it('[E17] the rules are those of its listener', async () => {
    const decisions = decide({ authenticators: [always('no', { is: 'wrong' })] }, 'public');
    expect(await login(decisions, offers('a', 'b', { listener: 'public' }))).toBe(false);
    for (const listener of ['inner', undefined]) {
      expect(await login(decisions, offers('a', 'b', { listener }))).toBe(false);
      expect(decisions.access.authorizePublish?.({ ...client('a'), listener }, 't', 0, false)).toBe(false);
    }
  });

  it('a name that failed often waits, or is refused unseen', async () => {
    const decisions = decide({ authenticators: [always('yes', { is: 'known', identity: 'a' })] });
    wait = 1500;
    expect(await login(decisions, offers('a', 'b'))).toBe('a');
    wait = 'refused';
    expect(await login(decisions, offers('a', 'b'))).toBe(false);
    expect(events).toEqual(['waits 1500', 'by yes', 'failed refused']);
  });

  it('passwords and certificates as they come', async () => {
    const text = `alice:${await makeHash('sha512', new TextEncoder().encode('secret'))}`;
    const passwords = new PasswordAuthenticator(Passwords.parse(text, 'p'), new HashQueue());
    const decisions = decide({ authenticators: [new CertificateAuthenticator('common-name'), passwords] });
    const certificate = {
      commonName: 'dev7',
      subject: 'CN=dev7,O=x',
      issuer: 'CN=ca',
      fingerprint256: 'AA',
      validFrom: 0,
      validTo: 1,
    };
    expect(await login(decisions, offers('alice', 'secret'))).toBe('alice');
    expect(await login(decisions, offers('alice', 'wrong'))).toBe(false);
    expect(await login(decisions, offers('alice'))).toBe(false);
    expect(await login(decisions, offers(undefined, 'secret'))).toBe(false);
    expect(await login(decisions, offers('alice', 'wrong', { certificate }))).toBe('dev7');
    const bySubject = decide({ authenticators: [new CertificateAuthenticator('subject')] });
    expect(await login(bySubject, offers(undefined, undefined, { certificate }))).toBe('CN=dev7,O=x');
    const nameless = { ...certificate, commonName: '' };
    expect(await login(decisions, offers(undefined, undefined, { certificate: nameless }))).toBe(false);
    passwords.replace(Passwords.parse('', 'p'));
    expect(await login(decisions, offers('alice', 'secret'))).toBe(false);
  });
});

describe('what they may do', () => {
  it('[E19] the first opinion counts; none is a no; no authorizer is a yes', async () => {
    const cases: readonly [readonly (boolean | undefined)[], boolean][] = [
      [[], true],
      [[undefined], false],
      [[undefined, true], true],
      [[undefined, false, true], false],
      [[true, false], true],
    ];
    for (const [opinions, answer] of cases) {
      const decisions = decide({ authorizers: opinions.map((opinion, n) => thinks(`${n}`, opinion)) });
      const { authorizePublish, authorizeSubscribe, authorizeReceive } = decisions.access;
      expect(authorizePublish?.(client('a'), 't', 0, false)).toBe(answer);
      expect(await authorizeSubscribe?.(client('a'), 't', 0)).toBe(answer);
      expect(authorizeReceive?.(client('a'), 't')).toBe(answer);
    }
  });

  it('[E17] deliveries are remembered for each client and topic until the rules change', () => {
    const asked: string[] = [];
    const decisions = decide({ authorizers: [thinks('x', true, asked)] });
    const [one, two] = [client('a'), client('b')];
    for (const who of [one, one, two, one]) decisions.access.authorizeReceive?.(who, 't');
    expect(asked).toHaveLength(2);
    decisions.forget();
    decisions.access.authorizeReceive?.(one, 't');
    expect(asked).toHaveLength(3);
    for (let n = 0; n < 1000; n++) decisions.access.authorizeReceive?.(one, `t${n}`);
    expect(asked).toHaveLength(1003);
  });

  it('an ACL file is about who the client was found to be, not about who it said', () => {
    const acl = new AclAuthorizer(Acl.parse('topic read open\nuser alice\ntopic a\n', 'acl'), 'covered');
    const decisions = decide({ authorizers: [acl] });
    const may = (who: Client, topic: string): unknown =>
      decisions.access.authorizePublish?.(who, topic, 0, false);
    expect([may(client('alice'), 'a'), may({ ...client(''), username: 'alice' }, 'a')]).toEqual([
      true,
      false,
    ]);
    expect(decisions.access.authorizeReceive?.(client(''), 'open')).toBe(true);
    acl.replace(Acl.parse('user alice\ntopic read a\n', 'acl'));
    expect(may(client('alice'), 'a')).toBe(false);
    expect(acl.subscribe(client('alice'), 'a')).toBe(true);
  });
});
