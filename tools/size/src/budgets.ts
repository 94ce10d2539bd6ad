/**
 * What an import may cost in a user's bundle, as one table: bytes after minifying and gzip.
 * To raise a budget, say in the commit what the bytes buy.
 */

/** An import a user writes, and the most it may add to a bundle. */
export interface Budget {
  readonly name: string;
  /** The module a user would write; every import it keeps is used. */
  readonly source: string;
  /** Bytes, minified and gzipped (level 9). */
  readonly most: number;
}

const use = (names: string, from: string): string => `export { ${names} } from '${from}';`;

/** Every budget that `npm run check` holds. */
export const BUDGETS: readonly Budget[] = [
  {
    name: 'codec: encode and decode, all versions',
    source: use('encode, Decoder', '@mqtt/codec'),
    most: 7168,
  },
  { name: 'codec: decode only', source: use('Decoder', '@mqtt/codec'), most: 5632 },
  { name: 'codec: encode only', source: use('encode', '@mqtt/codec'), most: 5120 },
  { name: 'codec: write PUBLISH only', source: use('Writer, writePublish', '@mqtt/codec'), most: 3072 },
  { name: 'codec: topics only', source: use('matches, isTopicFilter', '@mqtt/codec/topics'), most: 640 },
  { name: 'codec: the error class only', source: use('ProtocolError', '@mqtt/codec'), most: 1152 },
];
