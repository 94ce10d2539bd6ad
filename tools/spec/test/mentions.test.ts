/** Which statements, of which version, the names in a file of tests mention. */
import { describe, expect, it } from 'vitest';
import { mentionsOf, versionOf } from '../src/mentions.ts';

function found(text: string): string[] {
  const mentions = mentionsOf({ path: 'packages/broker/test/a.test.ts', text });
  return mentions.map(({ id, version, line }) => `${line} ${version} ${id}`);
}

describe('mentions', () => {
  it('have the version that stands before them in the name', () => {
    expect(found("it('5.0 [MQTT-1.1.1-1] [MQTT-1.1.1-2] 3.1.1 [MQTT-1.1.1-3] is so', () => {});")).toEqual([
      '1 5.0 MQTT-1.1.1-1',
      '1 5.0 MQTT-1.1.1-2',
      '1 3.1.1 MQTT-1.1.1-3',
    ]);
  });

  it('have the version of the describe around them, of the nearest one, and their own before that', () => {
    const text = `describe('MQTT 3.1.1', () => {
      it('[MQTT-1.1.1-1] a', () => {});
      describe('in MQTT 5.0', () => {
        it('[MQTT-1.1.1-2] b', () => {});
        it('3.1.1 [MQTT-1.1.1-3] c', () => {});
      });
      it('[MQTT-1.1.1-4] d', () => {});
    });
    it('[MQTT-1.1.1-5] e', () => {});`;
    expect(found(text)).toEqual([
      '2 3.1.1 MQTT-1.1.1-1',
      '4 5.0 MQTT-1.1.1-2',
      '5 3.1.1 MQTT-1.1.1-3',
      '7 3.1.1 MQTT-1.1.1-4',
      '9 undefined MQTT-1.1.1-5',
    ]);
  });

  it('stand in rows of tables, in template names and in describe.each', () => {
    const text = `const rows = [['5.0 [MQTT-1.1.1-1] a', '00'], ['[MQTT-1.1.1-2] b', '01']];
    describe.each(rows)('MQTT 3.1.1 %s', (name) => { it(\`[MQTT-1.1.1-3] \${name}\`, () => {}); });`;
    expect(found(text)).toEqual(['1 5.0 MQTT-1.1.1-1', '1 undefined MQTT-1.1.1-2', '2 3.1.1 MQTT-1.1.1-3']);
  });

  it('are neither comments nor ids without brackets, nor what a test expects', () => {
    expect(found("// [MQTT-1.1.1-1]\nconst statement = 'MQTT-1.1.1-2';")).toEqual([]);
    expect(found("expect(title('[MQTT-1.1.1-1]')).not.toBe('[MQTT-1.1.1-2] x');")).toEqual([]);
  });

  it('of 3.1 are of 3.1, which is not 3.1.1', () => {
    expect(found("it('3.1 [MQTT-1.1.1-1] a', () => {});")).toEqual(['1 3.1 MQTT-1.1.1-1']);
  });
});

describe('the version of a name', () => {
  it('is the one it speaks of', () => {
    expect(versionOf('MQTT 5.0: CONNECT')).toBe('5.0');
    expect(versionOf('MQTT 3.1.1')).toBe('3.1.1');
  });

  it('is none where it speaks of none, or of both', () => {
    expect(versionOf('CONNECT of 15.0 kg, MQTT-5.0-1')).toBe(undefined);
    expect(versionOf('3.1.1 and 5.0')).toBe(undefined);
  });
});
