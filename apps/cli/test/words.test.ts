/** What the command line takes and what it refuses, without a server. */
import { describe, expect, it } from 'vitest';
import { takeProperties, withOptionsFile } from '../src/words/prepare.ts';
import { shell } from './shell.ts';

describe('-D', () => {
  it('takes as many words as its property needs', () => {
    const { words, properties } = takeProperties([
      ...['pub', '-D', 'publish', 'user-property', 'a', 'b', '-t', 'x'],
      ...['-D', 'PUBLISH', 'user-property', 'a', 'c', '--property', 'publish', 'content-type', '-q'],
      ...['-D', 'connect', 'request-problem-information', '0', '-D', 'publish', 'correlation-data', 'é'],
      ...['-D', 'will', 'will-delay-interval', '5', '-q', '1'],
    ]);
    expect(words).toEqual(['pub', '-t', 'x', '-q', '1']);
    expect(properties).toEqual({
      publish: {
        userProperties: [
          ['a', 'b'],
          ['a', 'c'],
        ],
        contentType: '-q',
        correlationData: Uint8Array.of(0xc3, 0xa9),
      },
      connect: { requestProblemInformation: false },
      will: { willDelayInterval: 5 },
    });
  });

  it.each([
    [['-D', 'publsh', 'x', 'y'], 'not a packet'],
    [['-D', 'publish', 'x', 'y'], 'not a property of it; one of payload-format-indicator'],
    [['-D', 'publish', 'content-type'], 'the value is missing'],
    [['-D', 'publish', 'user-property', 'a'], 'a name and a value'],
    [['-D', 'publish', 'message-expiry-interval', '-1'], 'from 0 to 4294967295'],
    [['-D', 'publish', 'payload-format-indicator', '2'], 'from 0 to 1'],
    [['-D', 'publish', 'subscription-identifiers', '2'], 'not a property of it'],
  ])('%j is refused: %s', (args, why) => {
    expect(() => takeProperties(args)).toThrow(why);
  });
});

describe('-o', () => {
  it('puts a line each in front of the words', async () => {
    const file = '# who\n-h example.org\n\n-q 1\n-D publish user-property a b\n-r\n-m hello world\n';
    const args = await withOptionsFile(['pub', '-o', 'f', '-q', '2'], async () =>
      new TextEncoder().encode(file),
    );
    expect(args).toEqual([
      ...['pub', '-h', 'example.org', '-q', '1', '-D', 'publish', 'user-property', 'a', 'b', '-r'],
      ...['-m', 'hello world', '-q', '2'],
    ]);
  });
});

describe('a wrong command line exits with 64 and says what would be right', () => {
  it.each([
    ['pub -m x', 'no topic: give -t'],
    ['pub -t x', 'no payload: one of -m'],
    ['pub -t x -m y -n', 'more than one payload'],
    ['pub -t a/# -m y', '-t "a/#": not a topic name'],
    ['pub -t x -m y -q 3', 'A whole number from 0 to 2'],
    ['pub -t x -m y -V 6', 'One of 5, 311, 31'],
    ['pub -t x -m y -p 0', 'A whole number from 1 to 65535'],
    ['pub -t x -l --repeat 2', '--repeat and -l'],
    ['pub -t x -m y -c', '-c needs a client id'],
    ['pub -t x -m y -i a -I b', '-i and -I'],
    ['pub -t x -m y -L mqtt://h -h g', '-L says host and port already'],
    ['pub -t x -m y -L http://h', 'the URL cannot be used'],
    ['pub -t x -m y --will-payload z', 'a will needs --will-topic'],
    ['pub -t x -m y -V 311 -x 5', '-x needs version 5'],
    ['pub -t x -m y -V 311 -D publish content-type z', '-D needs version 5'],
    ['pub -t x -m y --psk 00', '--psk and --psk-identity'],
    ['pub -t x -m y --psk 0 --psk-identity i', 'hexadecimal'],
    ['pub -t x -m y --cafile no.pem', "--cafile: ENOENT: no such file or directory, open 'no.pem'"],
    ['pub -t x -m y --capath none', '--capath: no .crt or .pem file'],
    ['pub -t x -m y -P z --password-file f', 'one of them'],
    ['pub -t x -m y --password-file f', '--password-file: ENOENT'],
    ['pub -t x -m y --ask-password', '--ask-password needs a terminal'],
    ['pub -t x -f no.txt', '-f: ENOENT'],
    ['pub -t x -m y -o no.txt', '-o: ENOENT'],
    ['pub -t x -m y --retian', 'Did you mean --retain?'],
    ['sub', 'no topic filter'],
    ['sub -t a/#/b', '-t "a/#/b": not a topic filter'],
    ['sub -t a -F %Z', '-F: %Z means nothing'],
    ['sub -t a -F @E', '-F: @E is no part of a time'],
    ['sub -t a -F \\q', '-F: \\q means nothing'],
    ['sub -t a --tree', '--tree draws on a terminal'],
    ['sub -t a -V 311 --no-local', 'need version 5'],
    ['sub -t a -W soon', 'A number of seconds'],
    ['request -t a -m b -V 311', '-V 311 knows no response topics'],
    ['request -m b', 'no topic'],
    ['bench -L mqtt://h/topic', 'the topic is given with -t'],
    ['bench -i one', 'cannot share the client id'],
    ['bench --publishers 0 --subscribers 0', 'nobody to measure'],
    ['bench -i one --publishers 1 --subscribers 1', 'use -I'],
    ['bench --size 8', 'A whole number from 16'],
    ['xub', 'Did you mean'],
    ['', 'Usage: mqtt'],
  ])('mqtt %s', async (line, why) => {
    const { code, out, err } = await shell(line === '' ? [] : line.split(' '));
    expect(err).toContain(why);
    expect(out).toBe('');
    expect(code).toBe(64);
  });
});

describe('help', () => {
  it.each(['', 'pub', 'sub', 'request', 'bench'])('mqtt %s --help', async (command) => {
    const { code, out } = await shell([command, '--help'].filter(Boolean));
    expect(code).toBe(0);
    expect(out).toContain('Usage: mqtt');
  });

  it('mqtt --version', async () => {
    expect(await shell(['--version'])).toEqual({ code: 0, out: '1.2.3\n', err: '' });
  });
});
