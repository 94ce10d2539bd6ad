/** The door of `@mqtt/codec/testing`: exports and nothing else. */
export {
  arbitraryAuth,
  arbitraryConnack,
  arbitraryConnect,
  arbitraryDisconnect,
  arbitraryPacket,
  arbitraryPuback,
  arbitraryPubcomp,
  arbitraryPublish,
  arbitraryPubrec,
  arbitraryPubrel,
  arbitrarySuback,
  arbitrarySubscribe,
  arbitraryUnsuback,
  arbitraryUnsubscribe,
} from './arbitraries.ts';
export { arbitraryChunks, arbitraryDamage } from './bytes.ts';
export { arbitraryText, arbitraryTopicFilter, arbitraryTopicName } from './topics.ts';
export type { InvalidVector, ValidVector, Vector } from './vector.ts';
export { type MatchRow, type TopicRow, topicFilters, topicMatches, topicNames } from './vectors/topics.ts';
export { generatedVectors, vectors } from './vectors.ts';
