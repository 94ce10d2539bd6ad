/**
 * How many user properties, and how many bytes of them, one packet may have (§3.1.2.11.8 and its like) [C29].
 * What follows where there are more is the business of who asks.
 */
import type { Limits } from '../options.ts';
import { bytesOf } from './topics.ts';

/** Properties of any packet that may have user properties. */
export interface WithUserProperties {
  readonly userProperties?: UserProperties | undefined;
}

type UserProperties = readonly (readonly [name: string, value: string])[];

/** Whether these keep to `maximumUserProperties` and `maximumUserPropertyBytes`. */
export function areUserPropertiesWithin(properties: UserProperties | undefined, limits: Limits): boolean {
  if (properties === undefined) return true;
  if (properties.length > limits.maximumUserProperties) return false;
  let left = limits.maximumUserPropertyBytes;
  for (const [name, value] of properties) {
    left -= bytesOf(name) + bytesOf(value);
    if (left < 0) return false;
  }
  return true;
}
