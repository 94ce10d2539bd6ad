/**
 * Command lines that mean the same to `mosquitto_pub`, `mosquitto_sub`, `mosquitto_rr` and to `mqtt`: what is
 * published before, what is subscribed, what is published then. `{t}` is a topic of the row's own.
 */

/** One publishing command. */
export interface Pub {
  readonly args: readonly string[];
  readonly stdin?: string | undefined;
}

/** One row. */
export interface Row {
  readonly name: string;
  /** Published before the subscriber starts. */
  readonly before?: readonly Pub[];
  /** The subscriber's words; undefined: nobody subscribes. */
  readonly sub?: readonly string[];
  /** The words of who asks, in the subscriber's place; `later` is the answer. */
  readonly ask?: readonly string[];
  /** Published when it has subscribed. */
  readonly later?: readonly Pub[];
  /** The sets of lines are compared, not their order: the specification leaves it open between topics. */
  readonly anyOrder?: boolean;
}

const pub = (line: string, stdin?: string): Pub => ({ args: line.split(' '), stdin });
const sub = (line: string): readonly string[] => line.split(' ');

const V5 = '-V mqttv5';
const PROPERTIES =
  '-D publish content-type text/x -D publish user-property k v -D publish user-property k w ' +
  '-D publish response-topic r/t -D publish correlation-data abc -D publish message-expiry-interval 100 ' +
  '-D publish payload-format-indicator 1';

const plain: readonly Row[] = [
  { name: 'payload only', sub: sub('-t {t}/# -C 1'), later: [pub('-t {t}/a -m hello')] },
  { name: '-v', sub: sub('-t {t}/# -v -C 1'), later: [pub('-t {t}/a -m hello')] },
  {
    name: '-v of an empty payload',
    sub: sub('-t {t}/# -v -C 2'),
    later: [pub('-t {t}/a -n'), pub('-t {t}/a -m x')],
  },
  {
    name: 'an empty payload',
    sub: sub('-t {t}/# -C 2'),
    later: [pub('-t {t}/a -n'), pub('-t {t}/a -m x')],
  },
  { name: '-s', sub: sub('-t {t} -C 1'), later: [pub('-t {t} -s', 'two\nlines\n')] },
  { name: '-l', sub: sub('-t {t} -q 1 -C 3'), later: [pub('-t {t} -l -q 1', 'one\n\nthree\n')] },
  { name: '-l without a last newline', sub: sub('-t {t} -q 2 -C 2'), later: [pub('-t {t} -l -q 2', 'a\nb')] },
  { name: '--repeat', sub: sub('-t {t} -q 1 -C 3'), later: [pub('-t {t} -m x -q 1 --repeat 3')] },
  {
    name: 'two filters, one message each',
    sub: sub('-t {t}/a -t {t}/b -v -C 2'),
    later: [pub('-t {t}/a -m 1'), pub('-t {t}/b -m 2')],
  },
  {
    name: '-T',
    sub: sub('-t {t}/# -T {t}/no -v -C 1'),
    later: [pub('-t {t}/no -m 1'), pub('-t {t}/yes -m 2')],
  },
  { name: '3.1', sub: sub('-t {t} -V mqttv31 -q 2 -C 1'), later: [pub('-t {t} -V mqttv31 -q 2 -m x')] },
  { name: '3.1.1', sub: sub('-t {t} -V mqttv311 -q 2 -C 1'), later: [pub('-t {t} -V 311 -q 2 -m x')] },
  {
    name: 'a client id and a user',
    sub: sub('-t {t} -i {t}-me -u ada -C 1'),
    later: [pub('-t {t} -m x -I pre')],
  },
];

const retained: readonly Row[] = [
  { name: 'retained', before: [pub('-t {t} -m kept -r')], sub: sub('-t {t} -F %r|%p -C 1') },
  { name: '-N', before: [pub('-t {t} -m kept -r')], sub: sub('-t {t} -N -C 1') },
  { name: '-N -v', before: [pub('-t {t} -m kept -r')], sub: sub('-t {t} -N -v -C 1') },
  {
    name: '-R',
    before: [pub('-t {t}/a -m old -r')],
    sub: sub('-t {t}/# -R -v -C 1'),
    later: [pub('-t {t}/a -m new')],
  },
  {
    name: '--retained-only',
    before: [pub('-t {t}/a -m 1 -r'), pub('-t {t}/b -m 2 -r')],
    sub: sub('-t {t}/# --retained-only -v'),
    later: [pub('-t {t}/c -m 3')],
    anyOrder: true,
  },
  {
    name: '--retain-as-published',
    sub: sub(`-t {t} ${V5} --retain-as-published -F %r -C 1`),
    later: [pub('-t {t} -m x -r')],
  },
  {
    name: 'cleared with -n -r',
    before: [pub('-t {t} -m x -r'), pub('-t {t} -n -r')],
    sub: sub('-t {t} -W 1'),
  },
];

