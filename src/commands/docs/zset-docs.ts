/** Documentation of the commands for single sorted sets. */
import type { DocsTable } from './doc.ts';

export const zsetDocs: DocsTable = {
  bzmpop: {
    summary:
      'Removes and gives the members with the lowest or highest scores of the first key that has any; waits until there is one.',
    since: '7.0.0',
    group: 'sorted-set',
    complexity: 'O(K)+O(log(N)+M) where K is the number of keys, N the number of members and M the number popped.',
    args: [
      { name: 'timeout', type: 'double' },
      { name: 'numkeys', type: 'integer' },
      { name: 'key', type: 'key', keySpecIndex: 0, flags: ['multiple'] },
      {
        name: 'where',
        type: 'oneof',
        args: [
          { name: 'min', type: 'pure-token', token: 'MIN' },
          { name: 'max', type: 'pure-token', token: 'MAX' },
        ],
      },
      { name: 'count', type: 'integer', token: 'COUNT', flags: ['optional'] },
    ],
  },
  bzpopmax: {
    summary:
      'Removes and gives the member with the highest score of the first key that has any; waits until there is one.',
    since: '5.0.0',
    group: 'sorted-set',
    complexity: 'O(log(N)) where N is the number of members.',
    history: [['6.0.0', 'The timeout may have a fraction.']],
    args: [
      { name: 'key', type: 'key', keySpecIndex: 0, flags: ['multiple'] },
      { name: 'timeout', type: 'double' },
    ],
  },
  bzpopmin: {
    summary:
      'Removes and gives the member with the lowest score of the first key that has any; waits until there is one.',
    since: '5.0.0',
    group: 'sorted-set',
    complexity: 'O(log(N)) where N is the number of members.',
    history: [['6.0.0', 'The timeout may have a fraction.']],
    args: [
      { name: 'key', type: 'key', keySpecIndex: 0, flags: ['multiple'] },
      { name: 'timeout', type: 'double' },
    ],
  },
  zadd: {
    summary: 'Adds members to a sorted set or changes their scores, creating the key when it is absent.',
    since: '1.2.0',
    group: 'sorted-set',
    complexity: 'O(log(N)) for each member, where N is the number of members.',
    history: [
      ['2.4.0', 'Takes several pairs.'],
      ['3.0.2', 'Added XX, NX, CH and INCR.'],
      ['6.2.0', 'Added GT and LT.'],
    ],
    args: [
      { name: 'key', type: 'key', keySpecIndex: 0 },
      {
        name: 'condition',
        type: 'oneof',
        since: '3.0.2',
        flags: ['optional'],
        args: [
          { name: 'nx', type: 'pure-token', token: 'NX' },
          { name: 'xx', type: 'pure-token', token: 'XX' },
        ],
      },
      {
        name: 'comparison',
        type: 'oneof',
        since: '6.2.0',
        flags: ['optional'],
        args: [
          { name: 'gt', type: 'pure-token', token: 'GT' },
          { name: 'lt', type: 'pure-token', token: 'LT' },
        ],
      },
      { name: 'change', type: 'pure-token', token: 'CH', since: '3.0.2', flags: ['optional'] },
      { name: 'increment', type: 'pure-token', token: 'INCR', since: '3.0.2', flags: ['optional'] },
      {
        name: 'score_member',
        type: 'block',
        flags: ['multiple'],
        args: [
          { name: 'score', type: 'double' },
          { name: 'member', type: 'string' },
        ],
      },
    ],
  },
  zcard: {
    summary: 'Counts the members of a sorted set.',
    since: '1.2.0',
    group: 'sorted-set',
    complexity: 'O(1)',
    args: [{ name: 'key', type: 'key', keySpecIndex: 0 }],
  },
  zcount: {
    summary: 'Counts the members with scores in a range.',
    since: '2.0.0',
    group: 'sorted-set',
    complexity: 'O(log(N)) where N is the number of members.',
    args: [
      { name: 'key', type: 'key', keySpecIndex: 0 },
      { name: 'min', type: 'double' },
      { name: 'max', type: 'double' },
    ],
  },
  zincrby: {
    summary: 'Adds to the score of a member; an absent member counts as 0.',
    since: '1.2.0',
    group: 'sorted-set',
    complexity: 'O(log(N)) where N is the number of members.',
    args: [
      { name: 'key', type: 'key', keySpecIndex: 0 },
      { name: 'increment', type: 'integer' },
      { name: 'member', type: 'string' },
    ],
  },
  zlexcount: {
    summary: 'Counts the members in a range of members that all have the same score.',
    since: '2.8.9',
    group: 'sorted-set',
    complexity: 'O(log(N)) where N is the number of members.',
    args: [
      { name: 'key', type: 'key', keySpecIndex: 0 },
      { name: 'min', type: 'string' },
      { name: 'max', type: 'string' },
    ],
  },
  zmpop: {
    summary: 'Removes and gives the members with the lowest or highest scores of the first key that has any.',
    since: '7.0.0',
    group: 'sorted-set',
    complexity: 'O(K)+O(log(N)+M) where K is the number of keys, N the number of members and M the number popped.',
    args: [
      { name: 'numkeys', type: 'integer' },
      { name: 'key', type: 'key', keySpecIndex: 0, flags: ['multiple'] },
      {
        name: 'where',
        type: 'oneof',
        args: [
          { name: 'min', type: 'pure-token', token: 'MIN' },
          { name: 'max', type: 'pure-token', token: 'MAX' },
        ],
      },
      { name: 'count', type: 'integer', token: 'COUNT', flags: ['optional'] },
    ],
  },
  zmscore: {
    summary: 'Gives the scores of several members.',
    since: '6.2.0',
    group: 'sorted-set',
    complexity: 'O(N) where N is the number of members asked for.',
    args: [
      { name: 'key', type: 'key', keySpecIndex: 0 },
      { name: 'member', type: 'string', flags: ['multiple'] },
    ],
  },
  zpopmax: {
    summary: 'Removes and gives the members with the highest scores, and the key with the last one.',
    since: '5.0.0',
    group: 'sorted-set',
    complexity: 'O(log(N)+M) where N is the number of members and M the number popped.',
    args: [
      { name: 'key', type: 'key', keySpecIndex: 0 },
      { name: 'count', type: 'integer', flags: ['optional'] },
    ],
  },
  zpopmin: {
    summary: 'Removes and gives the members with the lowest scores, and the key with the last one.',
    since: '5.0.0',
    group: 'sorted-set',
    complexity: 'O(log(N)+M) where N is the number of members and M the number popped.',
    args: [
      { name: 'key', type: 'key', keySpecIndex: 0 },
      { name: 'count', type: 'integer', flags: ['optional'] },
    ],
  },
  zrandmember: {
    summary: 'Gives random members of a sorted set.',
    since: '6.2.0',
    group: 'sorted-set',
    complexity: 'O(M*log(N)) where N is the number of members and M the number returned.',
    args: [
      { name: 'key', type: 'key', keySpecIndex: 0 },
      {
        name: 'options',
        type: 'block',
        flags: ['optional'],
        args: [
          { name: 'count', type: 'integer' },
          { name: 'withscores', type: 'pure-token', token: 'WITHSCORES', flags: ['optional'] },
        ],
      },
    ],
  },
  zrank: {
    summary: 'Tells how many members come before one, lowest score first.',
    since: '2.0.0',
    group: 'sorted-set',
    complexity: 'O(log(N))',
    history: [['7.2.0', 'Added WITHSCORE.']],
    args: [
      { name: 'key', type: 'key', keySpecIndex: 0 },
      { name: 'member', type: 'string' },
      { name: 'withscore', type: 'pure-token', token: 'WITHSCORE', flags: ['optional'] },
    ],
  },
  zrem: {
    summary: 'Removes members from a sorted set, and the key with the last one.',
    since: '1.2.0',
    group: 'sorted-set',
    complexity: 'O(M*log(N)) where N is the number of members and M the number removed.',
    history: [['2.4.0', 'Takes several members.']],
    args: [
      { name: 'key', type: 'key', keySpecIndex: 0 },
      { name: 'member', type: 'string', flags: ['multiple'] },
    ],
  },
  zrevrank: {
    summary: 'Tells how many members come before one, highest score first.',
    since: '2.0.0',
    group: 'sorted-set',
    complexity: 'O(log(N))',
    history: [['7.2.0', 'Added WITHSCORE.']],
    args: [
      { name: 'key', type: 'key', keySpecIndex: 0 },
      { name: 'member', type: 'string' },
      { name: 'withscore', type: 'pure-token', token: 'WITHSCORE', flags: ['optional'] },
    ],
  },
  zscan: {
    summary: 'Walks over the members and scores of a sorted set, a few at a time.',
    since: '2.8.0',
    group: 'sorted-set',
    complexity: 'O(1) for a step, O(N) for all of them, where N is the number of members.',
    args: [
      { name: 'key', type: 'key', keySpecIndex: 0 },
      { name: 'cursor', type: 'integer' },
      { name: 'pattern', type: 'pattern', token: 'MATCH', flags: ['optional'] },
      { name: 'count', type: 'integer', token: 'COUNT', flags: ['optional'] },
    ],
  },
  zscore: {
    summary: 'Gives the score of a member.',
    since: '1.2.0',
    group: 'sorted-set',
    complexity: 'O(1)',
    args: [
      { name: 'key', type: 'key', keySpecIndex: 0 },
      { name: 'member', type: 'string' },
    ],
  },
};
