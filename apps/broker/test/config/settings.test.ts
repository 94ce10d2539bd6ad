/** What is refused, and how it is said. */
import { describe, expect, it } from 'vitest';
import { ConfigurationError, settingsFrom } from '../../src/config/settings.ts';

describe('settings that this version cannot honour', () => {
  it('a configuration file is refused by name', () => {
    expect(() => settingsFrom({ config: 'a.yaml' })).toThrow(ConfigurationError);
    expect(() => settingsFrom({ config: 'a.yaml' })).toThrow(/^-c a\.yaml: .*without -c/);
  });

  it('a data folder is refused, with what is there instead', () => {
    expect(() => settingsFrom({ data: '/data' })).toThrow(/^--data \/data: .*--data :memory:$/);
    expect(() => settingsFrom({ data: '' })).toThrow(ConfigurationError);
  });

  it('the error has a stable code', () => {
    try {
      settingsFrom({ data: '/data' });
      expect.unreachable();
    } catch (error) {
      expect(error).toMatchObject({ name: 'ConfigurationError', code: 'DATA_UNSUPPORTED' });
    }
  });
});
