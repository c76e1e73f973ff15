/** DEBUG PROTOCOL: a reply of each type, for tests of client libraries. */
import type { CommandClient } from '../command-client.ts';

function numbers(c: CommandClient, header: 'array' | 'set'): void {
  const { out } = c;
  out[header](3);
  for (let i = 0; i < 3; i++) out.integer(i);
}

const REPLIES = new Map<string, (c: CommandClient) => void>(
  Object.entries({
    string: (c: CommandClient) => c.out.bulkText('Hello World'),
    integer: (c: CommandClient) => c.out.integer(12345),
    double: (c: CommandClient) => c.out.doubleText('3.141'),
    bignum: (c: CommandClient) => c.out.bigNumber('1234567999999999999999999999999999999'),
    null: (c: CommandClient) => c.out.nullBulk(),
    array: (c: CommandClient) => numbers(c, 'array'),
    set: (c: CommandClient) => numbers(c, 'set'),
    map(c: CommandClient) {
      c.out.map(3);
      for (let i = 0; i < 3; i++) {
        c.out.integer(i);
        c.out.bool(i === 1);
      }
    },
    attrib(c: CommandClient) {
      const { out } = c;
      if (c.resp === 3) {
        out.attribute(1);
        out.bulkText('key-popularity');
        out.array(2);
        out.bulkText('key:123');
        out.integer(90);
      }
      out.bulkText('Some real reply following the attribute');
    },
    push(c: CommandClient) {
      const { out } = c;
      if (c.resp < 3) return out.error('ERR RESP2 is not supported by this command');
      out.push(2);
      out.bulkText('server-cpu-usage');
      out.integer(42);
      out.bulkText('Some real reply following the push reply');
    },
    true: (c: CommandClient) => c.out.bool(true),
    false: (c: CommandClient) => c.out.bool(false),
    verbatim: (c: CommandClient) => c.out.verbatim('txt', 'This is a verbatim\nstring'),
  }),
);

export function debugProtocol(c: CommandClient): void {
  const reply = REPLIES.get(c.args.latin1(2).toLowerCase());
  if (reply !== undefined) return reply(c);
  c.out.error(
    'ERR Wrong protocol type name. Please use one of the following: ' +
      'string|integer|double|bignum|null|array|set|map|attrib|push|verbatim|true|false',
  );
}
