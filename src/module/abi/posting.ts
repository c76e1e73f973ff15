// Calls that threads do not wait for, where the native shim is used: native/posting.c explains how, and what the letters
// mean. All of them are allowed without the lock and have a result that is known in advance.

/** How a function's calls are copied. */
export interface Posting {
  readonly recipe: string;
  /** What the thread gets. */
  readonly result: number;
  /** The function whose callback is called instead. */
  readonly as?: string;
  /** The main thread is to do it at once, and not when it comes by. */
  readonly wakes?: boolean;
}

const reply = (recipe: string): Posting => ({ recipe, result: 0 });

/** By name of the function, without prefix. */
export const POSTINGS: Readonly<Record<string, Posting>> = {
  LogLine: { recipe: 'vss', result: 0, wakes: true },
  UnblockClient: { recipe: 'vv', result: 0, wakes: true },
  AbortBlock: { recipe: 'v', result: 0, wakes: true },
  EventLoopAddOneShot: { recipe: 'nv', result: 0, wakes: true },
  FreeThreadSafeContext: { recipe: 'c', result: 0 },
  FreeOfThread: { recipe: 'v', result: 0 },
  StringMade: { recipe: 'vv', result: 0 },
  AutoMemory: { recipe: 'v', result: 0 },
  FreeString: { recipe: 'vv', result: 0 },
  RetainString: { recipe: 'vv', result: 0 },
  FreeCallReply: { recipe: 'v', result: 0 },
  BlockedClientMeasureTimeStart: { recipe: 'vt', result: 0, as: 'MeasureTimeStartAt' },
  BlockedClientMeasureTimeEnd: { recipe: 'vt', result: 0, as: 'MeasureTimeEndAt' },

  ReplyWithLongLong: reply('vv'),
  ReplyWithError: reply('vs'),
  ReplyWithErrorText: reply('vs'),
  ReplyWithSimpleString: reply('vs'),
  ReplyWithArray: reply('vv'),
  ReplyWithMap: reply('vv'),
  ReplyWithSet: reply('vv'),
  ReplyWithNullArray: reply('v'),
  ReplyWithEmptyArray: reply('v'),
  ReplySetArrayLength: reply('vv'),
  ReplySetMapLength: reply('vv'),
  ReplySetSetLength: reply('vv'),
  ReplySetAttributeLength: reply('vv'),
  ReplyWithStringBuffer: reply('vb'),
  ReplyWithCString: reply('vs'),
  ReplyWithString: reply('vv'),
  ReplyWithEmptyString: reply('v'),
  ReplyWithVerbatimString: reply('vb'),
  ReplyWithVerbatimStringType: reply('vbvs'),
  ReplyWithNull: reply('v'),
  ReplyWithBool: reply('vv'),
  ReplyWithDouble: reply('v'),
  ReplyWithBigNumber: reply('vb'),
  ReplyWithCallReply: reply('vv'),
};
