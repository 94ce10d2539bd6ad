/** ACL files: the rules of Mosquitto's syntax, and how filters cover and overlap each other. */
import { matches } from '@mqtt/codec/topics';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AccessFileError } from '../../src/access/access-file-error.ts';
import { Acl, covers, overlap, type Subject } from '../../src/access/acl-file.ts';

const FILE = `
# before the first user: for clients without a name
topic read public/#
topic write inbox

user alice
topic a/b
topic read a/c
topic write a/d
topic readwrite with spaces/x
topic deny a/#/no
`.replace('topic deny a/#/no\n', 'topic read house/#\ntopic deny house/safe\n');

const PATTERNS =
  'pattern readwrite own/%u/#\npattern read dev/%c/in\npattern write dev/%c/out\npattern read $SYS/#\n';

const acl = Acl.parse(`${FILE}\n${PATTERNS}`, 'acl');
const alice: Subject = { username: 'alice', clientId: 'c1' };
const bob: Subject = { username: 'bob', clientId: 'c2' };
const nobody: Subject = { username: undefined, clientId: 'c3' };

describe('Acl', () => {
  it.each([
    [alice, 'a/b', true, true],
    [alice, 'a/c', true, undefined],
    [alice, 'a/d', undefined, true],
    [alice, 'with spaces/x', true, true],
    [alice, 'house/door', true, undefined],
    [alice, 'house/safe', false, false],
    [alice, 'public/x', undefined, undefined],
    [alice, 'own/alice/x', true, true],
    [alice, 'own/bob/x', undefined, undefined],
    [alice, 'dev/c1/in', true, undefined],
    [alice, 'dev/c1/out', undefined, true],
    [alice, 'dev/c2/in', undefined, undefined],
    [alice, '$SYS/broker/uptime', true, undefined],
    [bob, 'a/b', undefined, undefined],
    [bob, 'own/bob/x/y', true, true],
    [nobody, 'public/x/y', true, undefined],
    [nobody, 'inbox', undefined, true],
    [nobody, 'own/', undefined, undefined],
    [nobody, 'dev/c3/in', true, undefined],
  ] as const)('[E19] %o, %s: read %s, write %s', (subject, topic, mayRead, mayWrite) => {
    expect(acl.mayRead(subject, topic)).toBe(mayRead);
    expect(acl.mayWrite(subject, topic)).toBe(mayWrite);
  });

  it.each(['#', '+', 'a/b', '', 'x#'])('[E11] a name like %j fills no pattern', (name) => {
    const everything = Acl.parse('pattern readwrite %u/#\npattern readwrite x/%u\n', 'acl');
    for (const topic of ['a', 'a/b', '#', '+', 'x/', 'x/a', '/x', 'x#/y']) {
      expect(everything.mayRead({ username: name, clientId: 'c' }, topic)).toBe(undefined);
    }
    const own = Acl.parse('pattern readwrite %c/#\n', 'acl');
    if (name !== '') expect(own.mayRead({ username: 'u', clientId: name }, 'a')).toBe(undefined);
  });

  it('[E08] a subscription is covered by one rule, or overlaps some', () => {
    for (const [filter, isCovered, isOverlapping] of [
      ['a/b', true, true],
      ['a/c', true, true],
      ['a/d', undefined, undefined],
      ['a/#', undefined, true],
      ['+/b', undefined, true],
      ['#', undefined, true],
      ['house/#', true, true],
      ['house/+', true, true],
      ['other/#', undefined, undefined],
      ['$SYS/broker/#', true, true],
    ] as const) {
      expect([filter, acl.maySubscribe(alice, filter, 'covered')]).toEqual([filter, isCovered]);
      expect([filter, acl.maySubscribe(alice, filter, 'overlapping')]).toEqual([filter, isOverlapping]);
    }
  });

  it.each([
    ['topics a', 1, /"topics" is not known/],
    ['\nuser', 2, /needs a name/],
    ['topic', 1, /topic is missing/],
    ['topic readonly a', 1, /"readonly" is no access/],
    ['topic read a/#/b', 1, /not a topic filter/],
    ['pattern write a#', 1, /not a topic filter/],
  ])('refuses %j with file and line', (text, line, problem) => {
    const read = (): Acl => Acl.parse(text, 'acl.txt');
    expect(read).toThrow(AccessFileError);
    expect(read).toThrow(problem);
    expect(read).toThrow(`acl.txt:${line}:`);
  });

  it('an empty file is about nothing', () => {
    expect(Acl.parse('', 'acl').mayRead(alice, 'a')).toBe(undefined);
  });
});

describe('filters among themselves', () => {
  const level = fc.constantFrom('a', 'b', '', '$x', '+');
  const filter = fc
    .tuple(fc.array(level, { minLength: 1, maxLength: 4 }), fc.boolean())
    .map(([levels, isOpen]) => (isOpen ? [...levels.slice(1), '#'] : levels).join('/'))
    .filter((text) => text !== '');
  const topics = ['a', 'b', '', '$x', 'c'].flatMap((one) => [
    one,
    ...['a', 'b', '', '$x', 'c'].flatMap((two) => [
      `${one}/${two}`,
      ...['a', 'b', '', '$x', 'c'].flatMap((three) => [
        `${one}/${two}/${three}`,
        ...['a', 'b', '', '$x', 'c'].map((four) => `${one}/${two}/${three}/${four}`),
      ]),
    ]),
  ]);
  // The empty name is none, but it is what is left of `/#` one level up.
  const names = topics;

  it('5.0 [MQTT-4.7.2-1] overlap is what some name matches, covers what every name does', () => {
    fc.assert(
      fc.property(filter, filter, (one, other) => {
        const both = names.filter((name) => matches(one, name) && matches(other, name));
        const left = names.filter((name) => matches(other, name) && !matches(one, name));
        const isEmpty = !names.some((name) => matches(other, name));
        expect(overlap(one, other)).toBe(both.length > 0);
        if (!isEmpty) expect(covers(one, other)).toBe(left.length === 0);
      }),
      { numRuns: 300 },
    );
  });
});
