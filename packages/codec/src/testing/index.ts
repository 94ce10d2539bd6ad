/** The door of `@mqtt/codec/testing`: exports and nothing else. */
export type { InvalidVector, ValidVector, Vector } from './vector.ts';
export { generatedVectors, vectors } from './vectors.ts';
