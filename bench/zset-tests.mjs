// Rows of `npm run bench` on sorted sets and places. `once`: the setup is run before the first measurement only.

const MEMBERS = 1_000_000;
const PLACES = 100_000;
const BATCH = 1000;

/** The number that redis-benchmark writes for __rand_int__. */
const padded = (n) => String(n).padStart(12, '0');
/** A fixed permutation of 0 … MEMBERS - 1: scores in another order than members. */
const shuffled = (i) => (i * 7_654_321) % MEMBERS;

/** Commands `name key …` with BATCH elements each. */
function batches(name, key, count, element) {
  return Array.from({ length: count / BATCH }, (_, batch) => [
    name,
    key,
    ...Array.from({ length: BATCH }, (_, i) => element(batch * BATCH + i)).flat(),
  ]);
}

const million = batches('ZADD', 'zset:1M', MEMBERS, (i) => [String(shuffled(i)), `member:${padded(i)}`]);
/** Evenly spread over ten degrees each way, about 70 of them within 15 km of each. */
const places = batches('GEOADD', 'geo:100K', PLACES, (i) => [
  (10 + ((i * 0.7548776662466927) % 1) * 10).toFixed(6),
  (30 + ((i * 0.5698402909980532) % 1) * 10).toFixed(6),
  `place:${padded(i)}`,
]);

const onMillion = (weight, ...command) => ({
  args: ['-r', String(MEMBERS), command[0], 'zset:1M', ...command.slice(1)],
  weight,
  setup: million,
  once: 'zset:1M',
});

export const zsetTests = {
  ZADD: onMillion(2, 'ZADD', '__rand_int__', 'member:__rand_int__'),
  ZINCRBY: onMillion(2, 'ZINCRBY', '1', 'member:__rand_int__'),
  ZSCORE: onMillion(1, 'ZSCORE', 'member:__rand_int__'),
  ZRANK: onMillion(2, 'ZRANK', 'member:__rand_int__'),
  ZRANGE_100: onMillion(10, 'ZRANGE', '500000', '500099'),
  ZRANGEBYSCORE: onMillion(4, 'ZRANGEBYSCORE', '__rand_int__', '+inf', 'LIMIT', '0', '10'),
  GEOSEARCH: {
    args: `-r ${PLACES} GEOSEARCH geo:100K FROMMEMBER place:__rand_int__ BYRADIUS 15 km ASC COUNT 10`.split(' '),
    weight: 40,
    setup: places,
    once: 'geo:100K',
  },
};
