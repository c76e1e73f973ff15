// Rows of `npm run bench` on what clients use beside the data.

/** Emptying any database has a server forget what its clients track; nothing is in this one. */
const forgetTracked = [['SELECT', '9'], ['FLUSHDB']];

/** 1,000 clients whose reads are remembered: nearly every request is a key that its client has not read before. */
export const clientTests = {
  TRACKING: { args: ['-c', '1000', '--enable-tracking', '-t', 'get'], weight: 2, setup: forgetTracked },
};
