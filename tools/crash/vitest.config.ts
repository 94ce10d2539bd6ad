import { mergeConfig } from 'vitest/config';
import { testConfig } from '../vitest.ts';

// Most of these tests wait for a broker, a disk or the time: more of them run beside each other than there are cores.
export default mergeConfig(testConfig({ packages: 'dist' }), { test: { maxWorkers: 4 } });
