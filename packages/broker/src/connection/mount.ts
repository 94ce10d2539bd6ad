/**
 * From a client's own topics to whole ones, for clients of a listener with a mount point: names, filters, the filter
 * inside a shared subscription. The way back is the session's and its writer's. Without a mount point nothing changes.
 */
import { isTopicFilter, parseShare } from '@mqtt/codec';
import type { Limits } from '../options.ts';
import { isAcceptedTopicName, isWithinLimits } from './topics.ts';

/** The whole topic filter; one that is no filter stays what it is, to be refused. */
export function mountedFilter(mountPoint: string, topicFilter: string): string {
  if (mountPoint === '' || !isTopicFilter(topicFilter)) return topicFilter;
  const share = parseShare(topicFilter);
  if (share === undefined) return mountPoint + topicFilter;
  const head = topicFilter.slice(0, topicFilter.length - share.topicFilter.length);
  return head + mountPoint + share.topicFilter;
}

/** Whether a client may use this topic name, its own and whole: not `$...` [B15], and within the limits [B10] [B18]. */
export function isAcceptedBelow(mountPoint: string, topicName: string, limits: Limits): boolean {
  if (!isAcceptedTopicName(topicName, limits)) return false;
  return mountPoint === '' || isWithinLimits(mountPoint + topicName, limits);
}
