/** XREAD, XGROUP, XREADGROUP, XACK, XPENDING, XCLAIM, XAUTOCLAIM, XINFO. */
import { differential, type Entry, group, matching, since74 } from '../support/differential.ts';

const NUMBERS = ['0', '1', '-1', 'x', '', '1.5', '9223372036854775807', '-9223372036854775808', '9223372036854775808'];
const IDS = [
  '0-0',
  '0',
  '2-1',
  '5-*',
  '*',
  '-',
  '+',
  '$',
  '>',
  'x',
  '',
  '(2-1',
  '18446744073709551615',
  '18446744073709551616-1',
];

const FILL = `
  XADD k 1-1 f 1
  XADD k 2-1 f 2
  XADD k 3-1 g 3
  XADD k 4-1 f 4 g 5
  XADD k 5-1 f 5
  XADD k 6-1 f 6
  XGROUP CREATE k g 0
`;

function withEach(texts: readonly string[], ...line: string[]): Entry[] {
  return texts.map((text) => line.map((word) => (word === 'N' ? text : word)));
}

/** Everything of a stream that does not hold times or counts of Redis's tree. */
const STATE = `
  shape: XINFO STREAM k
  XINFO GROUPS k
  XPENDING k g
  XRANGE k - +
`;

/** A line of XPENDING whose idle times are not compared, with what it must list: id, consumer, deliveries. */
function pending(line: string, ...entries: [id: string, consumer: string, deliveries: string][]): Entry {
  const items = entries.map(
    ([id, name, count]) => `\\*4\r\n\\$${id.length}\r\n${id}\r\n\\$${name.length}\r\n${name}\r\n:\\d+\r\n:${count}\r\n`,
  );
  return matching(line, new RegExp(`^\\*${entries.length}\r\n${items.join('')}$`));
}

const NO_GROUP = "-NOGROUP No such key 'k' or consumer group 'g' in XREADGROUP with GROUP option\r\n";
const WRONG_TYPE = '-WRONGTYPE Operation against a key holding the wrong kind of value\r\n';
const RUN_AGAIN = 'the command runs again when it is woken';
const LAG_UNKNOWN =
  '$4\r\nname\r\n$1\r\ng\r\n$9\r\nconsumers\r\n:1\r\n$7\r\npending\r\n:2\r\n$17\r\nlast-delivered-id\r\n$3\r\n2-1\r\n$12\r\nentries-read\r\n:2\r\n$3\r\nlag\r\n';
const CLAIMERS = 'who tries to claim is a consumer';
const LAST_ENTRY_74 = 'the ID + is the last entry';

