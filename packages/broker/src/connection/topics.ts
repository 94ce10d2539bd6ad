/** Which topic names and filters this broker takes from clients, beyond what the specification asks (§4.7). */
import type { Limits } from '../options.ts';

/** Topic names that begin with $ are the broker's own (§4.7.2) [B15]; the rest must keep to the limits [B10] [B18]. */
export function isAcceptedTopicName(topicName: string, limits: Limits): boolean {
  return topicName.charCodeAt(0) !== 0x24 && isWithinLimits(topicName, limits);
}

/** Filters may begin with $, e.g. `$SYS/#`. */
export function isWithinLimits(topic: string, limits: Limits): boolean {
  if (!isWithinBytes(topic, limits.maximumTopicLength)) return false;
  let levels = 1;
  for (let at = topic.indexOf('/'); at >= 0; at = topic.indexOf('/', at + 1)) levels++;
  return levels <= limits.maximumTopicLevels;
}

/** true when `text` takes at most `most` bytes as UTF-8; counts only when it might not. */
export function isWithinBytes(text: string, most: number): boolean {
  if (text.length * 3 <= most) return true;
  return text.length <= most && bytesOf(text) <= most;
}

/** Bytes of `text` as UTF-8. */
export function bytesOf(text: string): number {
  let bytes = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    // Each half of a surrogate pair counts two: four bytes for the pair.
    bytes += unit < 0x80 ? 1 : unit < 0x800 || (unit >= 0xd800 && unit <= 0xdfff) ? 2 : 3;
  }
  return bytes;
}

/** Control characters forge log lines and fool eyes: not in client ids and user names [B04]. */
export function hasControlCharacter(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x20 || (unit >= 0x7f && unit < 0xa0)) return true;
  }
  return false;
}
