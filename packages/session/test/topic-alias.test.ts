/** Topic aliases: what the peer's mean, which we give, and that both ends agree. */
import { InboundAliases, OutboundAliases } from '@mqtt/session';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

describe('the aliases of the peer', () => {
  it('[MQTT-3.3.2-10] [MQTT-3.3.2-12] are all taken from 1 to our maximum', () => {
    const aliases = new InboundAliases(65_535);
    for (const alias of [1, 300, 65_535]) expect(aliases.resolve(`t/${alias}`, alias)).toBe(`t/${alias}`);
    for (const alias of [1, 300, 65_535]) expect(aliases.resolve('', alias)).toBe(`t/${alias}`);
  });

  it.each([0, 11, 65_535])(
    '[MQTT-3.3.2-8] [MQTT-3.3.2-9] [F01] alias %i is 0x94 when our maximum is 10',
    (alias) => {
      const aliases = new InboundAliases(10);
      expect([aliases.resolve('t', alias), aliases.resolve('', alias)]).toEqual([0x94, 0x94]);
    },
  );

  it('[K01] is 0x94 when we allowed none', () => {
    expect(new InboundAliases(0).resolve('t', 1)).toBe(0x94);
  });

  it('[F01] never set is 0x82', () => {
    const aliases = new InboundAliases(10);
    expect(aliases.resolve('', 1)).toBe(0x82);
    aliases.resolve('t', 2);
    expect(aliases.resolve('', 1)).toBe(0x82);
  });

  it('mean another topic when it is set again', () => {
    const aliases = new InboundAliases(10);
    aliases.resolve('a', 1);
    expect([aliases.resolve('b', 1), aliases.resolve('', 1)]).toEqual(['b', 'b']);
  });

  it('are none: the topic, which must be there', () => {
    const aliases = new InboundAliases(0);
    expect([aliases.resolve('t', undefined), aliases.resolve('', undefined)]).toEqual(['t', 0x82]);
  });
});

describe('the aliases we give', () => {
  it.each([0, 1, 3])(
    '[MQTT-3.1.2-26] [MQTT-3.1.2-27] [MQTT-3.3.2-11] are never above the peer’s maximum, %i',
    (maximum) => {
      const aliases = new OutboundAliases(maximum);
      const given = ['a', 'b', 'c', 'd', 'e'].map((topic) => aliases.assign(topic));
      expect(Math.max(...given)).toBe(maximum);
      expect([aliases.known('a'), aliases.known('e')]).toEqual([0, given[4]]);
    },
  );

  it('[F02] are 64 at most, whatever the peer allows', () => {
    const aliases = new OutboundAliases(65_535);
    const given = Array.from({ length: 1000 }, (_, i) => aliases.assign(`t/${i}`));
    expect(new Set(given).size).toBe(64);
    expect(
      Array.from({ length: 1000 }, (_, i) => aliases.known(`t/${i}`)).filter((alias) => alias > 0),
    ).toHaveLength(64);
    expect(new OutboundAliases(65_535, 2).assign('a')).toBe(1);
  });

  it('are taken from the topic that was used least recently', () => {
    const aliases = new OutboundAliases(2);
    expect([aliases.assign('a'), aliases.assign('b'), aliases.known('a')]).toEqual([1, 2, 1]);
    expect([aliases.assign('c'), aliases.known('b'), aliases.known('a'), aliases.known('a')]).toEqual([
      2, 0, 1, 1,
    ]);
  });

  it('stay what they are when they are assigned again', () => {
    const aliases = new OutboundAliases(4);
    expect([aliases.assign('a'), aliases.assign('a'), aliases.assign('b')]).toEqual([1, 1, 2]);
  });
});

it('both ends agree on the topic of every message', () => {
  const topics = fc.array(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'), { maxLength: 100 });
  fc.assert(
    fc.property(topics, fc.nat(5), fc.nat(5), (sent, maximum, cap) => {
      const ours = new OutboundAliases(maximum, cap);
      const theirs = new InboundAliases(maximum);
      const received = sent.map((topic) => {
        const known = ours.known(topic);
        if (known !== 0) return theirs.resolve('', known);
        return theirs.resolve(topic, ours.assign(topic) || undefined);
      });
      expect(received).toEqual(sent);
    }),
  );
});
