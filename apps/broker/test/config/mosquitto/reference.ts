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
- Who published a retained message was checked when it came, and is not again when it is delivered (\`check_retain_source\`).
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

const SECTIONS: readonly (readonly [title: string, of: Directive['of']])[] = [
  ['The broker', undefined],
  ['Listeners', 'listener'],
  ['Bridges', 'bridge'],
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
  const sections = SECTIONS.map(([title, of]) => {
    const rows = directives.filter((entry) => entry.of === of).map(row);
    return `## ${title}\n\n| directive | | YAML, or why |\n|---|---|---|\n${rows.join('\n')}\n`;
  });
  const note =
    'Made from the table in `apps/broker/src/config/mosquitto/tables`: `npx vitest run -u` there writes it anew.';
  return `${INTRODUCTION}${sections.join('\n')}\n${note}\n`;
}