differential('streams: reading', [
  group(
    'XREAD',
    FILL,
    `
    XADD l 9-1 a b
    XREAD STREAMS k 0
    XREAD STREAMS k l 3 0
    XREAD COUNT 2 STREAMS k l 0 0-0
    XREAD COUNT 0 STREAMS k 4
    XREAD COUNT -1 STREAMS k 4
    XREAD STREAMS k 6-1
    XREAD STREAMS k l 6-1 8
    XREAD STREAMS k $
    XREAD STREAMS none 0
    XREAD STREAMS k k 4 5
    XREAD STREAMS k 18446744073709551615-18446744073709551615
    XREAD BLOCK 0 STREAMS k 5
    XREAD BLOCK 1 STREAMS k $
    XREAD BLOCK 1 COUNT 1 STREAMS none k 0 $
    XREAD COUNT 1 BLOCK 5 STREAMS k 3
    xread count 1 streams k 3
    XDEL k 6-1
    XREAD STREAMS k 5-1
    XREAD BLOCK 1 STREAMS k 5-1
    XREAD STREAMS k 4-1
    `,
    ...withEach(
      IDS.filter((id) => id !== '+'),
      'XREAD',
      'STREAMS',
      'k',
      'N',
    ),
    ...withEach(NUMBERS, 'XREAD', 'COUNT', 'N', 'STREAMS', 'k', '3'),
    ...withEach(['x', '', '-1', '9223372036854775807', '1.5'], 'XREAD', 'BLOCK', 'N', 'STREAMS', 'k', '0').filter(
      (line) => (line as string[])[2] !== '9223372036854775807',
    ),
  ),
  group(
    'XREAD from the last entry',
    FILL,
    since74(
      'XREAD STREAMS k none + +',
      {
        resp2: '*1\r\n*2\r\n$1\r\nk\r\n*1\r\n*2\r\n$3\r\n6-1\r\n*2\r\n$1\r\nf\r\n$1\r\n6\r\n',
        resp3: '%1\r\n$1\r\nk\r\n*1\r\n*2\r\n$3\r\n6-1\r\n*2\r\n$1\r\nf\r\n$1\r\n6\r\n',
      },
      LAST_ENTRY_74,
    ),
    'XDEL k 6-1',
    since74(
      'XREAD COUNT 5 STREAMS k +',
      {
        resp2: '*1\r\n*2\r\n$1\r\nk\r\n*1\r\n*2\r\n$3\r\n5-1\r\n*2\r\n$1\r\nf\r\n$1\r\n5\r\n',
        resp3: '%1\r\n$1\r\nk\r\n*1\r\n*2\r\n$3\r\n5-1\r\n*2\r\n$1\r\nf\r\n$1\r\n5\r\n',
      },
      LAST_ENTRY_74,
    ),
    'XTRIM k MAXLEN 0',
    since74('XREAD STREAMS k +', { resp2: '*-1\r\n', resp3: '_\r\n' }, LAST_ENTRY_74),
    since74(
      'XREADGROUP GROUP g c STREAMS k +',
      '-ERR The + ID is meaningless in the context of XREADGROUP: you want to read the history of this consumer by specifying a proper ID, or use the > ID to get new messages. The + ID would just return an empty result set.\r\n',
      LAST_ENTRY_74,
    ),
  ),
  group(
    'bad input',
    FILL,
    `
    SET s v
    XREAD
    XREAD STREAMS k
    XREAD STREAMS
    XREAD COUNT 1 BLOCK 0
    XREAD COUNT 5 k 0
    XREAD k 0 0
    XREAD BLOCK STREAMS k 0
    XREAD NOACK STREAMS k 0
    XREAD GROUP g c STREAMS k 0
    XREAD STREAMS s 0
    XREAD STREAMS k s 0 0
    XREAD STREAMS s k 0 x
    XREAD STREAMS k >
    XREADGROUP
    XREADGROUP GROUP g c STREAMS k
    XREADGROUP GROUP none c STREAMS k >
    XREADGROUP GROUP g c STREAMS none >
    XREADGROUP GROUP g c STREAMS k none > >
    XREADGROUP GROUP g c STREAMS s >
    XREADGROUP GROUP g c STREAMS k $
    XREADGROUP GROUP g c STREAMS k x
    XREADGROUP GROUP g c BLOCK x STREAMS k >
    XREADGROUP GROUP g c COUNT x STREAMS k >
    XREADGROUP COUNT 1 NOACK STREAMS k > x >
    XREADGROUP COUNT 1 NOACK BLOCK 1 STREAMS k >
    XREADGROUP GROUP g STREAMS k >
    XREADGROUP GROUP g c STREAMS k > NOACK >
    XINFO GROUPS k
    XGROUP CREATE s g 0
    XGROUP CREATE none g 0
    XGROUP CREATE none g x
    XGROUP CREATE k g 0
    XGROUP CREATE k g $
    XGROUP CREATE k h x
    XGROUP CREATE k h 0 x
    XGROUP CREATE k h
    XGROUP CREATE k h 0 MKSTREAM ENTRIESREAD
    XGROUP CREATE k h 0 ENTRIESREAD x
    XGROUP CREATE k h 0 ENTRIESREAD -2
    XGROUP CREATE k h 0 MKSTREAM MKSTREAM MKSTREAM MKSTREAM
    XGROUP SETID k none 0
    XGROUP SETID none g 0
    XGROUP SETID s g 0
    XGROUP SETID k g
    XGROUP SETID k g x
    XGROUP SETID k g 0 MKSTREAM
    XGROUP SETID k g 0 ENTRIESREAD 1 ENTRIESREAD 1
    XGROUP SETID k none x
    XGROUP DESTROY none g
    XGROUP DESTROY s g
    XGROUP DESTROY k none
    XGROUP DESTROY k g x
    XGROUP CREATECONSUMER none g c
    XGROUP CREATECONSUMER k none c
    XGROUP CREATECONSUMER s g c
    XGROUP CREATECONSUMER k g
    XGROUP DELCONSUMER none g c
    XGROUP DELCONSUMER k none c
    XGROUP DELCONSUMER k g none
    XGROUP DELCONSUMER s g c
    XGROUP nonsense k g
    XGROUP
    XGROUP HELP
    XGROUP HELP x
    XACK s g 1
    XACK none g 1
    XACK k none 1
    XACK k none x
    XACK k g x
    XACK k g 1 x
    XACK k g
    XPENDING s g
    XPENDING none g
    XPENDING k none
    XPENDING k g -
    XPENDING k g - +
    XPENDING k g - + x
    XPENDING k g x + 1
    XPENDING k g - x 1
    XPENDING k g (18446744073709551615-18446744073709551615 + 1
    XPENDING k g - (0-0 1
    XPENDING k g IDLE 1
    XPENDING k g IDLE 1 - +
    XPENDING k g IDLE x - + 1
    XPENDING k g IDLE 1 - + 1
    XPENDING k g IDLE 1 - + 1 c x
    XPENDING k g IDLE 1 - + 1 c x y
    XPENDING none g x + 1
    XCLAIM s g c 0 1
    XCLAIM none g c 0 1
    XCLAIM k none c 0 1
    XCLAIM k none c x 1
    XCLAIM k g c x 1
    XCLAIM k g c 0 1 nonsense
    XCLAIM k g c 0 1 IDLE
    XCLAIM k g c 0 1 IDLE x
    XCLAIM k g c 0 1 TIME x
    XCLAIM k g c 0 1 RETRYCOUNT x
    XCLAIM k g c 0 1 LASTID x
    XCLAIM k g c 0
    XCLAIM k g c 0 x
    XAUTOCLAIM s g c 0 0
    XAUTOCLAIM none g c 0 0
    XAUTOCLAIM k none c 0 0
    XAUTOCLAIM k g c x 0
    XAUTOCLAIM k g c 0 x
    XAUTOCLAIM k g c 0 (18446744073709551615-18446744073709551615
    XAUTOCLAIM k g c 0 0 COUNT 0
    XAUTOCLAIM k g c 0 0 COUNT -1
    XAUTOCLAIM k g c 0 0 COUNT x
    XAUTOCLAIM k g c 0 0 COUNT
    XAUTOCLAIM k g c 0 0 nonsense
    XAUTOCLAIM k g c 0
    XAUTOCLAIM k g c 0 0 COUNT 9223372036854775807
    XINFO
    XINFO HELP
    XINFO HELP x
    XINFO nonsense
    XINFO STREAM
    XINFO STREAM none
    XINFO STREAM s
    XINFO STREAM k x
    XINFO STREAM k FULL x
    XINFO STREAM k FULL COUNT
    XINFO STREAM k FULL COUNT x
    XINFO STREAM k FULL x 5
    XINFO STREAM none FULL COUNT x
    XINFO GROUPS none
    XINFO GROUPS s
    XINFO GROUPS
    XINFO CONSUMERS none g
    XINFO CONSUMERS k none
    XINFO CONSUMERS s g
    XINFO CONSUMERS k
    `,
    since74(
      'XREAD STREAMS k l 0',
      "-ERR Unbalanced 'xread' list of streams: for each stream key an ID or '$' must be specified.\r\n",
      'the command is named',
    ),
    since74(
      'XREADGROUP GROUP g c STREAMS k l >',
      "-ERR Unbalanced 'xreadgroup' list of streams: for each stream key an ID or '>' must be specified.\r\n",
      'the command is named',
    ),
  ),
  group(
    'groups and consumers',
    `
    XGROUP CREATE new g $ MKSTREAM
    XGROUP CREATE new g $ MKSTREAM
    XGROUP CREATE new h 5-5 ENTRIESREAD 7
    XGROUP CREATE new i 18446744073709551615 ENTRIESREAD -1 MKSTREAM
    XGROUP CREATE new "" 0
    TYPE new
    XLEN new
    XINFO GROUPS new
    XADD new 1-1 f v
    XGROUP SETID new g 1
    XGROUP SETID new g $ ENTRIESREAD 9
    XGROUP SETID new g -
    XGROUP SETID new g +
    XINFO GROUPS new
    XGROUP CREATECONSUMER new g b
    XGROUP CREATECONSUMER new g a
    XGROUP CREATECONSUMER new g a
    XGROUP CREATECONSUMER new g ab
    XINFO GROUPS new
    XGROUP DELCONSUMER new g a
    XGROUP DELCONSUMER new g a
    XGROUP DESTROY new h
    XGROUP DESTROY new h
    XGROUP DESTROY new ""
    XINFO GROUPS new
    XDEL new 1-1
    EXISTS new
    DEL new
    `,
  ),
  group(
    'delivering and acknowledging',
    FILL,
    `
    XREADGROUP GROUP g a COUNT 2 STREAMS k >
    XREADGROUP GROUP g b COUNT 1 STREAMS k >
    XREADGROUP GROUP g b NOACK COUNT 1 STREAMS k >
    XREADGROUP GROUP g a STREAMS k 0
    XREADGROUP GROUP g a COUNT 1 STREAMS k 1
    XREADGROUP GROUP g b STREAMS k 0 COUNT 0
    XREADGROUP GROUP g c STREAMS k 0
    ${STATE}
    `,
    pending('XPENDING k g - + 10', ['1-1', 'a', '3'], ['2-1', 'a', '2'], ['3-1', 'b', '1']),
    pending('XPENDING k g - + 10 a', ['1-1', 'a', '3'], ['2-1', 'a', '2']),
    pending('XPENDING k g IDLE 0 - + 1 b', ['3-1', 'b', '1']),
    pending('XPENDING k g (1-1 (3-1 10', ['2-1', 'a', '2']),
    `
    XPENDING k g - + 0 a
    XPENDING k g - + -5
    XPENDING k g - + 10 none
    XPENDING k g IDLE 100000 - + 10
    XACK k g 1-1 9-9
    XACK k g 1-1
    XACK k g 2-1 2-1 3-1
    ${STATE}
    XREADGROUP GROUP g a COUNT 10 STREAMS k >
    XREADGROUP GROUP g a STREAMS k >
    XREADGROUP GROUP g a BLOCK 1 STREAMS k >
    XREADGROUP GROUP g a BLOCK 0 STREAMS k 0
    XDEL k 5-1
    XREADGROUP GROUP g a STREAMS k 0
    XGROUP SETID k g 0
    XREADGROUP GROUP g b STREAMS k >
    ${STATE}
    shape: XPENDING k g - + 10
    XGROUP DELCONSUMER k g b
    ${STATE}
    XGROUP DESTROY k g
    XADD l 1-1 f v
    XGROUP CREATE l g 0
    XGROUP CREATE k g 0
    XREADGROUP GROUP g a COUNT 1 STREAMS k l > >
    XREADGROUP GROUP g a STREAMS k l 0 >
    XREADGROUP GROUP g a STREAMS l k > 0
    XREADGROUP GROUP g a STREAMS k k > >
    XREADGROUP GROUP g a STREAMS l l > >
    `,
  ),
  group(
    'claiming',
    FILL,
    `
    XREADGROUP GROUP g a COUNT 5 STREAMS k >
    XCLAIM k g b 0 1-1
    XCLAIM k g b 100000 2-1
    XCLAIM k g b -5 2-1
    XCLAIM k g b 0 9-9 1-1 3-1 JUSTID
    XCLAIM k g b 0 6-1
    XCLAIM k g b 0 6-1 FORCE
    XCLAIM k g b 0 6-1 FORCE JUSTID
    XCLAIM k g b 0 9-9 FORCE
    `,
    pending(
      'XPENDING k g - + 10',
      ['1-1', 'b', '2'],
      ['2-1', 'b', '2'],
      ['3-1', 'b', '1'],
      ['4-1', 'a', '1'],
      ['5-1', 'a', '1'],
      ['6-1', 'b', '2'],
    ),
    `
    XCLAIM k g a 0 1-1 RETRYCOUNT 17
    XCLAIM k g a 0 2-1 RETRYCOUNT 0 JUSTID
    XCLAIM k g a 0 3-1 RETRYCOUNT -5
    XCLAIM k g a 0 3-1 RETRYCOUNT 9223372036854775807
    XCLAIM k g a 0 3-1
    XPENDING k g
    `,
    pending('XPENDING k g 1-1 2-1 5', ['1-1', 'a', '17'], ['2-1', 'a', '0']),
    pending('XPENDING k g 3-1 3-1 1 a', ['3-1', 'a', '-9223372036854775808']),
    `
    XCLAIM k g new 0 4-1 IDLE 100000000 justid
    `,
    pending('XPENDING k g IDLE 100000000 4-1 4-1 5', ['4-1', 'new', '1']),
    `
    XPENDING k g IDLE 100000001 - + 5 b
    XCLAIM k g new 0 4-1 TIME 9223372036854775807
    XCLAIM k g new 0 4-1 TIME -1
    XCLAIM k g new 0 4-1 IDLE -9223372036854775808
    XCLAIM k g new 0 4-1 IDLE 9223372036854775807
    XPENDING k g IDLE 100000 - + 5
    XCLAIM k g new 0 4-1 LASTID 5-5
    XCLAIM k g new 0 4-1 LASTID 1-1
    XCLAIM k g new 0 9-9 LASTID 7-7
    XINFO GROUPS k
    XDEL k 1-1
    XCLAIM k g b 0 1-1 2-1
    XPENDING k g
    XTRIM k MAXLEN 2
    XCLAIM k g b 0 2-1 3-1 4-1 5-1 6-1
    ${STATE}
    `,
  ),
  group(
    'claiming what is idle',
    FILL,
    `
    XREADGROUP GROUP g a STREAMS k >
    XAUTOCLAIM k g b 100000 0
    XAUTOCLAIM k g b 0 0 COUNT 2
    XAUTOCLAIM k g b 0 3-1 COUNT 2 JUSTID
    XAUTOCLAIM k g b 0 (3-1 COUNT 1
    XAUTOCLAIM k g b -1 - COUNT 1 COUNT 3 justid
    XAUTOCLAIM k g b 0 9
    XAUTOCLAIM k g b 0 +
    `,
    pending(
      'XPENDING k g - + 10',
      ['1-1', 'b', '2'],
      ['2-1', 'b', '2'],
      ['3-1', 'b', '1'],
      ['4-1', 'b', '2'],
      ['5-1', 'a', '1'],
      ['6-1', 'a', '1'],
    ),
    `
    XDEL k 2-1 4-1
    XAUTOCLAIM k g c 0 0 COUNT 3
    XAUTOCLAIM k g c 0 4 COUNT 1
    XAUTOCLAIM k g c 0 0
    XDEL k 1-1 3-1 5-1 6-1
    XAUTOCLAIM k g b 0 0
    XAUTOCLAIM k g b 0 0
    ${STATE}
    `,
  ),
  group(
    'a consumer is made though there is nothing to claim',
    'XGROUP CREATE k g 0 MKSTREAM',
    'XCLAIM k g a 0 1-1',
    'XAUTOCLAIM k g b 0 0',
    since74('XGROUP CREATECONSUMER k g a', ':0\r\n', CLAIMERS),
    since74('XGROUP CREATECONSUMER k g b', ':0\r\n', CLAIMERS),
  ),
  group(
    'how far groups are',
    FILL,
    `
    XGROUP CREATE k h 3-1
    XGROUP CREATE k i 3-1 ENTRIESREAD 3
    XGROUP CREATE k j $
    XGROUP CREATE k l 1-1
    XGROUP CREATE k m 0-1
    XGROUP CREATE k n 99
    XINFO GROUPS k
    XREADGROUP GROUP h c COUNT 1 STREAMS k >
    XREADGROUP GROUP i c COUNT 1 STREAMS k >
    XREADGROUP GROUP l c COUNT 1 STREAMS k >
    XREADGROUP GROUP m c COUNT 2 STREAMS k >
    XINFO GROUPS k
    XDEL k 5-1
    XINFO GROUPS k
    XREADGROUP GROUP i c STREAMS k >
    XREADGROUP GROUP m c STREAMS k >
    XINFO GROUPS k
    XADD k 7-1 f v
    XREADGROUP GROUP h c STREAMS k >
    XINFO GROUPS k
    `,
  ),
  group(
    'how far groups are in a trimmed stream',
    FILL,
    `
    XGROUP CREATE k h 3-1
    XGROUP CREATE k i 3-1 ENTRIESREAD 3
    XGROUP CREATE k j $
    XTRIM k MAXLEN 4
    XINFO GROUPS k
    XREADGROUP GROUP h c COUNT 1 STREAMS k >
    XREADGROUP GROUP i c COUNT 1 STREAMS k >
    XREADGROUP GROUP g c COUNT 1 STREAMS k >
    XINFO GROUPS k
    XTRIM k MAXLEN 1
    XINFO GROUPS k
    XTRIM k MAXLEN 0
    XINFO GROUPS k
    XADD k 8-1 f v
    XINFO GROUPS k
    XREADGROUP GROUP i c STREAMS k >
    XINFO GROUPS k
    XSETID k 9-1 ENTRIESADDED 9223372036854775807 MAXDELETEDID 0-5
    XINFO GROUPS k
    XADD k 10-1 f v
    XINFO GROUPS k
    XGROUP SETID k g 8-1 ENTRIESREAD 9223372036854775806
    XINFO GROUPS k
    XREADGROUP GROUP g c STREAMS k >
    XINFO GROUPS k
    `,
  ),
  group(
    'a deleted entry behind which nothing is left',
    FILL,
    `
    XREADGROUP GROUP g c COUNT 2 STREAMS k >
    XDEL k 4-1
    XTRIM k MINID 5
    `,
    since74(
      'XINFO GROUPS k',
      {
        resp2: `*1\r\n*12\r\n${LAG_UNKNOWN}$-1\r\n`,
        resp3: `*1\r\n%6\r\n${LAG_UNKNOWN}_\r\n`,
      },
      'there was an entry that the group has not read',
    ),
  ),
  group(
    'XINFO STREAM',
    'XGROUP CREATE k g 0 MKSTREAM',
    matching('XINFO STREAM k', /length/),
    'shape: XINFO STREAM k',
    'XINFO STREAM k FULL',
    'DEL k',
    FILL,
    'XINFO STREAM k',
    'XINFO STREAM k FULL COUNT 2',
    'XINFO STREAM k FULL COUNT 0',
    'XINFO STREAM k FULL COUNT -1',
    'XDEL k 1-1 3-1 6-1',
    'XINFO STREAM k',
    'XINFO STREAM k FULL',
    'XTRIM k MAXLEN 1',
    'XINFO STREAM k',
    'XDEL k 5-1 4-1',
    `
    XGROUP CREATE k h 4-4 ENTRIESREAD 2
    XGROUP CREATE k i $
    XSETID k 10-10
    `,
    'XINFO STREAM k FULL COUNT 1',
  ),
]);

