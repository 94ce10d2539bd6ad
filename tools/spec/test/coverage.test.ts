/** Statements and tests together: what is proven, what is left, and which names mislead. */
import { describe, expect, it } from 'vitest';
import { cover } from '../src/coverage.ts';
import { count, countClient } from '../src/document.ts';
import { type Statement, VERSIONS } from '../src/table.ts';

function statement(id: string, more: Partial<Statement> = {}): Statement {
  return {
    id,
    version: '5.0',
    binds: 'server',
    paraphrase: 'A rule.',
    reason: '',
    clientReason: '',
    ...more,
  };
}

const HOUSE = "import { House } from '../wire/house.ts'; ";
const WIRE = 'packages/broker/test/conformance/connect.test.ts';

function check(statements: readonly Statement[], names: string, path = WIRE): ReturnType<typeof cover> {
  return cover(statements, [{ path, text: `${HOUSE}it('${names}', () => {});` }]);
}

describe('a statement that binds a server', () => {
  it('is tested by a test of the broker or of an app that names it', () => {
    for (const path of [WIRE, 'apps/broker/test/serve.test.ts', 'apps/interop/test/mqttd.test.ts']) {
      const { rows, faults } = check([statement('MQTT-1.1.1-1')], '[MQTT-1.1.1-1] x', path);
      expect([faults, rows[0]?.standing, rows[0]?.tests]).toEqual([[], 'tested', [path]]);
    }
  });

  it('is missing without a test or reason, and with tests of other packages alone', () => {
    const fault = '5.0 MQTT-1.1.1-1 binds a server and has neither a test nor a reason';
    expect(check([statement('MQTT-1.1.1-1')], 'plain').faults).toEqual([fault]);
    const codec = 'packages/codec/test/vectors.test.ts';
    const { rows, faults } = check([statement('MQTT-1.1.1-1')], '[MQTT-1.1.1-1] x', codec);
    expect([faults, rows[0]?.standing, rows[0]?.tests]).toEqual([[fault], 'missing', [codec]]);
  });

  it('is missing with tests of a room of the broker alone, and tested by one that makes a broker itself', () => {
    const path = 'packages/broker/test/router/router.test.ts';
    const test = "it('[MQTT-1.1.1-1] x', () => {});";
    const standing = (text: string): unknown =>
      cover([statement('MQTT-1.1.1-1')], [{ path, text }]).rows.map((row) => row.standing);
    expect(standing(test)).toEqual(['missing']);
    expect(standing(`const broker = createBroker(); ${test}`)).toEqual(['tested']);
  });

  it('may have a reason, or one that ends with a feature; the two are counted apart', () => {
    const { rows, faults } = check(
      [
        statement('MQTT-1.1.1-1', { reason: 'does not arise: no bridge' }),
        statement('MQTT-1.1.1-2', { reason: 'not yet: AUTH' }),
        statement('MQTT-1.1.1-3', { binds: 'client', clientReason: 'not yet: x' }),
        statement('MQTT-1.1.1-4', { binds: 'both', clientReason: 'does not arise' }),
      ],
      '[MQTT-1.1.1-4] x',
    );
    expect(faults).toEqual([]);
    expect(count(rows)).toEqual({ tested: 1, reasoned: 1, 'not yet': 1, missing: 0 });
  });

  it('keeps no reason once it has a test', () => {
    const { faults } = check([statement('MQTT-1.1.1-1', { reason: 'not yet: AUTH' })], '[MQTT-1.1.1-1] x');
    expect(faults).toEqual([`5.0 MQTT-1.1.1-1 has a test (${WIRE}): its reason goes`]);
  });
});

describe('a statement that binds a client', () => {
  const fault = '5.0 MQTT-1.1.1-1 binds a client and has neither a test nor a reason';
  const standing = (binds: 'client' | 'both', path: string, clientReason = '') => {
    const one = statement('MQTT-1.1.1-1', { binds, reason: 'does not arise', clientReason });
    const { rows, faults } = check([one], '5.0 [MQTT-1.1.1-1] x', path);
    return [rows[0]?.client, faults.filter((text) => text.includes('client'))];
  };

  it('is tested by tests of the client alone', () => {
    expect(standing('client', 'packages/client/test/a.test.ts')).toEqual(['tested', []]);
    expect(standing('client', 'packages/session/test/a.test.ts')).toEqual(['missing', [fault]]);
    expect(standing('both', 'packages/codec/test/a.test.ts')).toEqual(['missing', [fault]]);
  });

  it('may have a reason of its own, and keeps none beside a test', () => {
    expect(standing('client', 'packages/session/test/a.test.ts', 'does not arise')).toEqual(['reasoned', []]);
    const [, faults] = standing('client', 'packages/client/test/a.test.ts', 'does not arise');
    expect(faults).toEqual([expect.stringContaining('its reason goes')]);
  });

  it('is counted apart', () => {
    const both = statement('MQTT-1.1.1-1', { binds: 'both' });
    const { rows } = check([both], '[MQTT-1.1.1-1] x', 'packages/client/test/a.test.ts');
    expect([count(rows).missing, countClient(rows).tested]).toEqual([1, 1]);
  });
});

describe('an id that both versions have', () => {
  const both = VERSIONS.map((version) =>
    statement('MQTT-1.1.1-1', { version, binds: 'client', clientReason: 'does not arise' }),
  );

  it('counts for the version that is said', () => {
    const { rows, faults } = check(both, '5.0 [MQTT-1.1.1-1] x');
    expect(faults).toEqual([]);
    expect(rows.map(({ tests }) => tests.length)).toEqual([0, 1]);
  });

  it('is refused in a test of the broker that does not say which, and proves nothing elsewhere', () => {
    const { rows, faults } = check(both, '[MQTT-1.1.1-1] x');
    expect(faults).toEqual([
      expect.stringContaining(`${WIRE}:1 [MQTT-1.1.1-1] is another statement in each version`),
    ]);
    expect(rows.map(({ tests }) => tests.length)).toEqual([0, 0]);
    expect(check(both, '[MQTT-1.1.1-1] x', 'packages/session/test/a.test.ts').faults).toEqual([]);
  });

  it('proves nothing for 3.1.1 under the name of 3.1', () => {
    const { rows, faults } = check(both, '3.1 [MQTT-1.1.1-1] x');
    expect([faults, rows.map(({ tests }) => tests.length)]).toEqual([[], [0, 0]]);
  });
});

describe('a name', () => {
  it('may not cite a statement under the other version, nor one that does not exist', () => {
    const one = [statement('MQTT-1.1.1-1', { binds: 'client', clientReason: 'does not arise' })];
    expect(check(one, '3.1.1 [MQTT-1.1.1-1] x').faults).toEqual([
      `${WIRE}:1 [MQTT-1.1.1-1] is no statement of 3.1.1`,
    ]);
    expect(check(one, '[MQTT-9.9.9-9] x').faults).toEqual([`${WIRE}:1 [MQTT-9.9.9-9] is no statement`]);
  });
});
