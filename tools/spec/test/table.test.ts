/** The table of statements: what a row says, what is refused, and that the real one is whole. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { bindsServer, readTable } from '../src/table.ts';

const HEAD = 'id\tversion\tbinds\tparaphrase\treason\tclient reason\n';
const GOOD = 'MQTT-3.1.0-2\t5.0\tserver\tOne CONNECT.\t\t\n';

function faultsOf(rows: string): string[] {
  return readTable(HEAD + rows).faults;
}

describe('the table', () => {
  it('is read row by row', () => {
    const { statements, faults } = readTable(
      `${HEAD}${GOOD}MQTT-4.2-1\t5.0\tboth\tA stream.\tnot yet: QUIC\n`,
    );
    expect(faults).toEqual([]);
    expect(statements).toEqual([
      {
        id: 'MQTT-3.1.0-2',
        version: '5.0',
        binds: 'server',
        paraphrase: 'One CONNECT.',
        reason: '',
        clientReason: '',
      },
      {
        id: 'MQTT-4.2-1',
        version: '5.0',
        binds: 'both',
        paraphrase: 'A stream.',
        reason: 'not yet: QUIC',
        clientReason: '',
      },
    ]);
  });

  it('refuses other columns, ids, versions and parties, each with its line', () => {
    expect(readTable('id\tversion\n').faults).toEqual([expect.stringContaining('line 1: the columns are')]);
    expect(faultsOf('MQTT-3\t5.0\tserver\tx\t\n')).toEqual(['line 2: MQTT-3 is no statement id']);
    expect(faultsOf(GOOD.replace('5.0', '3.1'))).toEqual([
      expect.stringContaining('a version that numbers none: 3.1'),
    ]);
    expect(faultsOf(GOOD.replace('server', 'broker'))).toEqual([
      expect.stringContaining('binds nobody known: broker'),
    ]);
    expect(faultsOf(GOOD.replace('\t\n', '\t\t\tx\n'))).toEqual(['line 2: more than six columns']);
  });

  it('refuses a paraphrase that is absent, as long as a quotation, or would break the document', () => {
    expect(faultsOf(GOOD.replace('One CONNECT.', ''))).toEqual([
      expect.stringContaining('a paraphrase of 1 to'),
    ]);
    expect(faultsOf(GOOD.replace('One', 'x'.repeat(200)))).toEqual([
      expect.stringContaining('a paraphrase of 1 to'),
    ]);
    expect(faultsOf(GOOD.replace('One', 'a|b'))).toEqual([expect.stringContaining('holds a |')]);
  });

  it('refuses the same statement twice, but not the same id in both versions', () => {
    expect(faultsOf(GOOD + GOOD)).toEqual(['line 3: 5.0 MQTT-3.1.0-2 stands here twice']);
    expect(faultsOf(GOOD + GOOD.replace('5.0', '3.1.1'))).toEqual([]);
  });

  it('of this repository has no fault, and binds a server to what it should', () => {
    const { statements, faults } = readTable(
      readFileSync(new URL('../statements.tsv', import.meta.url), 'utf8'),
    );
    expect(faults).toEqual([]);
    expect(statements.filter(({ version }) => version === '3.1.1').length).toBe(141);
    expect(statements.filter(({ version }) => version === '5.0').length).toBe(251);
    const pingreq = statements.filter(({ id }) => id === 'MQTT-3.12.4-1');
    expect(pingreq.map(bindsServer)).toEqual([true, true]);
  });
});
