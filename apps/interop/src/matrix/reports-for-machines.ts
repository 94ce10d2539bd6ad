/** A run as JSON and as JUnit's XML: the same facts for programs. Decides nothing. */
import { exchangeText } from '../conformance/report.ts';
import { inXml } from '../conformance/reports-for-machines.ts';
import { isBad, type Outcome } from './outcome.ts';
import { named, type Play, statementIds, title } from './plan.ts';
import type { Report } from './report.ts';
import { tableOf } from './table.ts';

/** What a play is, in fields. */
function fieldsOf(play: Play): object {
  const { broker, writer, reader, scenario } = play;
  return {
    broker: broker.name,
    client: reader.name,
    version: reader.way.version,
    transport: reader.way.transport,
    ...(writer === reader ? {} : { publisher: named(writer) }),
    scenario: scenario.name,
    statements: statementIds(scenario, reader.way),
  };
}

/** The run as JSON text. */
export function jsonText(report: Report): string {
  const { began, ms, versions, troubles, outcomes, notPlayed } = report;
  const cells = tableOf(report).cells.map(({ client, broker, passed, failed, known, ...cell }) => ({
    ...{ client, broker, passed, failed, known },
    notPlayed: cell.notPlayed.length,
  }));
  const plays = outcomes.map((outcome) => ({
    ...fieldsOf(outcome.play),
    verdict: outcome.verdict,
    ms: outcome.ms,
    ...(outcome.reason === '' ? {} : { reason: outcome.reason }),
    ...(outcome.known === undefined ? {} : { known: outcome.known }),
    ...(outcome.note === '' ? {} : { note: outcome.note }),
    ...(outcome.verdict === 'passed' ? {} : { exchange: outcome.exchange }),
  }));
  const others = notPlayed.map((one) => ({ ...fieldsOf(one), why: one.why }));
  const whole = {
    began,
    ms,
    brokers: Object.fromEntries(versions),
    troubles,
    cells,
    plays,
    notPlayed: others,
  };
  return `${JSON.stringify(whole, undefined, 1)}\n`;
}

/** The run as JUnit's XML: a suite a cell, a test a play; what is known to fail, and what is not played, is skipped. */
export function junitText(report: Report): string {
  const { ms, outcomes } = report;
  const suites = tableOf(report).cells.filter((cell) => cell.outcomes.length > 0);
  const failures = outcomes.filter(isBad).length;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="interop" tests="${outcomes.length}" failures="${failures}" time="${ms / 1000}">`,
    ...suites.flatMap(({ client, broker, outcomes: own, failed, known }) => [
      `  <testsuite name="${inXml(`${client} with ${broker}`)}" tests="${own.length}" failures="${failed}" skipped="${known}">`,
      ...own.map(testcase),
      '  </testsuite>',
    ]),
    '</testsuites>',
    '',
  ].join('\n');
}

function testcase(outcome: Outcome): string {
  const { play, ms, verdict, reason, known = '', exchange } = outcome;
  const open = `    <testcase classname="${inXml(play.broker.name)}" name="${inXml(title(play))}" time="${ms / 1000}"`;
  if (verdict === 'passed') return `${open}/>`;
  if (verdict === 'known')
    return `${open}><skipped message="${inXml(`known departure: ${known}`)}"/></testcase>`;
  const text = inXml(exchangeText(exchange).join('\n'));
  return `${open}><failure message="${inXml(reason)}">${text}</failure></testcase>`;
}
