/** Documentation of the commands for transactions. */
import type { DocsTable } from './doc.ts';

export const transactionDocs: DocsTable = {
  multi: {
    summary: 'Begins a transaction: commands that follow are queued.',
    since: '1.2.0',
    group: 'transactions',
    complexity: 'O(1)',
  },
  exec: {
    summary: 'Runs the queued commands as one unit.',
    since: '1.2.0',
    group: 'transactions',
    complexity: 'That of the queued commands.',
  },
  discard: {
    summary: 'Ends a transaction without running what is queued.',
    since: '2.0.0',
    group: 'transactions',
    complexity: 'O(N) where N is the number of queued commands.',
  },
  watch: {
    summary: 'Has the next transaction run only if the keys have not changed until then.',
    since: '2.2.0',
    group: 'transactions',
    complexity: 'O(1) for each key.',
    args: [{ name: 'key', type: 'key', keySpecIndex: 0, flags: ['multiple'] }],
  },
  unwatch: {
    summary: 'Forgets all watched keys.',
    since: '2.2.0',
    group: 'transactions',
    complexity: 'O(1)',
  },
};
