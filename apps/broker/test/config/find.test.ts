/** Which configuration file is read. */
import { describe, expect, it } from 'vitest';
import { findConfiguration } from '../../src/config/find.ts';

const ETC = '/etc/mqttd/mqttd.yaml';

describe('the configuration file', () => {
  const all = (): boolean => true;
  const none = (): boolean => false;
  it('is the one that -c names, else MQTTD_CONFIG, there or not', () => {
    expect(findConfiguration('a', { MQTTD_CONFIG: 'b' }, none)).toBe('a');
    expect(findConfiguration(undefined, { MQTTD_CONFIG: 'b' }, none)).toBe('b');
  });
  it('is none when MQTTD_CONFIG is empty', () => {
    expect(findConfiguration(undefined, { MQTTD_CONFIG: '' }, all)).toBe(undefined);
  });
  it('else is the user’s, else the machine’s, else none', () => {
    const names = { XDG_CONFIG_HOME: '/x', HOME: '/home/a' };
    expect(findConfiguration(undefined, names, all)).toBe('/x/mqttd/mqttd.yaml');
    expect(findConfiguration(undefined, { HOME: '/home/a' }, all)).toBe('/home/a/.config/mqttd/mqttd.yaml');
    expect(findConfiguration(undefined, names, (file) => file === ETC)).toBe(ETC);
    expect(findConfiguration(undefined, {}, all)).toBe(ETC);
    expect(findConfiguration(undefined, names, none)).toBe(undefined);
  });
});
