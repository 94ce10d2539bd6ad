/** What stands on stdout: formats, JSON, the tree, the table and plots of bench. */
import type { Message } from '@mqtt/client';
import { describe, expect, it } from 'vitest';
import { Histogram } from '../src/bench/histogram.ts';
import { duration, json, svgPlot, table, textPlot } from '../src/bench/report.ts';
import { printerOf } from '../src/print/printer.ts';
import { strftime } from '../src/print/strftime.ts';
import { TopicTree } from '../src/print/tree.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const said = (printed: Uint8Array): string => new TextDecoder().decode(printed);

type Fields = Pick<Message, 'topic' | 'payload' | 'qos' | 'retain' | 'properties'>;
/** The printer reads fields only. */
function message(fields: Partial<Fields>): Message {
  const plain: Fields = {
    topic: 'x/y',
    payload: bytes('hello "w"'),
    qos: 0,
    retain: false,
    properties: undefined,
    ...fields,
  };
  return plain as Message;
}

/** 2026-01-02 03:04:05.678901 local time. */
const WHEN = new Date(2026, 0, 2, 3, 4, 5, 678).getTime() * 1000 + 901;

function formatted(format: string, fields: Partial<Fields> = {}): string {
  return said(printerOf({ format, eol: false }, false)(message(fields), WHEN));
}

