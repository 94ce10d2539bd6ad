/**
 * Statements that bind a server and that nobody can observe from outside over a socket, each with the reason. What no
 * test at all can reach has its reason in the table of statements (tools/spec) and is read from there; what only a
 * test inside a broker can reach has it here.
 */
import { bindsServer, keyOf, readStatements } from './statements.ts';

/** What names a statement -> why no case can observe it. */
const REASONS: Readonly<Record<string, string>> = {
  '3.1.1 MQTT-4.8.0-2': 'nobody outside can cause a transient error within a server',
};

/** Key of a statement -> why no case can observe it. */
export function beyondObservation(): ReadonlyMap<string, string> {
  const ofTable = readStatements()
    .filter((statement) => bindsServer(statement) && statement.reason !== '')
    .map((statement): [string, string] => [keyOf(statement), statement.reason]);
  return new Map([...ofTable, ...Object.entries(REASONS)]);
}
