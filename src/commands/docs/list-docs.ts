/** Documentation of the commands for lists. */
import type { CommandArgument, DocsTable } from './doc.ts';

/** The choice of an end of a list. */
function end(name: string): CommandArgument {
  return {
    name,
    type: 'oneof',
    args: [
      { name: 'left', type: 'pure-token', token: 'LEFT' },
      { name: 'right', type: 'pure-token', token: 'RIGHT' },
    ],
  };
}

export const listDocs: DocsTable = {
  lpush: {
    summary: 'Adds elements at the left end of a list, which is made if need be.',
    since: '1.0.0',
    group: 'list',
    complexity: 'O(N) where N is the number of elements added.',
    history: [['2.4.0', 'Takes several elements.']],
    args: [
      { name: 'key', type: 'key', keySpecIndex: 0 },
      { name: 'element', type: 'string', flags: ['multiple'] },
    ],
  },
  rpush: {
    summary: 'Adds elements at the right end of a list, which is made if need be.',
    since: '1.0.0',
    group: 'list',
    complexity: 'O(N) where N is the number of elements added.',
    history: [['2.4.0', 'Takes several elements.']],
    args: [
      { name: 'key', type: 'key', keySpecIndex: 0 },
      { name: 'element', type: 'string', flags: ['multiple'] },
    ],
  },
  lpushx: {
    summary: 'Adds elements at the left end of a list that exists.',
    since: '2.2.0',
    group: 'list',
    complexity: 'O(N) where N is the number of elements added.',
    history: [['4.0.0', 'Takes several elements.']],
    args: [
      { name: 'key', type: 'key', keySpecIndex: 0 },
      { name: 'element', type: 'string', flags: ['multiple'] },
    ],
  },
  rpushx: {
    summary: 'Adds elements at the right end of a list that exists.',
    since: '2.2.0',
    group: 'list',
    complexity: 'O(N) where N is the number of elements added.',
    history: [['4.0.0', 'Takes several elements.']],
    args: [
      { name: 'key', type: 'key', keySpecIndex: 0 },
      { name: 'element', type: 'string', flags: ['multiple'] },
    ],
  },
  linsert: {
    summary: 'Inserts an element before or after another one.',
    since: '2.2.0',
    group: 'list',
    complexity: 'O(N) where N is the number of elements in front of the other one.',
    args: [
      { name: 'key', type: 'key', keySpecIndex: 0 },
      {
        name: 'where',
        type: 'oneof',
        args: [
          { name: 'before', type: 'pure-token', token: 'BEFORE' },
          { name: 'after', type: 'pure-token', token: 'AFTER' },
        ],
      },
      { name: 'pivot', type: 'string' },
      { name: 'element', type: 'string' },
    ],
  },
  lpop: {
    summary: 'Removes elements from the left end of a list and gives them.',
    since: '1.0.0',
    group: 'list',
    complexity: 'O(N) where N is the number of elements removed.',
    history: [['6.2.0', 'Takes a count.']],
    args: [
      { name: 'key', type: 'key', keySpecIndex: 0 },
      { name: 'count', type: 'integer', since: '6.2.0', flags: ['optional'] },
    ],
  },
  rpop: {
    summary: 'Removes elements from the right end of a list and gives them.',
    since: '1.0.0',
    group: 'list',
    complexity: 'O(N) where N is the number of elements removed.',
    history: [['6.2.0', 'Takes a count.']],
    args: [
      { name: 'key', type: 'key', keySpecIndex: 0 },
      { name: 'count', type: 'integer', since: '6.2.0', flags: ['optional'] },
    ],
  },
  lmpop: {
    summary: 'Removes elements from an end of the first list that exists and gives them.',
    since: '7.0.0',
    group: 'list',
    complexity: 'O(N+M) where N is the number of keys and M the number of elements removed.',
    args: [
      { name: 'numkeys', type: 'integer' },
      { name: 'key', type: 'key', keySpecIndex: 0, flags: ['multiple'] },
      end('where'),
      { name: 'count', type: 'integer', token: 'COUNT', flags: ['optional'] },
    ],
  },
  llen: {
    summary: 'Gives the length of a list.',
    since: '1.0.0',
    group: 'list',
    complexity: 'O(1)',
    args: [{ name: 'key', type: 'key', keySpecIndex: 0 }],
  },
  lindex: {
    summary: 'Gives the element at an index of a list.',
    since: '1.0.0',
    group: 'list',
    complexity: 'O(N) where N is the number of elements of one node; the way to it takes a step per node.',
    args: [
      { name: 'key', type: 'key', keySpecIndex: 0 },
      { name: 'index', type: 'integer' },
    ],
  },
  lrange: {
    summary: 'Gives the elements between two indexes of a list.',
    since: '1.0.0',
    group: 'list',
    complexity: 'O(S+N) where S is the way to the first element (see LINDEX) and N the number of elements.',
    args: [
      { name: 'key', type: 'key', keySpecIndex: 0 },
      { name: 'start', type: 'integer' },
      { name: 'stop', type: 'integer' },
    ],
  },
  lpos: {
    summary: 'Gives the indexes of the elements of a list that are equal to a text.',
    since: '6.0.6',
    group: 'list',
    complexity: 'O(N) where N is the number of elements looked at.',
    args: [
      { name: 'key', type: 'key', keySpecIndex: 0 },
      { name: 'element', type: 'string' },
      { name: 'rank', type: 'integer', token: 'RANK', flags: ['optional'] },
      { name: 'num-matches', type: 'integer', token: 'COUNT', flags: ['optional'] },
      { name: 'len', type: 'integer', token: 'MAXLEN', flags: ['optional'] },
    ],
  },
  lset: {
    summary: 'Replaces the element at an index of a list.',
    since: '1.0.0',
    group: 'list',
    complexity: 'O(N) as LINDEX.',
    args: [
      { name: 'key', type: 'key', keySpecIndex: 0 },
      { name: 'index', type: 'integer' },
      { name: 'element', type: 'string' },
    ],
  },
  ltrim: {
    summary: 'Removes all elements of a list but those between two indexes.',
    since: '1.0.0',
    group: 'list',
    complexity: 'O(N) where N is the number of elements removed.',
    args: [
      { name: 'key', type: 'key', keySpecIndex: 0 },
      { name: 'start', type: 'integer' },
      { name: 'stop', type: 'integer' },
    ],
  },
  lrem: {
    summary: 'Removes elements of a list that are equal to a text.',
    since: '1.0.0',
    group: 'list',
    complexity: 'O(N) where N is the length of the list.',
    args: [
      { name: 'key', type: 'key', keySpecIndex: 0 },
      { name: 'count', type: 'integer' },
      { name: 'element', type: 'string' },
    ],
  },
  lmove: {
    summary: 'Moves an element from an end of a list to an end of another one, and gives it.',
    since: '6.2.0',
    group: 'list',
    complexity: 'O(1)',
    args: [
      { name: 'source', type: 'key', keySpecIndex: 0 },
      { name: 'destination', type: 'key', keySpecIndex: 1 },
      end('wherefrom'),
      end('whereto'),
    ],
  },
  rpoplpush: {
    summary: 'Moves the last element of a list to the left end of another one, and gives it.',
    since: '1.2.0',
    group: 'list',
    complexity: 'O(1)',
    docFlags: ['deprecated'],
    deprecatedSince: '6.2.0',
    replacedBy: '`LMOVE` with the `RIGHT` and `LEFT` arguments',
    args: [
      { name: 'source', type: 'key', keySpecIndex: 0 },
      { name: 'destination', type: 'key', keySpecIndex: 1 },
    ],
  },
  blmove: {
    summary: 'Like LMOVE, but waits for an element.',
    since: '6.2.0',
    group: 'list',
    complexity: 'O(1)',
    args: [
      { name: 'source', type: 'key', keySpecIndex: 0 },
      { name: 'destination', type: 'key', keySpecIndex: 1 },
      end('wherefrom'),
      end('whereto'),
      { name: 'timeout', type: 'double' },
    ],
  },
  brpoplpush: {
    summary: 'Like RPOPLPUSH, but waits for an element.',
    since: '2.2.0',
    group: 'list',
    complexity: 'O(1)',
    docFlags: ['deprecated'],
    deprecatedSince: '6.2.0',
    replacedBy: '`BLMOVE` with the `RIGHT` and `LEFT` arguments',
    history: [['6.0.0', 'The timeout may have a fraction.']],
    args: [
      { name: 'source', type: 'key', keySpecIndex: 0 },
      { name: 'destination', type: 'key', keySpecIndex: 1 },
      { name: 'timeout', type: 'double' },
    ],
  },
  blpop: {
    summary: 'Removes the first element of the first list that exists and gives it; waits for one if need be.',
    since: '2.0.0',
    group: 'list',
    complexity: 'O(N) where N is the number of keys.',
    history: [['6.0.0', 'The timeout may have a fraction.']],
    args: [
      { name: 'key', type: 'key', keySpecIndex: 0, flags: ['multiple'] },
      { name: 'timeout', type: 'double' },
    ],
  },
  brpop: {
    summary: 'Removes the last element of the first list that exists and gives it; waits for one if need be.',
    since: '2.0.0',
    group: 'list',
    complexity: 'O(N) where N is the number of keys.',
    history: [['6.0.0', 'The timeout may have a fraction.']],
    args: [
      { name: 'key', type: 'key', keySpecIndex: 0, flags: ['multiple'] },
      { name: 'timeout', type: 'double' },
    ],
  },
  blmpop: {
    summary: 'Like LMPOP, but waits for an element.',
    since: '7.0.0',
    group: 'list',
    complexity: 'O(N+M) where N is the number of keys and M the number of elements removed.',
    args: [
      { name: 'timeout', type: 'double' },
      { name: 'numkeys', type: 'integer' },
      { name: 'key', type: 'key', keySpecIndex: 0, flags: ['multiple'] },
      end('where'),
      { name: 'count', type: 'integer', token: 'COUNT', flags: ['optional'] },
    ],
  },
};
