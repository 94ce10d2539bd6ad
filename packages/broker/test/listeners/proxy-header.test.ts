/** PROXY headers as bytes: what is a header, what is none, and that no cut of a header into chunks changes either. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  MAXIMUM_HEADER,
  type ProxyHeader,
  ProxyHeaderFault,
  ProxyHeaderReader,
} from '../../src/listeners/proxy-header.ts';

const SIGNATURE = '0d0a0d0a000d0a515549540a';
const V4 = '7f000001 7f000002 1f90 075b';
const V6 = '20010db8000000000000000000000001 20010db8000000000000000000000002 1f90 075b';
const UNIX = '00'.repeat(216);

const text = (line: string): Uint8Array => Buffer.from(line, 'latin1');
const binary = (rest: string): Uint8Array => Buffer.from((SIGNATURE + rest).replaceAll(' ', ''), 'hex');

/** Bytes of a header -> its source. */
const headers: [name: string, bytes: Uint8Array, source: string | undefined][] = [
  ['TCP4', text('PROXY TCP4 192.0.2.1 192.0.2.9 50123 1883\r\n'), '192.0.2.1:50123'],
  [
    'TCP4 at its longest',
    text('PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535\r\n'),
    '255.255.255.255:65535',
  ],
  ['TCP6', text('PROXY TCP6 2001:DB8::1 ::1 0 1883\r\n'), '[2001:db8::1]:0'],
  [
    'TCP6 at its longest',
    text(`PROXY TCP6 ${'ffff:'.repeat(7)}ffff ${'ffff:'.repeat(7)}ffff 65535 65535\r\n`),
    `[${'ffff:'.repeat(7)}ffff]:65535`,
  ],
  ['UNKNOWN', text('PROXY UNKNOWN\r\n'), undefined],
  ['UNKNOWN with what is to be ignored', text(`PROXY UNKNOWN ${'x'.repeat(91)}\r\n`), undefined],
  ['2 LOCAL', binary('20 00 0000'), undefined],
  ['2 LOCAL with an address that is to be ignored', binary(`20 11 000c ${V4}`), undefined],
  ['2 LOCAL with bytes of a family that does not exist', binary('20 ff 0003 ffffff'), undefined],
  ['2 TCP4', binary(`21 11 000c ${V4}`), '127.0.0.1:8080'],
  ['2 TCP6', binary(`21 21 0024 ${V6}`), '[2001:db8::1]:8080'],
  ['2 UNIX', binary(`21 31 00d8 ${UNIX}`), 'unix'],
  ['2 UNSPEC', binary('21 00 0000'), undefined],
  ['2 UNSPEC with bytes', binary('21 00 0002 abcd'), undefined],
  ['2 TCP4 with TLVs', binary(`21 11 0014 ${V4} 04 0000 01 0002 6869`), '127.0.0.1:8080'],
  ['2 as long as is read', binary(`21 11 0ff0 ${V4} 04 0fe1 ${'00'.repeat(0xfe1)}`), '127.0.0.1:8080'],
];

/** Bytes that are refused, and why. */
const refusals: [name: string, bytes: Uint8Array, why: string][] = [
  ['MQTT', Buffer.from('101000044d515454', 'hex'), 'no PROXY header'],
  ['HTTP', text('GET /mqtt HTTP/1.1\r\n'), 'no PROXY header'],
  ['TLS', Buffer.from('160301', 'hex'), 'no PROXY header'],
  ['PUT', text('PUT '), 'no PROXY header'],
  ['lower case', text('proxy TCP4'), 'no PROXY header'],
  ['UDP4', text('PROXY UDP4 192.0.2.1 192.0.2.9 1 2\r\n'), 'neither TCP4'],
  ['no family', text('PROXY \r\n'), 'neither TCP4'],
  ['two spaces', text('PROXY  TCP4 192.0.2.1 192.0.2.9 1 2\r\n'), 'neither TCP4'],
  ['a field too few', text('PROXY TCP4 192.0.2.1 192.0.2.9 1\r\n'), 'neither TCP4'],
  ['a field too many', text('PROXY TCP4 192.0.2.1 192.0.2.9 1 2 3\r\n'), 'neither TCP4'],
  ['a space at the end', text('PROXY TCP4 192.0.2.1 192.0.2.9 1 2 \r\n'), 'neither TCP4'],
  ['leading zeros', text('PROXY TCP4 192.0.2.01 192.0.2.9 1 2\r\n'), 'address'],
  ['IPv6 in TCP4', text('PROXY TCP4 ::1 ::1 1 2\r\n'), 'address'],
  ['IPv4 in TCP6', text('PROXY TCP6 192.0.2.1 ::1 1 2\r\n'), 'address'],
  ['a zone', text('PROXY TCP6 fe80::1%eth0 ::1 1 2\r\n'), 'address'],
  ['a bad destination', text('PROXY TCP4 192.0.2.1 nowhere 1 2\r\n'), 'address'],
  ['port 65536', text('PROXY TCP4 192.0.2.1 192.0.2.9 65536 2\r\n'), 'port'],
  ['port 00', text('PROXY TCP4 192.0.2.1 192.0.2.9 00 2\r\n'), 'port'],
  ['a signed port', text('PROXY TCP4 192.0.2.1 192.0.2.9 +1 2\r\n'), 'port'],
  ['a bad second port', text('PROXY TCP4 192.0.2.1 192.0.2.9 1 -2\r\n'), 'port'],
  ['LF alone', text('PROXY UNKNOWN\n'), 'printable'],
  ['CR alone', text('PROXY UNKNOWN\rx'), 'CR without LF'],
  ['NUL', text('PROXY UNKNOWN \0\r\n'), 'printable'],
  ['108 bytes of text', text(`PROXY UNKNOWN ${'x'.repeat(92)}\r\n`), 'more than 107'],
  ['text without end', text(`PROXY UNKNOWN ${'x'.repeat(500)}`), 'more than 107'],
  ['version 1 in binary', binary('11'), 'neither LOCAL'],
  ['version 3', binary('31'), 'neither LOCAL'],
  ['command 2', binary('22'), 'neither LOCAL'],
  ['datagrams', binary(`21 12 000c ${V4}`), 'neither TCP'],
  ['family 4', binary('21 41 0000'), 'neither TCP'],
  ['TCP4, too short', binary('21 11 000b'), 'too short'],
  ['TCP6, too short', binary('21 21 0023'), 'too short'],
  ['UNIX, too short', binary('21 31 00d7'), 'too short'],
  ['one byte too long', binary('21 11 0ff1'), `more than ${MAXIMUM_HEADER}`],
  ['65535 bytes', binary('21 00 ffff'), `more than ${MAXIMUM_HEADER}`],
  ['a TLV beyond the end', binary(`21 11 0010 ${V4} 04 0002 00`), 'longer than the header'],
  ['a TLV that ends within its head', binary(`21 11 000e ${V4} 04 00`), 'without a length'],
  ['a second TLV beyond the end', binary(`21 11 0012 ${V4} 04 0000 02 ffff`), 'longer than the header'],
];