describe('-F', () => {
  const properties: NonNullable<Message['properties']> = {
    contentType: 'text/plain',
    responseTopic: 'r/t',
    correlationData: bytes('abc'),
    messageExpiryInterval: 100,
    payloadFormatIndicator: 1,
    subscriptionIdentifiers: [3],
    userProperties: [
      ['k', 'v'],
      ['k', 'w'],
    ],
  };
  it.each([
    ['%t|%p|%l|%q|%r', 'x/y|hello "w"|9|0|0'],
    ['%x %X', '68656c6c6f20227722 68656C6C6F20227722'],
    ['%10t|%-10t|%.2t|%5.2t', '       x/y|x/y       |x/|   x/'],
    ['%05l|%-05l|%5l', '00009|9    |    9'],
    ['%020x', '0068656c6c6f20227722'],
    ['%12p', '   hello "w"'],
    ['%C %D %E %F %P %R %S', 'text/plain abc 100 1 k:v k:w r/t 3'],
    ['%% @@ \\\\ \\n\\r\\t\\v\\a\\e\\0', '% @ \\ \n\r\t\v\x07\x1b\0'],
    ['@Y-@m-@d @H:@M:@S.@N', '2026-01-02 03:04:05.678901000'],
    [
      '@a @A @b @B @e @I @p @j @y @F @T @R @D @u @w',
      'Fri Friday Jan January  2 03 AM 002 26 2026-01-02 03:04:05 03:04 01/02/26 5 5',
    ],
  ])('%j', (format, expected) => {
    expect(formatted(format, { properties })).toBe(expected);
  });

  it('keeps the bytes of a payload that is not text', () => {
    const payload = Uint8Array.of(0xff, 0, 0xfe);
    expect(printerOf({ format: '%p', eol: false }, false)(message({ payload }), WHEN)).toEqual(payload);
  });

  it('%j has the keys of mosquitto_sub, properties in the order in which they came', () => {
    const fields = { qos: 2 as const, retain: true, properties };
    const zone = strftime('z', new Date(WHEN / 1000));
    expect(formatted('%j', fields)).toBe(
      `{"tst":"2026-01-02T03:04:05.678901Z${zone}","topic":"x/y","qos":2,"retain":1,"payloadlen":9,` +
        '"properties":{"content-type":"text/plain","response-topic":"r/t","correlation-data":"abc",' +
        '"message-expiry-interval":100,"payload-format-indicator":1,"subscription-identifier":3,' +
        '"user-properties":{"k":"v","k":"w"}},"payload":"hello \\"w\\""}',
    );
  });

  it('%J puts a payload in that is JSON, and throws for one that is not', () => {
    expect(formatted('%J', { payload: bytes('{"a":[1]}') })).toContain('"payload":{"a":[1]}}');
    expect(() => formatted('%J')).toThrow(SyntaxError);
  });

  it('--pretty indents by tabs', () => {
    const print = printerOf({ format: '%J', eol: true, pretty: true }, false);
    const text = said(print(message({ payload: bytes('{"a":1}') }), WHEN));
    expect(text).toMatch(/^\{\n\t"tst":\t".*",\n\t"topic":\t"x\/y",/);
    expect(JSON.parse(text)).toMatchObject({ topic: 'x/y', payload: { a: 1 } });
  });
});

describe('without -F', () => {
  it.each([
    [{ eol: true }, 'hello "w"\n', ''],
    [{ eol: false }, 'hello "w"', ''],
    [{ eol: true, verbose: true }, 'x/y hello "w"\n', 'x/y (null)\n'],
    [{ eol: false, verbose: true }, 'x/y hello "w"', ''],
  ])('%j', (words, full, empty) => {
    expect(said(printerOf(words, false)(message({}), WHEN))).toBe(full);
    expect(said(printerOf(words, false)(message({ payload: bytes('') }), WHEN))).toBe(empty);
  });

  it('colours only on a terminal that wants them', () => {
    const verbose = { eol: true, verbose: true };
    expect(said(printerOf(verbose, true)(message({}), WHEN))).toContain('\x1b[36mx/y\x1b[0m');
    expect(said(printerOf({ ...verbose, color: false }, true)(message({}), WHEN))).not.toContain('\x1b');
  });
});

describe('the tree', () => {
  it('shows levels, rates and last values', () => {
    const tree = new TopicTree();
    tree.add(message({ topic: 'b/2', payload: bytes('old') }), 0);
    tree.add(message({ topic: 'b/2', payload: bytes('new') }), 100);
    tree.add(message({ topic: 'a', payload: bytes('1'), retain: true }), 100);
    tree.add(message({ topic: 'b/1/x', payload: bytes('\x1b[2Jbad\n') }), 100);
    const lines = tree.draw(100, 80, 24);
    expect(lines[0]).toMatch(/^4 messages, 1\.\d\/s, 3 topics/);
    expect(lines.slice(2)).toEqual([
      expect.stringMatching(/^├ a 0\.3\/s \(retained\) = 1$/),
      expect.stringMatching(/^└ b 1\.0\/s$/),
      expect.stringMatching(/^ {2}├ 1 0\.3\/s$/),
      expect.stringMatching(/^ {2}│ └ x 0\.3\/s = ·\[2Jbad·$/),
      expect.stringMatching(/^ {2}└ 2 0\.7\/s = new$/),
    ]);
    expect(tree.draw(60_000, 80, 24)[0]).toContain(' 0.0/s');
  });

  it('is cut to the terminal, and bounded', () => {
    const tree = new TopicTree();
    for (let number = 0; number < 20_000; number++) tree.add(message({ topic: `t/${number}` }), 0);
    const lines = tree.draw(0, 20, 10);
    expect(lines.length).toBeLessThanOrEqual(10);
    expect(lines.every((line) => line.length <= 20)).toBe(true);
    expect(tree.draw(0, 200, 10)[0]).toMatch(
      /20000 messages, .*9999 topics.*, 10001 messages of further topics/,
    );
  });
});

describe('bench', () => {
  it('quantiles are at most 3 % off', () => {
    const latency = new Histogram();
    for (let value = 1; value <= 100_000; value++) latency.add(value);
    for (const part of [0.01, 0.5, 0.9, 0.99, 1]) {
      expect(Math.abs(latency.quantile(part) / (part * 100_000) - 1)).toBeLessThan(0.032);
    }
    expect(latency.bars().reduce((sum, { count }) => sum + count, 0)).toBe(100_000);
    expect(new Histogram().quantile(0.5)).toBe(0);
  });

  it('a result is a table, JSON, a text and an SVG', () => {
    const latency = new Histogram();
    for (const value of [100, 200, 400, 100_000]) latency.add(value);
    const result = {
      ...{ publishers: 2, subscribers: 1, qos: 1, size: 64, seconds: 2, sent: 4000, done: 4000 },
      ...{ received: 3999, expected: 4000, reconnects: 1, latency },
    };
    expect(table(result)).toMatch(
      /sent +4,000 {2}\(2,000\/s\)\nacknowledged +4,000.*\n.*\nnot received +1\nreconnects +1\n/,
    );
    expect(JSON.parse(json(result))).toMatchObject({
      sentPerSecond: 2000,
      latency: { count: 4, max: 100_000 },
    });
    expect(textPlot(latency, 80).split('\n').length).toBeGreaterThan(10);
    expect(svgPlot(result)).toMatch(/^<svg [\s\S]*<rect [\s\S]*<\/svg>\n$/);
  });

  it.each([
    [5, '5 µs'],
    [1500, '1.50 ms'],
    [15_000, '15.0 ms'],
    [2_000_000, '2.00 s'],
  ])('%d µs is %s', (value, text) => {
    expect(duration(value)).toBe(text);
  });
});
