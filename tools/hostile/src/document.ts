/**
 * docs/security.md: what stands above the tables, each case with its answers, the limits that defend.
 * Made from the rows and from the broker's own table; knows no files.
 */
import { limits } from '@mqtt/broker';
import type { Case, Try } from './case.ts';

/** How the document is written anew. */
export const COMMAND = 'npx vitest run --root tools/hostile test/document.test.ts -u';

const GROUPS: Readonly<Record<string, string>> = {
  A: 'Framing and packets',
  B: 'Strings, topics, matching',
  C: 'CONNECT, sessions, takeover',
  D: 'Who somebody is',
  E: 'Who may do what',
  F: 'Messages and sessions',
  G: 'Resources, overload, storage',
  H: 'WebSocket',
  N: 'Ours beside the list',
};

const PROSE = `# Security

What mqttd and \`@mqtt/broker\` do against those who mean harm, case by case, as tests show it.

## Whom we expect

Anybody who can open a connection, with any bytes at any pace; clients that are let in and then lie, flood, stall or take
what is another's; users of the same broker against each other; web pages in a client's browser. Not defended: whoever can
write to the machine's files or its memory, and traffic read on its way where TLS is not configured.

## What is so without being configured

- Nothing listens but on loopback. Elsewhere nobody comes in without authentication unless the configuration says
  \`anonymous: true\`.
- Whoever is not permitted is denied: a rule that is missing, a hook that throws, a service that does not answer is a no.
- A client id belongs to the user who made its session; nobody else takes it over or empties it.
- Everything in a CONNECT is checked before any session is touched. Before it is accepted a connection may hold
  ${number('maximumPacketSizeBeforeConnect')} bytes and lasts ${number('connectTimeout')} ms.
- Everything a client can make grow is bounded ([limits](limits.md)); at a bound the answer is the specification's code.
- A malformed packet ends its connection; nothing behind it is handled.
- Passwords are hashed apart from the event loop, two at a time; unknown users take as long as known ones.
- The log is JSON; nothing a client sends begins a line, and strangers cause ten lines a second and address.

## What to configure

- TLS on every listener that is not loopback; \`requireCertificate\` where devices have certificates.
- \`security.authenticate\` and \`security.authorize\`; without \`authorize\` whoever is in may do everything, $SYS included.
- \`maximumConnectRatePerAddress\`, \`maximumConnectionsPerIdentity\`, \`maximumSessionsPerIdentity\`, \`maximumMessageRate\`:
  off by default, for a port that strangers reach.
- \`origins\` of a WebSocket listener when browsers are its clients.
- \`proxyProtocol.from\` behind a proxy: limits are by address, and without it all have the proxy's.

## What you find

Tell the maintainers in private, by the security advisories of this repository ("Report a vulnerability"), with the bytes
or the configuration that show it. Each finding becomes a row of \`tools/hostile\` or a seed of \`npm run fuzz\`.`;

/** As `npm run hostile -- --full` printed it. */
const FULL_SIZE = `## At full size

\`nice -n -15 npm run hostile -- --full\` plays four cases at the sizes of the list; it takes minutes, so it is no part of
\`npm test\`. Measured on two cores with nothing else on them, a load average of 0.7 to 2.4:

| case | sent | found | verdict |
|---|---|---|---|
| C19 | 1,001,000 client ids with Session Expiry Interval 0xFFFFFFFF | all but the last 1,001 are let in and told a week, those get 0x97; 272 s, 1,662 bytes a session | passed |
| D04 | 2,000 wrong passwords for a user that there is and for one that there is not, in turns | medians 22.12 and 22.10 ms, apart by 0.09 %; the same user twice is apart by 0.24 % | passed |
| F17 | 1,001,000 retained topics with the durable store, then \`#\` | 1,000 answered 0x97; \`#\` gets all 1,000,000 at 101,000/s, also who does not read for 6 s; the event loop is late by 35 ms at most meanwhile | passed |
| G07 | 1,000,000 broken packets at 452,000/s, 1,000,000 forbidden ones at 323,000/s | 32 lines of the log in 2.2 s, 2 lines in 3.1 s | passed |

In F17 the process no longer grows while a client does not read (0 MB in two runs, at a load average of 18 to 22): until topics
that come once left no garbage behind, it grew by 30 to 70 MB in the first 2 s. While the million is published the event loop is
late once by 50 ms of its own work at that load, where full collections and the tree's largest array lie; before its tables grew in
small pieces by 87 ms, and by 62 to 134 ms on a quiet machine.`;

function number(name: keyof typeof limits): string {
  return limits[name][0].toLocaleString('en-GB');
}

function answerOf(one: Try): string {
  if ('play' in one) return one.answer;
  if ('yaml' in one) return 'mqttd does not start (78)';
  const back = one.back.length > 4 ? [...one.back.slice(0, 1), '…', ...one.back.slice(-2)] : one.back;
  const shown = back.map((words) => (words.length > 60 ? `${words.slice(0, 40)}…` : words));
  return shown.length === 0 ? 'nothing; goes on' : `\`${shown.join(', ')}\``;
}

/** Text as it stands in a cell of a table. */
function cell(text: string): string {
  const marks: Readonly<Record<string, string>> = { '|': '\\|', '<': '&lt;' };
  return [...text]
    .map(
      (character) =>
        marks[character] ??
        (character < ' ' ? `U+${character.charCodeAt(0).toString(16).padStart(4, '0')}` : character),
    )
    .join('');
}

/** Ids without a row. */
export function missing(ids: readonly string[], cases: readonly Case[]): readonly string[] {
  const known = new Set(cases.map(({ id }) => id));
  return ids.filter((id) => /^[A-HN]/.test(id) && !known.has(id));
}

function row(id: string, cases: readonly Case[]): string {
  const rows = cases.filter((one) => one.id === id);
  const answers = [...new Set(rows.flatMap(({ tries }) => tries.map(answerOf)))];
  const notes = rows.flatMap(({ note }) => (note === undefined ? [] : [note]));
  return `| ${id} | ${cell(rows[0]?.title ?? '')} | ${cell([answers.join('; '), ...notes].join('. '))} |`;
}

/** The document. */
export function document(ids: readonly string[], cases: readonly Case[]): string {
  const groups = Object.entries(GROUPS).map(([letter, title]) => {
    const rows = ids.filter((id) => id.startsWith(letter)).map((id) => row(id, cases));
    return [`### ${letter}. ${title}`, '', '| id | case | answer |', '|---|---|---|', ...rows, ''].join('\n');
  });
  const bounds = Object.entries(limits).map(
    ([name, [standard, , , unit]]) => `| \`${name}\` | ${standard.toLocaleString('en-GB')} ${unit} |`,
  );
  return [
    PROSE,
    '',
    '## Case by case',
    '',
    'Generated from `tools/hostile`. In every row the bytes are sent to the built mqttd over a real socket, the answer is',
    'compared, another client is served afterwards and memory stays bounded. Reason codes are those of 5.0 unless 3.1.1 is',
    'named; `closed` is the end of the connection. Several answers: the case is tried in several ways. Sizes are those of a',
    'test run: C19, D04, F17 and G07 are played with fewer clients, tries, messages and connections than an attacker may have;',
    'at full size they stand below.',
    '',
    ...groups,
    FULL_SIZE,
    '',
    '## Default limits',
    '',
    'What is done at each of them stands in [limits.md](limits.md).',
    '',
    '| limit | default |',
    '|---|---|',
    ...bounds,
    '',
  ].join('\n');
}
