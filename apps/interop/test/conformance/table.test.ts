/** The table itself: every statement that binds a server has a case or a reason why there is none, and not both. */
import { describe, expect, it } from 'vitest';
import { beyondObservation } from '../../src/conformance/beyond.ts';
import { allCases } from '../../src/conformance/cases/all.ts';
import {
  bindsServer,
  keyOf,
  readStatements,
  statementsOf,
  versionsOf,
} from '../../src/conformance/statements.ts';

const known = new Map(readStatements().map((one) => [keyOf(one), one]));
const played = new Set(
  allCases.flatMap(({ statements }) =>
    versionsOf(statements).flatMap((version) =>
      statementsOf(statements, version).map((id) => keyOf({ version, id })),
    ),
  ),
);

describe('the table of cases', () => {
  it('has a case or a reason for every statement that binds a server', () => {
    const beyond = beyondObservation();
    const bare = [...known.values()]
      .filter(bindsServer)
      .map(keyOf)
      .filter((key) => !played.has(key) && !beyond.has(key));
    expect(bare).toEqual([]);
    expect([...beyond.keys()].filter((key) => played.has(key) || !known.has(key))).toEqual([]);
  });

  it('names statements that exist and that bind a server', () => {
    expect([...played].filter((key) => !known.has(key))).toEqual([]);
    const ofClients = [...known.values()].filter((one) => !bindsServer(one)).map(keyOf);
    expect(ofClients.filter((key) => played.has(key))).toEqual([]);
  });

  it('has a name of its own for every case, and steps', () => {
    expect(new Set(allCases.map(({ name }) => name)).size).toBe(allCases.length);
    expect(allCases.filter(({ steps }) => steps.length === 0)).toEqual([]);
    expect(allCases.filter(({ statements }) => versionsOf(statements).length === 0)).toEqual([]);
  });
});