const formats: readonly Row[] = [
  '%t|%p|%l|%q|%r',
  '%x|%X',
  '%10t|%-10t|%.2t|%5.2t',
  '%05l|%-5l|%5l|',
  '%30p|%-30p|',
  '%%|@@|\\\\|\\n|\\t|\\r|\\e|\\a|\\v',
  '%j',
  '%I',
  '@Y-@m-@d',
  '%U',
].map((format) => ({
  name: `-F ${format}`,
  sub: [...sub('-t {t} -C 1 -q 1 -F'), format],
  later: [{ args: [...sub('-t {t} -q 1 -m'), '{"say": "\\"hi\\""}'] }],
}));

const v5: readonly Row[] = [
  ...['%C|%D|%E|%F|%P|%R|%S', '%J', '%j'].map((format) => ({
    name: `properties, -F ${format}`,
    sub: [...sub(`-t {t} ${V5} -C 1 -F`), format],
    later: [pub(`-t {t} ${V5} -m {"a":1} ${PROPERTIES}`)],
  })),
  {
    name: '-F %J --pretty',
    sub: sub(`-t {t} ${V5} -C 1 -F %J --pretty`),
    later: [pub(`-t {t} ${V5} -m {"a":1} ${PROPERTIES}`)],
  },
  {
    name: 'a session kept with -c and -x',
    before: [pub('-t {t} -m early')],
    sub: sub(`-t {t} ${V5} -c -i {t}-kept -x 60 -q 1 -C 1`),
    later: [pub('-t {t} -q 1 -m x')],
  },
  {
    name: 'a shared subscription',
    sub: sub(`-t $share/g/{t} ${V5} -q 1 -C 1`),
    later: [pub('-t {t} -q 1 -m x')],
  },
];

/** The answer is a program that starts when the request is out; mqtt would give up after 10 s. */
const PATIENT = '-W 100';

/** mosquitto_rr takes the first message for the answer; where the answer carries the correlation data, so do we. */
const requests: readonly Row[] = [
  {
    name: 'a request of 3.1.1',
    ask: sub(`-t {t}/ask -e {t}/answer -V mqttv311 -m now ${PATIENT}`),
    later: [pub('-t {t}/answer -m soon')],
  },
  {
    name: 'a request of 5.0, -v -q 1',
    ask: sub(`-t {t}/ask -e {t}/answer ${V5} -q 1 -v -n -D publish correlation-data abc ${PATIENT}`),
    later: [pub(`-t {t}/answer ${V5} -q 1 -m soon -D publish correlation-data abc`)],
  },
  {
    name: 'a request, -F %t|%q|%D|%p -N',
    ask: sub(
      `-t {t}/ask -e {t}/answer ${V5} -m now -F %t|%q|%D|%p -N -D publish correlation-data abc ${PATIENT}`,
    ),
    later: [pub(`-t {t}/answer ${V5} -q 2 -m soon -D publish correlation-data abc`)],
  },
  { name: 'a request that nobody answers', ask: sub('-t {t}/ask -e {t}/answer -V mqttv311 -m now -W 1') },
  { name: 'a request without a topic', ask: sub('-e {t}/answer -V mqttv311 -m now') },
  { name: 'a request without a payload', ask: sub('-t {t}/ask -e {t}/answer -V mqttv311') },
];

const endings: readonly Row[] = [
  { name: '-W without a message', sub: sub('-t {t} -W 1') },
  { name: '-E', sub: sub('-t {t} -E') },
  { name: 'a topic with a wildcard', before: [pub('-t {t}/# -m x')] },
  { name: 'no topic', before: [pub('-m x')] },
  { name: 'no payload', before: [pub('-t {t}')] },
  { name: 'two payloads', before: [pub('-t {t} -m x -n')] },
  { name: 'a filter that is none', sub: sub('-t {t}/#/a -C 1') },
  { name: 'a format that is none', sub: sub('-t {t} -F %Z -C 1') },
  { name: 'an option that is none', sub: sub('-t {t} --no-such-option') },
  { name: 'a QoS that is none', before: [pub('-t {t} -q 3 -m x')] },
  { name: 'a property that is none', before: [pub(`-t {t} ${V5} -m x -D publish no-such 1`)] },
  { name: 'a file that is not there', before: [pub('-t {t} -f /no/such/file')] },
];

/** Rows in which the broker has a part. */
export const EXCHANGES: readonly Row[] = [...plain, ...retained, ...v5, ...requests];
/** Every row. */
export const ROWS: readonly Row[] = [...EXCHANGES, ...formats, ...endings];
