import { mergeConfig, type ViteUserConfig } from 'vitest/config';
import { testConfig } from '../../tools/vitest.ts';

// Floods and thousands of connections share two cores with everything else that is tested meanwhile.
const config: ViteUserConfig = mergeConfig(testConfig({ packages: 'dist' }), {
  test: { testTimeout: 180_000 },
});
export default config;
