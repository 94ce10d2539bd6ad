/** Plays many cases with a client, a few at a time. */
import type { Version } from '../case.ts';
import type { Outcome } from '../outcome.ts';
import { statementsOf, versionsOf } from '../statements.ts';
import { allClientCases } from './cases/all.ts';
import type { ClientCase } from './client-case.ts';
import type { Driver } from './drivers/driver.ts';
import { playClient } from './play-client.ts';

/** A case in one of its versions. */
export interface ClientPlay {
  readonly case: ClientCase;
  readonly version: Version;
}

/** The plays of these versions whose name or ids hold the text. */
export function clientPlaysOf(versions: readonly Version[], filter = ''): ClientPlay[] {
  return allClientCases.flatMap((one) =>
    versionsOf(one.statements)
      .filter((version) => versions.includes(version))
      .filter(
        (version) =>
          one.name.includes(filter) ||
          statementsOf(one.statements, version).some((id) => id.includes(filter)),
      )
      .map((version) => ({ case: one, version })),
  );
}

/** Plays them all. `patience` in ms for an answer, `parallel` cases at a time. */
export async function runClient(
  plays: readonly ClientPlay[],
  driver: Driver,
  { patience, parallel }: { patience: number; parallel: number },
): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    for (;;) {
      const number = next++;
      const one = plays[number];
      if (one === undefined) return;
      outcomes[number] = await playClient(one.case, one.version, driver, patience);
    }
  };
  await Promise.all(Array.from({ length: parallel }, work));
  return outcomes;
}
