/**
 * The one vitest configuration every package shares.
 * Answers: how do tests find the packages of this repository? On their sources (`@mqtt/source`), so that no build
 * is needed, or on `dist` where the built product itself is under test.
 */
import { defineConfig, type ViteUserConfig } from 'vitest/config';

/** Where tests find `@mqtt/*`: on the sources of this repository, or as a user would, in `dist`. */
export interface TestSettings {
  readonly packages: 'source' | 'dist';
  /** Percent of the lines of src that tests must run, when coverage is measured. */
  readonly coveredLines?: number;
}

const SERVER_CONDITIONS = ['module', 'node', 'development|production'];

/** The vitest configuration of a package of this repository. */
export function testConfig(settings: TestSettings = { packages: 'source' }): ViteUserConfig {
  const conditions =
    settings.packages === 'source' ? ['@mqtt/source', ...SERVER_CONDITIONS] : SERVER_CONDITIONS;
  return defineConfig({
    resolve: { conditions },
    ssr: { resolve: { conditions, externalConditions: conditions } },
    test: {
      include: ['test/**/*.test.ts'],
      environment: 'node',
      allowOnly: false,
      // For a machine that others use too: a test waits for events, and this ends one whose event never comes.
      testTimeout: 60_000,
      coverage: {
        provider: 'v8',
        include: ['src/**/*.ts'],
        // What a package gives to tests is not what it ships.
        exclude: ['src/testing/**'],
        reporter: [['text', { skipFull: true }]],
        thresholds: { lines: settings.coveredLines ?? 0 },
      },
    },
  });
}
