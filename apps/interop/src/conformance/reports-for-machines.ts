/** A run as JSON and as JUnit's XML: the same facts for programs. Decides nothing. */
import { departureOf } from './departures.ts';
import type { Outcome } from './outcome.ts';
import { exchangeText } from './report.ts';
import { count, type Row } from './survey.ts';

/** The run as JSON text. */
export function jsonText(
  address: string,
  rows: readonly Row[],
  outcomes: readonly Outcome[],
  broker?: string,
): string {
  return `${JSON.stringify(
    {
      address,
      counts: count(rows),
      statements: rows.map(({ statement, standing, reason }) => ({
        id: statement.id,
        version: statement.version,
        standing,
        ...(reason === '' ? {} : { reason }),
      })),
      cases: outcomes.map((one) => ({
        name: one.case.name,
        version: one.version,
        statements: one.statements,
        verdict: one.verdict,
        ...(one.verdict === 'failed' ? { failing: one.failing } : {}),
        ...(one.reason === '' ? {} : { reason: one.reason }),
        ...known(broker, one),
        ms: one.ms,
        ...(one.verdict === 'passed' ? {} : { exchange: one.exchange }),
      })),
    },
    undefined,
    2,
  )}\n`;
}

function known(broker: string | undefined, outcome: Outcome): { known?: string; doubt?: string } {
  const { why, doubt } = departureOf(broker, outcome) ?? {};
  return { ...(why === undefined ? {} : { known: why }), ...(doubt === undefined ? {} : { doubt }) };
}

/** The run as JUnit's XML, a test a case. */
export function junitText(outcomes: readonly Outcome[]): string {
  const failures = outcomes.filter(({ verdict }) => verdict === 'failed').length;
  const errors = outcomes.filter(({ verdict }) => verdict === 'not reached').length;
  const skipped = outcomes.filter(({ verdict }) => verdict === 'not applicable').length;
  const head = `tests="${outcomes.length}" failures="${failures}" errors="${errors}" skipped="${skipped}"`;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites ${head}>`,
    `  <testsuite name="mqtt-conformance" ${head}>`,
    ...outcomes.map(testcase),
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n');
}

function testcase({ case: one, version, statements, verdict, reason, exchange, ms }: Outcome): string {
  const name = `${statements.map((id) => `[${id}]`).join(' ')} ${one.name}`;
  const open = `    <testcase classname="${version}" name="${inXml(name)}" time="${ms / 1000}"`;
  if (verdict === 'passed') return `${open}/>`;
  if (verdict === 'not applicable') return `${open}><skipped message="${inXml(reason)}"/></testcase>`;
  const element = verdict === 'failed' ? 'failure' : 'error';
  const text = inXml(exchangeText(exchange).join('\n'));
  return `${open}><${element} message="${inXml(reason)}">${text}</${element}></testcase>`;
}

/** Text as XML; control characters, which XML 1.0 cannot hold, as `?`. */
export function inXml(text: string): string {
  const marks: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
  return text.replace(/[&<>"]/g, (mark) => marks[mark] ?? mark).replace(/[^\t\n\r\u0020-\ufffd]/g, '?');
}
