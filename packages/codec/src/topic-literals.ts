/**
 * What a compiler can say about topics that stand in the program as literals: which are no Topic Name and which no Topic
 * Filter in any version (§4.7). Types only. What it cannot know, a `string` above all, passes; `topics.ts` sees it at run
 * time.
 */

declare const refused: unique symbol;
/** No text is of this type; the compiler's message shows why. */
type Refused<Why extends string> = string & { readonly [refused]: Why };

/**
 * `Text` where it can be a Topic Name (§4.7.1). A literal that is none does not compile, and the message says why: it is
 * empty [MQTT-4.7.3-1] or holds a wildcard [MQTT-3.3.2-2].
 */
export type TopicName<Text extends string = string> = Text extends ''
  ? Refused<'a Topic Name is not empty'>
  : Text extends `${string}${'+' | '#'}${string}`
    ? Refused<'a Topic Name has no wildcard; + and # are for subscribe'>
    : Text;

/**
 * `Text` where it can be a Topic Filter (§4.7.1). A literal that is none in any version does not compile, and the message
 * says why: it is empty [MQTT-4.7.3-1], or a wildcard stands where it may not [MQTT-4.7.1-1] [MQTT-4.7.1-2].
 */
export type TopicFilter<Text extends string = string> = Text extends ''
  ? Refused<'a Topic Filter is not empty'>
  : HashIsLast<Text> extends false
    ? Refused<'# is a level of its own, and the last: a/#'>
    : PlusIsLevel<Text> extends false
      ? Refused<'+ is a level of its own: a/+/b'>
      : Text;

type HashIsLast<Text extends string> = Text extends `${infer Before}#${infer After}`
  ? '' extends After
    ? EndsLevel<Before>
    : false
  : true;

type PlusIsLevel<Text extends string> = Text extends `${infer Before}+${infer After}`
  ? [EndsLevel<Before>, BeginsLevel<After>] extends [true, true]
    ? PlusIsLevel<After>
    : false
  : true;

/** A level can follow. The second question is for a text whose end is not known: `…${string}` takes one more slash. */
type EndsLevel<Text extends string> = Text extends '' | `${string}/`
  ? true
  : `${Text}/` extends Text
    ? true
    : false;

type BeginsLevel<Text extends string> = Text extends '' | `/${string}`
  ? true
  : `/${Text}` extends Text
    ? true
    : false;
