/**
 * Topic Names and Topic Filters (§4.7, §4.8.2): which are valid, what a shared one holds, what matches what.
 * No regular expression is ever made from one.
 */
import type { ProtocolVersion } from './packet.ts';
import * as rule from './rules.ts';
import type { Writer } from './writer.ts';

/** true when `name` is a valid Topic Name: not empty, no wildcard, no U+0000, well-formed, at most 65,535 bytes (§4.7.3). */
export function isTopicName(name: string): boolean {
  return isTopicText(name) && !/[+#]/.test(name);
}

/**
 * true when `filter` is a valid Topic Filter of `version` (§4.7.1). In 5.0 one that begins with `$share` must be a valid
 * shared one (§4.8.2); in 3.x it is a filter like any other.
 */
export function isTopicFilter(filter: string, version: ProtocolVersion = 5): boolean {
  return isTopicText(filter) && hasValidForm(filter, version);
}

/** A shared subscription's parts: the group's name, and the filter that messages are matched with (§4.8.2). */
export interface Share {
  readonly shareName: string;
  readonly topicFilter: string;
}

/** The parts of `$share/{ShareName}/{filter}`; undefined when `filter` is not shared, or not validly so [MQTT-4.8.2-1]. */
export function parseShare(filter: string): Share | undefined {
  // No wildcard in the group's name [MQTT-4.8.2-2].
  const [, shareName, topicFilter] = /^\$share\/([^/+#]+)\/(.+)/s.exec(filter) ?? [];
  if (shareName === undefined || topicFilter === undefined || !hasValidWildcards(topicFilter))
    return undefined;
  return { shareName, topicFilter };
}

/**
 * true when the Topic Name `name` matches the valid Topic Filter `filter` (§4.7). A filter that begins with a wildcard
 * matches no name that begins with `$` [MQTT-4.7.2-1]. A `$share/...` filter matches as the filter inside it.
 */
export function matches(filter: string, name: string): boolean {
  const wanted = filter.startsWith('$share/') ? filter.slice(filter.indexOf('/', 7) + 1) : filter;
  if (name.charCodeAt(0) === 0x24 && (wanted.charCodeAt(0) === 0x2b || wanted.charCodeAt(0) === 0x23))
    return false;
  let f = 0;
  let n = 0;
  for (;;) {
    if (wanted.charCodeAt(f) === 0x23) return true;
    const levelEnd = endOfLevel(name, n);
    const wantedEnd = endOfLevel(wanted, f);
    const isPlus = wantedEnd === f + 1 && wanted.charCodeAt(f) === 0x2b;
    if (!isPlus && wanted.slice(f, wantedEnd) !== name.slice(n, levelEnd)) return false;
    const filterDone = wantedEnd === wanted.length;
    if (levelEnd === name.length) return filterDone || wanted.slice(wantedEnd) === '/#'; // "a/#" matches "a" (§4.7.1.2)
    if (filterDone) return false;
    f = wantedEnd + 1;
    n = levelEnd + 1;
  }
}

function endOfLevel(text: string, from: number): number {
  const slash = text.indexOf('/', from);
  return slash < 0 ? text.length : slash;
}

function isShared(filter: string): boolean {
  return /^\$share(\/|$)/.test(filter);
}

function hasValidForm(filter: string, version: ProtocolVersion): boolean {
  return version === 5 && isShared(filter) ? parseShare(filter) !== undefined : hasValidWildcards(filter);
}

/** `#` is alone and last [MQTT-4.7.1-1], `+` is a whole level [MQTT-4.7.1-2]. */
function hasValidWildcards(filter: string): boolean {
  return !/[^/][+#]|\+[^/]|#./s.test(filter);
}

/** Text that the wire can carry as a topic: 1 to 65,535 bytes of well-formed UTF-8 without U+0000. */
function isTopicText(text: string): boolean {
  return text !== '' && !/\0|\p{Cs}/u.test(text) && (text.length * 3 <= 0xffff || utf8Length(text) <= 0xffff);
}

function utf8Length(text: string): number {
  return new TextEncoder().encode(text).length;
}

/** Refuses a Topic Filter that is about to be written and is not valid (§4.7.1, §4.8.2). */
export function checkTopicFilter(w: Writer, filter: string): void {
  if (typeof filter !== 'string') w.fail(rule.typeOrRange);
  if (filter === '') w.fail(rule.emptyTopic);
  if (!hasValidForm(filter, w.version))
    w.fail(rule.topicFilter, undefined, isShared(filter) ? '4.8.2-1' : undefined);
}
