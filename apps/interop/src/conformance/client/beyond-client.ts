/** Statements that bind a client and that no case observes, with the reason. */
import { keyOf, readStatements } from '../statements.ts';

const NO_AUTH = 'a task names no authentication method: most clients have none to name';

/** What names a statement -> why there is no case. */
const REASONS: Readonly<Record<string, string>> = {
  '3.1.1 MQTT-1.5.3-3': 'what a client makes of a text it was sent does not come back over the connection',
  '5.0 MQTT-1.5.4-3': 'what a client makes of a text it was sent does not come back over the connection',
  '5.0 MQTT-3.1.2-30': NO_AUTH,
  '5.0 MQTT-3.8.3-4': 'a task has no No Local: few clients of a command line can ask for it',
  '5.0 MQTT-3.15.1-1': NO_AUTH,
  '5.0 MQTT-3.15.2-1': NO_AUTH,
  '5.0 MQTT-4.3.3-9': 'whether a client refuses a QoS 2 PUBLISH is for its application to say',
  '5.0 MQTT-4.12.0-3': NO_AUTH,
  '5.0 MQTT-4.12.0-5': NO_AUTH,
  '5.0 MQTT-4.12.1-1': NO_AUTH,
  '5.0 MQTT-4.12.1-2': NO_AUTH,
};

/** Key of a statement -> why there is no case. */
export function beyondClients(): ReadonlyMap<string, string> {
  const ofTable = readStatements()
    .filter(({ binds, clientReason }) => binds !== 'server' && clientReason !== '')
    .map((statement): [string, string] => [keyOf(statement), statement.clientReason]);
  return new Map([...ofTable, ...Object.entries(REASONS)]);
}
