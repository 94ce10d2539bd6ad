/** A share of the seeds: `seeds.ts` says which. */
import { describe } from 'vitest';
import { playShare } from './seeds.ts';

describe('random clients over crashes', () => playShare(2));
