/**
 * Every client against every broker: the matrix of `npm run interop`, each play a test. It is played once, before the
 * tests, as the program plays it; each test says how one of them ended.
 */
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { brokers } from '../src/brokers.ts';
import { clients } from '../src/clients.ts';
import { departureOf } from '../src/departures.ts';
import { isBad, type Outcome } from '../src/matrix/outcome.ts';
import { type Play, planOf, title } from '../src/matrix/plan.ts';
import { writeReports } from '../src/matrix/reports.ts';
import { run } from '../src/matrix/run.ts';
import { tableOf } from '../src/matrix/table.ts';
import { failureText, matrixText, sumText } from '../src/matrix/terminal.ts';
import { killPrograms } from '../src/peers/program.ts';
import { scenarios } from '../src/scenarios/all.ts';

const REPORTS = fileURLToPath(new URL('../.reports/interop', import.meta.url));
/** ms; on a quiet machine of two cores it takes less than three minutes. */
const LONGEST = 900_000;

const plan = planOf({ clients, brokers, scenarios });
const outcomes = new Map<Play, Outcome>();
let troubles: readonly string[] = [];

function name(play: Play): string {
  const known = departureOf(play);
  return known === undefined ? title(play) : `${title(play)} (known departure: ${known.why})`;
}

beforeAll(async () => {
  const report = await run({ plan });
  troubles = report.troubles;
  for (const one of report.outcomes) outcomes.set(one.play, one);
  writeReports(report, { json: `${REPORTS}.json`, junit: `${REPORTS}.xml`, html: `${REPORTS}.html` });
  process.stdout.write(`${matrixText(tableOf(report))}\n${sumText(report)}\n`);
}, LONGEST);
afterAll(killPrograms);

it('every broker starts, and ends in order', () => {
  expect(troubles).toEqual([]);
});

for (const broker of brokers) {
  describe(`against ${broker.name}`, () => {
    for (const play of plan.plays.filter((one) => one.broker === broker)) {
      it(name(play), () => {
        const outcome = outcomes.get(play);
        if (outcome === undefined) throw new Error('it was not played');
        if (isBad(outcome)) throw new Error(failureText(outcome));
      });
    }
  });
}