differential('streams: waiting', [
  group(
    'woken by entries',
    `
    client B: blocks: XREAD BLOCK 0 STREAMS k $
    XADD k 1-1 f v
    client B: blocks: XREAD BLOCK 0 COUNT 5 STREAMS none k 0 1-1
    XADD k 2-1 f v
    client B: blocks: XREAD BLOCK 0 STREAMS k other $ 5
    XADD other 1-1 f v
    XADD other 5-1 f v
    client B: blocks: XREAD BLOCK 0 STREAMS k 7
    XADD k 6-1 f v
    XADD k 8-1 f v
    client B: PING
    XGROUP CREATE k g $
    client B: blocks: XREADGROUP GROUP g b BLOCK 0 STREAMS k >
    client C: blocks: XREADGROUP GROUP g c BLOCK 0 STREAMS k >
    client D: blocks: XREAD BLOCK 0 STREAMS k $
    XADD k 9-1 f v
    XADD k 9-2 f v
    client B: PING
    client C: PING
    client D: PING
    `,
    pending('XPENDING k g - + 10', ['9-1', 'b', '1'], ['9-2', 'c', '1']),
    `
    XGROUP CREATE new g $ MKSTREAM
    client B: blocks: XREADGROUP GROUP g b NOACK BLOCK 0 COUNT 1 STREAMS new k > >
    XADD new 1-1 f v
    XINFO GROUPS new
    client B: blocks: XREAD BLOCK 50 STREAMS k $
    client B: blocks: XREADGROUP GROUP g b BLOCK 50 STREAMS k >
    client B: PING
    XPENDING k g
    `,
  ),
  group(
    'not woken by what is no entry for them',
    `
    client B: blocks: XREAD BLOCK 0 STREAMS k 0
    SET k v
    DEL k
    RPUSH k a
    DEL k
    XGROUP CREATE k g 0 MKSTREAM
    XADD k 1-1 f v
    client B: PING
    client B: blocks: XREAD BLOCK 0 STREAMS k $
    XDEL k 1-1
    DEL k
    XADD k 1-1 f v
    XADD k 1-2 f v
    client B: PING
    client B: blocks: XREAD BLOCK 0 STREAMS l 0
    client C: blocks: BLPOP l 0
    RPUSH l x
    XADD l 1-1 f v
    client B: PING
    client C: PING
    XADD from 1-1 f v
    client B: blocks: XREAD BLOCK 0 STREAMS renamed 0
    RENAME from renamed
    client B: PING
    client B: blocks: XREAD BLOCK 0 STREAMS copied 0
    COPY renamed copied
    client B: PING
    `,
  ),
  group(
    'the group or the key goes',
    `
    XGROUP CREATE k g $ MKSTREAM
    XGROUP CREATE k other $
    `,
    since74('client B: blocks: XREADGROUP GROUP g b BLOCK 0 STREAMS k >', NO_GROUP, RUN_AGAIN),
    'client C: blocks: XREADGROUP GROUP other b BLOCK 0 STREAMS k >',
    `
    XGROUP DESTROY k g
    client B: PING
    XADD k 1-1 f v
    client C: PING
    XGROUP CREATE k g $
    `,
    since74('client B: blocks: XREADGROUP GROUP g b BLOCK 0 STREAMS k >', NO_GROUP, RUN_AGAIN),
    'DEL k',
    'client B: PING',
    'XGROUP CREATE k g $ MKSTREAM',
    since74('client B: blocks: XREADGROUP GROUP g b BLOCK 0 STREAMS k >', WRONG_TYPE, RUN_AGAIN),
    'SET k v',
    'client B: PING',
    'DEL k',
    'XGROUP CREATE k g $ MKSTREAM',
    since74('client B: blocks: XREADGROUP GROUP g b BLOCK 0 STREAMS k >', NO_GROUP, RUN_AGAIN),
    'FLUSHALL',
    'client B: PING',
    `
    XGROUP CREATE from g $ MKSTREAM
    XADD from 1-1 f v
    XGROUP CREATE to g $ MKSTREAM
    client B: blocks: XREADGROUP GROUP g b BLOCK 0 STREAMS to >
    RENAME from to
    `,
    'XADD to 2-1 f v',
    'client B: PING',
  ),
]);
