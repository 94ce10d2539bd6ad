/**
 * A run as a table: clients down, brokers across, in each cell how many plays ended how. Decides nothing.
 */
import type { Outcome } from './outcome.ts';
import type { NotPlayed, Play } from './plan.ts';
import type { Report } from './report.ts';

/** The row of plays in which one client publishes and another subscribes. */
export const BETWEEN = 'from one client to another';

/** How the plays of one client with one broker ended. */
export interface Cell {
  readonly client: string;
  readonly broker: string;
  readonly outcomes: readonly Outcome[];
  readonly notPlayed: readonly NotPlayed[];
  readonly passed: number;
  readonly failed: number;
  readonly known: number;
}

/** A whole table. */
export interface Table {
  readonly clients: readonly string[];
  readonly brokers: readonly string[];
  /** Row after row. */
  readonly cells: readonly Cell[];
}

/** The name of the row in which a play is counted. */
function rowOf({ writer, reader }: Play): string {
  return writer === reader ? reader.name : BETWEEN;
}

function namesOf(plays: readonly Play[], name: (play: Play) => string): string[] {
  return [...new Set(plays.map(name))];
}

/** The table of a run; what nothing was asked of has no row and no column. */
export function tableOf({ outcomes, notPlayed }: Report): Table {
  const plays = [...outcomes.map(({ play }) => play), ...notPlayed];
  const clients = namesOf(plays, rowOf);
  const brokers = namesOf(plays, ({ broker }) => broker.name);
  const cells = clients.flatMap((client) =>
    brokers.map((broker) => cellOf(client, broker, outcomes, notPlayed)),
  );
  return { clients, brokers, cells };
}

function cellOf(
  client: string,
  broker: string,
  outcomes: readonly Outcome[],
  notPlayed: readonly NotPlayed[],
): Cell {
  const isHere = (play: Play): boolean => rowOf(play) === client && play.broker.name === broker;
  const here = outcomes.filter(({ play }) => isHere(play));
  const count = (...verdicts: Outcome['verdict'][]): number =>
    here.filter(({ verdict }) => verdicts.includes(verdict)).length;
  return {
    client,
    broker,
    outcomes: here,
    notPlayed: notPlayed.filter(isHere),
    passed: count('passed'),
    failed: count('failed', 'gone'),
    known: count('known'),
  };
}

/** `217 passed, 2 FAILED, 3 known`; what is 0 is not said. */
export function cellText({ passed, failed, known, notPlayed }: Cell): string {
  const said = [
    passed > 0 ? `${passed} passed` : '',
    failed > 0 ? `${failed} FAILED` : '',
    known > 0 ? `${known} known` : '',
  ].filter((text) => text !== '');
  if (said.length > 0) return said.join(', ');
  return notPlayed.length > 0 ? 'not played' : '-';
}

/** The reasons why something was not played, with how often, most first. */
export function reasonsOf(notPlayed: readonly NotPlayed[]): [why: string, count: number][] {
  const counts = new Map<string, number>();
  for (const { why } of notPlayed) counts.set(why, (counts.get(why) ?? 0) + 1);
  return [...counts].sort(([, a], [, b]) => b - a);
}
