import { testConfig } from '../../tools/vitest.ts';

export default testConfig({ packages: 'source', coveredLines: 100 });
