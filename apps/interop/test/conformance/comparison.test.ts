/** What docs/conformance-peers.md is made of, and that it says what is known of others. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { allCases } from '../../src/conformance/cases/all.ts';
import { comparisonDocument, type Result } from '../../src/conformance/comparison.ts';
import { knownDepartures } from '../../src/conformance/departures.ts';
import type { Outcome, Verdict } from '../../src/conformance/outcome.ts';
import { jsonText, junitText } from '../../src/conformance/reports-for-machines.ts';
import { playsOf } from '../../src/conformance/run.ts';
import { statementsOf } from '../../src/conformance/statements.ts';
import { count, survey, unexpected } from '../../src/conformance/survey.ts';

const versions = ['3.1.1', '5.0'] as const;
const DOUBTFUL = 'a SUBSCRIBE to $share/g is refused';
const PLAIN = 'No Local on a shared subscription ends the connection';

/** Outcomes as if every case had passed but those named. */
function outcomesWith(verdicts: Readonly<Record<string, Verdict>>): Outcome[] {
  return playsOf(versions).map(({ case: one, version }) => {
    const verdict = verdicts[one.name] ?? 'passed';
    const statements = statementsOf(one.statements, version);
    const exchange = [{ at: 1, on: 'a', what: '->', meaning: 'PINGREQ <&>', hex: 'c0 00' } as const];
    const failing = verdict === 'failed' ? statements : [];
    return { case: one, version, statements, verdict, failing, reason: verdict, exchange, ms: 5 };
  });
}

function result(
  title: string,
  known: string | undefined,
  verdicts: Readonly<Record<string, Verdict>>,
): Result {
  const outcomes = outcomesWith(verdicts);
  return { title, known, outcomes, rows: survey(outcomes, versions) };
}

const ours = result('mqttd', undefined, {});
const other = result('Mosquitto 9', 'mosquitto', { [DOUBTFUL]: 'failed', [PLAIN]: 'failed' });

describe('the survey of statements', () => {
  it('fails a statement with one of its cases, and reaches one through another', () => {
    const rows = survey(
      outcomesWith({ [PLAIN]: 'failed', 'a session lasts as long as its connection': 'not reached' }),
      versions,
    );
    const standing = (id: string): string | undefined =>
      rows.find(({ statement }) => statement.id === id && statement.version === '5.0')?.standing;
    expect(standing('MQTT-3.8.3-4')).toBe('failed');
    expect(standing('MQTT-4.1.0-1')).toBe('not reached');
    expect(standing('MQTT-3.1.0-2')).toBe('passed');
    expect(count(survey([], ['5.0']))['not played']).toBe(207);
  });

  it('knows what is known of a broker, and of no other', () => {
    expect(unexpected(other.outcomes, 'mosquitto')).toEqual([]);
    expect(unexpected(other.outcomes, undefined)).toHaveLength(2);
  });
});

describe('the comparison', () => {
  const text = comparisonDocument(
    [ours, other],
    [result('a client', 'a client', { [PLAIN]: 'failed' })],
    'a command',
  );

  it('has every failure with its judgement and its packets', () => {
    expect(text).toContain(`### 5.0: ${PLAIN}`);
    expect(text).toContain('Mosquitto 2.0.11 grants it.');
    expect(text).toContain('a -> PINGREQ <&>  | c0 00');
    expect(text).toMatch(/\| MQTT-3\.8\.3-4 \| .* \| passes \| \*\*fails\*\* \|/);
    expect(text).toContain('| 5.0 of these doubtful | 0 | 1 |');
    expect(text).toContain(`| a client | 5.0 | ${PLAIN} | **Not judged yet** |`);
    expect(text).toMatch(/Doubtful: the statement binds who sends/);
  });

  it('is written down with everything that is known', () => {
    const document = readFileSync(new URL('../../../../docs/conformance-peers.md', import.meta.url), 'utf8');
    const written = (one: string): boolean => document.includes(one);
    expect(knownDepartures.filter((one) => !(written(one.case) && written(one.why)))).toEqual([]);
    expect(written(`in ${allCases.length} scripted exchanges`), 'npm run conformance:peers').toBe(true);
    expect(document).not.toContain('Not judged yet');
  });
});

describe('a run for programs', () => {
  it('is JSON with counts, statements and the exchange of what did not pass', () => {
    const json = JSON.parse(jsonText('mqtt://x', other.rows, other.outcomes, 'mosquitto'));
    expect(json.counts.failed).toBe(2);
    const failed = json.cases.filter(({ verdict }: { verdict: string }) => verdict === 'failed');
    expect(failed[0]).toMatchObject({
      known: expect.stringContaining('Mosquitto'),
      exchange: [{ hex: 'c0 00' }],
    });
  });

  it('is JUnit with a test a case', () => {
    const xml = junitText(other.outcomes);
    expect(xml).toContain(
      `<testsuites tests="${other.outcomes.length}" failures="2" errors="0" skipped="0">`,
    );
    expect(xml).toContain('PINGREQ &lt;&amp;&gt;');
  });
});
