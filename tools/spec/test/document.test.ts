/** The document: its counts, its sections, and what a line says. */
import { describe, expect, it } from 'vitest';
import type { Row } from '../src/coverage.ts';
import { write } from '../src/document.ts';
import type { Statement } from '../src/table.ts';

function row(id: string, more: Partial<Row>, of: Partial<Statement> = {}): Row {
  const statement: Statement = {
    id,
    version: '5.0',
    binds: 'server',
    paraphrase: 'A rule.',
    reason: '',
    clientReason: '',
    ...of,
  };
  return { statement, standing: 'missing', client: 'missing', tests: [], ...more };
}

const BROKER = 'packages/broker/test/conformance/connect.test.ts';
const SESSION = 'packages/session/test/inbound.test.ts';
const INTEROP = 'apps/interop/test/mqttd.test.ts';

describe('the document', () => {
  const text = write([
    row('MQTT-3.1.0-2', { standing: 'tested', tests: [BROKER, INTEROP, SESSION] }),
    row('MQTT-3.2.0-1', {}),
    row('MQTT-3.2.0-2', { standing: 'reasoned' }, { reason: 'does not arise: x', version: '3.1.1' }),
    row(
      'MQTT-3.15.2-1',
      { standing: 'not yet', tests: [SESSION] },
      { reason: 'not yet: AUTH', binds: 'both' },
    ),
    row('MQTT-3.15.2-2', { standing: 'not yet' }, { reason: 'not yet: AUTH' }),
    row('MQTT-3.1.0-1', {}, { binds: 'client' }),
  ]);

  it('counts what binds a server, by version', () => {
    expect(text).toContain('| 3.1.1 | 1 | 0 | 1 | 0 | 0 |\n| 5.0 | 4 | 1 | 0 | 2 | 1 |\n');
  });

  it('lists at the top what is not there yet, by feature', () => {
    expect(text).toContain('## Not yet\n\n- AUTH: MQTT-3.15.2-1 (5.0), MQTT-3.15.2-2 (5.0)\n');
    expect(write([row('MQTT-3.1.0-2', {})])).not.toContain('## Not yet');
  });

  it('names the tests of a statement and links them', () => {
    expect(text).toContain(
      '| MQTT-3.1.0-2 | A rule. | [conformance/connect], [apps/interop: mqttd], [session: inbound] |',
    );
    expect(text).toContain(`[conformance/connect]: ../${BROKER}\n`);
    expect(text).toContain(`[apps/interop: mqttd]: ../${INTEROP}\n`);
    expect(text).toContain(`[session: inbound]: ../${SESSION}\n`);
  });

  it('says why there is none, or that it is missing', () => {
    expect(text).toContain('| MQTT-3.2.0-1 | A rule. | **missing** |');
    expect(text).toContain('| MQTT-3.2.0-2 | A rule. | *does not arise: x* |');
    expect(text).toContain('| MQTT-3.15.2-1 | A rule. | *not yet: AUTH*, [session: inbound] |');
  });

  it('has a section a packet, and one for what binds a client', () => {
    const titles = text.split('\n').filter((line) => line.startsWith('##'));
    expect(titles).toEqual([
      '## Not yet',
      '## MQTT 3.1.1',
      '### 3.2 CONNACK (3.1.1)',
      '## MQTT 5.0',
      '### 3.1 CONNECT (5.0)',
      '### 3.2 CONNACK (5.0)',
      '### 3.15 AUTH (5.0)',
      '### What binds a client (5.0)',
    ]);
    expect(text).toContain('| MQTT-3.1.0-1 | A rule. | **missing** |');
  });
});
