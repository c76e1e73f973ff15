// Rows of `npm run bench` on transactions and messages.
import { encode, loadMessages, loadRequests } from './load.mjs';

const KEYS = 100_000;
const value = 'v'.repeat(32);
const sets = 10;

/** MULTI, ten SETs, EXEC. */
function transaction(i) {
  const lines = Array.from({ length: sets }, (_, k) => encode('SET', `key:${(i * 7919 + k * 104_729) % KEYS}`, value));
  return encode('MULTI') + lines.join('') + encode('EXEC');
}
const transactionReply = `+OK\r\n${'+QUEUED\r\n'.repeat(sets)}*${sets}\r\n${'+OK\r\n'.repeat(sets)}`;

export const messageTests = {
  MULTI_EXEC_10: {
    weight: 10,
    load: (port, options) =>
      loadRequests(port, { ...options, request: transaction, replyBytes: transactionReply.length }),
  },
  PUBLISH_100: { weight: 20, load: (port, options) => loadMessages(port, { ...options, subscribers: 100 }) },
};
