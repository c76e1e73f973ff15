// Rows of `npm run bench` for sets and hashes. `__rand_int__` is a number of 12 digits below the number of keys.
const MEMBERS = 100_000;
/** Popped in one round at most. */
const POPPED = 200_000;

const member = (n) => `member:${String(n).padStart(12, '0')}`;

/** `command key ...elements` with a hundred elements at a time. */
function filled(command, key, elements) {
  const commands = [['DEL', key]];
  for (let i = 0; i < elements.length; i += 100) commands.push([command, key, ...elements.slice(i, i + 100)]);
  return commands;
}

const numbered = (count, from = 0) => Array.from({ length: count }, (_, i) => from + i);
const members = numbered(MEMBERS).map(member);
const fields = members.flatMap((name) => [name, `value of ${name}`]);
const small = numbered(20).flatMap((n) => [`field:${n}`, `value ${n} of twenty`]);

/** In the form of bench.mjs's own. */
export const setTests = {
  SADD: { args: ['SADD', 'set:add', 'member:__rand_int__'], weight: 1 },
  SISMEMBER: {
    setup: filled('SADD', 'set:is', members),
    args: ['SISMEMBER', 'set:is', 'member:__rand_int__'],
    weight: 1,
  },
  SPOP: { setup: filled('SADD', 'set:pop', numbered(POPPED).map(member)), args: ['SPOP', 'set:pop'], weight: 5 },
  SINTER_1000: {
    setup: [
      ...filled('SADD', 'set:a', numbered(1000).map(member)),
      ...filled('SADD', 'set:b', numbered(1000, 500).map(member)),
    ],
    args: ['SINTER', 'set:a', 'set:b'],
    weight: 50,
  },
  HSET: { args: ['HSET', 'hash:set', 'field:__rand_int__', 'a value of twenty-one'], weight: 1 },
  HGET: { setup: filled('HSET', 'hash:get', fields), args: ['HGET', 'hash:get', 'member:__rand_int__'], weight: 1 },
  HGETALL_20: { setup: filled('HSET', 'hash:all', small), args: ['HGETALL', 'hash:all'], weight: 5 },
  HINCRBY: { args: ['HINCRBY', 'hash:incr', 'field:__rand_int__', '1'], weight: 1 },
  HGET_SMALL: { setup: filled('HSET', 'hash:small', small), args: ['HGET', 'hash:small', 'field:10'], weight: 1 },
};
