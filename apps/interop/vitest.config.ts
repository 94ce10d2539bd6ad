import { mergeConfig, type ViteUserConfig } from 'vitest/config';
import { testConfig } from '../../tools/vitest.ts';

// Mosquitto answers WebSocket clients up to a second late: many scenarios at once, so that the waits overlap.
const config: ViteUserConfig = mergeConfig(testConfig({ packages: 'dist' }), {
  test: { maxConcurrency: 12 },
});
export default config;