type Outcome = { readonly source: string | undefined; readonly rest: string } | 'incomplete' | 'refused';

/** What becomes of bytes that come in these pieces. */
function outcome(chunks: readonly Uint8Array[]): Outcome {
  const reader = new ProxyHeaderReader();
  for (const [n, chunk] of chunks.entries()) {
    let header: ProxyHeader | undefined;
    try {
      header = reader.push(chunk);
    } catch (error) {
      if (!(error instanceof ProxyHeaderFault)) throw error;
      return 'refused';
    }
    if (header !== undefined) {
      const rest = Buffer.concat([header.rest, ...chunks.slice(n + 1)]).toString('hex');
      return { source: header.source, rest };
    }
  }
  return 'incomplete';
}

function cut(bytes: Uint8Array, places: readonly number[]): Uint8Array[] {
  const ends = [...new Set(places.map((place) => place % (bytes.length + 1))), bytes.length].sort(
    (a, b) => a - b,
  );
  return ends.map((end, n) => bytes.subarray(ends[n - 1] ?? 0, end));
}

describe('PROXY header', () => {
  it.each(headers)('%s', (_name, bytes, source) => {
    const all = Buffer.concat([bytes, Buffer.from('10')]);
    expect(outcome([all])).toEqual({ source, rest: '3130' });
    for (let end = 0; end < bytes.length; end++) expect(outcome([bytes.subarray(0, end)])).toBe('incomplete');
  });

  it.each(refusals)('[D14] is not %s', (_name, bytes, why) => {
    const attempt = (): unknown => new ProxyHeaderReader().push(bytes);
    expect(attempt).toThrow(ProxyHeaderFault);
    expect(attempt).toThrow(why);
  });

  it('[D14] is the same in whatever chunks it comes, whole, damaged or followed by anything', () => {
    const known = fc.constantFrom(...[...headers, ...refusals].map(([, bytes]) => bytes));
    const damaged = fc.record({ bytes: known, at: fc.nat(), to: fc.nat(255) }).map(({ bytes, at, to }) => {
      const copy = Uint8Array.from(bytes);
      copy[at % copy.length] = to;
      return copy;
    });
    const stream = fc
      .tuple(fc.oneof(known, damaged, fc.uint8Array()), fc.uint8Array({ maxLength: 20 }))
      .map((parts) => Buffer.concat(parts));
    fc.assert(
      fc.property(stream, fc.array(fc.nat(), { maxLength: 30 }), (bytes, places) => {
        expect(outcome(cut(bytes, places))).toEqual(outcome([bytes]));
      }),
      { numRuns: 3000 },
    );
  });

  it('[D14] is never kept beyond its bound', () => {
    fc.assert(
      fc.property(fc.constantFrom('PROXY UNKNOWN ', ''), fc.uint8Array(), (start, noise) => {
        const endless = Buffer.concat([Buffer.from(start), noise, Buffer.alloc(MAXIMUM_HEADER + 16, 0x41)]);
        expect(outcome([endless])).not.toBe('incomplete');
      }),
    );
  });

  it('gives any TCP source back as it was written', () => {
    const port = fc.nat(65_535);
    fc.assert(
      fc.property(fc.ipV4(), port, (address, from) => {
        const line = text(`PROXY TCP4 ${address} 192.0.2.9 ${from} 1883\r\n`);
        expect(outcome([line])).toEqual({ source: `${address}:${from}`, rest: '' });
        const bytes = address.split('.').map((part) => Number(part).toString(16).padStart(2, '0'));
        const head = `21 11 000c ${bytes.join('')} 00000000 ${from.toString(16).padStart(4, '0')} 0000`;
        expect(outcome([binary(head)])).toEqual({ source: `${address}:${from}`, rest: '' });
      }),
    );
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), port, (address, from) => {
        const hex = Buffer.from(address).toString('hex');
        const [block, to] = [hex + '00'.repeat(16), from.toString(16).padStart(4, '0')];
        const two = outcome([binary(`21 21 0024 ${block} ${to} 0000`)]);
        const groups = hex.match(/.{4}/g)?.join(':');
        expect(outcome([text(`PROXY TCP6 ${groups} ::1 ${from} 1883\r\n`)])).toEqual(two);
        expect(two).toMatchObject({
          source: expect.stringMatching(new RegExp(`^\\[[0-9a-f:.]+\\]:${from}$`)),
        });
      }),
    );
  });
});
