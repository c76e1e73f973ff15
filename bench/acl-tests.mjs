// Rows of `npm run bench` on users: GET under one of twenty rules, whose key pattern is the last of ten. The row GET is
// the default user's.

const RULES = [
  [
    'on',
    '>secret',
    '~user:*',
    '~session:*',
    '~cart:*',
    '%R~config:*',
    '%R~product:*',
    '%W~log:*',
    '~queue:*',
    '~rate:*',
  ],
  ['~lock:*', '~key:*', '&news:*', '+@read', '+@write', '+@connection', '-@dangerous', '-keys', '+info', '+config|get'],
].flat();

export const aclTests = {
  GET_ACL: {
    args: ['--user', 'app', '-a', 'secret', '-t', 'get'],
    weight: 1,
    setup: [['ACL', 'SETUSER', 'app', 'reset', ...RULES]],
  },
};
