/** The table of directives as a page for people: `docs/migrate-from-mosquitto.md`. */
import type { Directive } from '../../../src/config/mosquitto/directive.ts';
import { directives } from '../../../src/config/mosquitto/tables/all.ts';

const INTRODUCTION = `# From Mosquitto to mqttd

Start mqttd with the configuration you have:

\`\`\`sh
mqttd check -c /etc/mosquitto/mosquitto.conf   # what would be refused, by line
mqttd -c /etc/mosquitto/mosquitto.conf
\`\`\`

Its \`password_file\` and \`acl_file\` are read as they are, \`include_dir\` and \`per_listener_settings\` too. A directive
without effect is said once at start; one that cannot be honoured stops the start with status 78, before a port opens.
When you like, make it YAML, which means the same:

\`\`\`sh
mqttd migrate /etc/mosquitto/mosquitto.conf > mqttd.yaml
mqttd -c mqttd.yaml
\`\`\`

What you say is what you get. Where you say nothing, these are as in Mosquitto: which listeners there are and who may come
in, \`sys_interval\` 10, sessions that never expire, client ids that begin with \`auto-\`, WebSockets on every path, a
subscription that overlaps with what may be read. Everything else has the [limits of mqttd](limits.md), which are finite.

What is another way for the same:

- A wrong password is answered with 0x86 (Bad User Name or Password), by Mosquitto with 0x87 (Not authorized).
- A client id outside \`clientid_prefixes\` is answered with 0x85 (Client Identifier not valid), 3.x 2; by Mosquitto with 0x87, 5.
- A subscription of which nothing may ever be received is refused; Mosquitto grants it and drops every message.
- A will that may not be published refuses its CONNECT; Mosquitto takes it and drops it when it is due.
- Without a listener mqttd opens 127.0.0.1 only, Mosquitto ::1 as well.
- Relative paths begin at the folder of the start, in Mosquitto as here; in YAML at the folder of the file.
- \`mosquitto.db\` is not read: sessions and retained messages begin anew.

| Mosquitto | mqttd |
|---|---|
| \`mosquitto -c FILE\` | \`mqttd -c FILE\` |
| \`mosquitto -p PORT\`, \`-v\` | \`mqttd -p PORT\`, \`-v\` |
| \`mosquitto --test-config -c FILE\` | \`mqttd check -c FILE\` |
| \`kill -HUP\` | the same, or \`mqttd reload -c FILE\` |
| \`mosquitto_passwd -c FILE USER\`, \`-b\`, \`-D\`, \`-U\` | \`mqttd passwd\` with the same words |

`;

const BRIDGES = `mqttd makes no bridges yet, but Mosquitto can bridge into mqttd. Paste this into its \`mosquitto.conf\`:

\`\`\`text
connection mqttd
address 127.0.0.1:1883
bridge_protocol_version mqttv311
try_private false
cleansession false
notifications_local_only true
topic sensors/# out 2
topic commands/# in 2
max_inflight_messages 0
\`\`\`

What waits for the other side is kept while it is away, with its QoS and retained values. \`apps/interop/test/bridge.test.ts\`
ends either of the two in the middle of QoS 2, mqttd by SIGKILL too: nothing is lost, and nothing comes twice but what
Mosquitto 2.0.11 sends again after its PUBREL (it does that when it is started again, or connects at the second attempt).

- \`notifications_local_only true\` (or \`notifications false\`, or a \`notification_topic\` of yours) must be there: else the
  bridge's will goes to \`$SYS\`, where nobody but mqttd publishes, and mqttd refuses the bridge with 0x90.
- \`max_inflight_messages 0\`: Mosquitto 2.0.11 acknowledges and loses QoS 2 messages from a 3.1.1 bridge beyond 20 open ones.
- Mosquitto keeps over its own end what it was told with \`persistence true\`. When it is killed it loses all that it
  acknowledged since it last wrote its file, every half hour. \`autosave_on_changes true\` and \`autosave_interval 1\` have it
  write after each change: it loses next to nothing then, and sends again what it had sent. mqttd keeps what it
  acknowledged and doubles nothing (\`apps/interop/test/bridge-killed.test.ts\`).
- It queues 1,000 messages for a bridge (\`max_queued_messages\`).
- \`try_private\` may stay true: mqttd answers its private protocol level with 0x01, and Mosquitto comes again without.

3.1.1 has no words for a topic that goes \`both\` ways, so that each message comes back to its sender, nor for a retained value
that changes while the bridge is connected: for Mosquitto it is an ordinary message. 5.0 has both, No Local and Retain As
Published. But Mosquitto 2.0 asks for no Session Expiry Interval: what is for Mosquitto is lost while the bridge is away.

\`\`\`text
connection mqttd
address 127.0.0.1:1883
bridge_protocol_version mqttv50
notifications_local_only true
topic # both 2
\`\`\`

`;

const SECTIONS: readonly (readonly [title: string, of: Directive['of'], introduction: string])[] = [
  ['The broker', undefined, ''],
  ['Listeners', 'listener', ''],
  ['Bridges', 'bridge', BRIDGES],
];

function row({ name, answer, syntax, says, except, harmless }: Directive): string {
  const refused =
    harmless === undefined || answer === 'no effect' ? '' : ' (but for values that are its default)';
  const more = except === undefined ? '' : `; otherwise ${except[1]}`;
  const cell = (text: string): string => text.replace(/\|/g, '\\|');
  return `| \`${name}\` ${cell(syntax)} | ${answer}${refused} | ${cell(says)}${more} |`;
}

/** The page. */
export function reference(): string {
  const sections = SECTIONS.map(([title, of, introduction]) => {
    const rows = directives.filter((entry) => entry.of === of).map(row);
    return `## ${title}\n\n${introduction}| directive | | YAML, or why |\n|---|---|---|\n${rows.join('\n')}\n`;
  });
  const note =
    'Made from the table in `apps/broker/src/config/mosquitto/tables`: `npx vitest run -u` there writes it anew.';
  return `${INTRODUCTION}${sections.join('\n')}\n${note}\n`;
}
