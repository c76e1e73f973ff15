/** Debian's python3-redis drives the server; skipped where it is not installed, in continuous integration too. */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runCommand } from '../support/programs.ts';
import { startGraftis, type TestServer } from '../support/server.ts';

// Debian's own interpreter: another one on the path does not see Debian's packages.
const PYTHON = '/usr/bin/python3';
const installed = spawnSync(PYTHON, ['-c', 'import redis'], { stdio: 'ignore' }).status === 0;
if (!installed) console.warn('skipping the test that needs python3-redis: not installed');

const PROGRAM = `
import sys, threading, time
import redis

port = int(sys.argv[1])
r = redis.Redis(port=port, decode_responses=True)
r.flushall()
assert r.set('s', 'value', ex=100) is True and r.get('s') == 'value' and 90 < r.ttl('s') <= 100
raw = redis.Redis(port=port)
assert raw.set('binary', bytes(range(256))) and raw.get('binary') == bytes(range(256))
assert r.hset('h', mapping={'a': 1, 'b': 2}) == 2 and r.hgetall('h') == {'a': '1', 'b': '2'}
assert r.rpush('l', 1, 2, 3) == 3 and r.lrange('l', 0, -1) == ['1', '2', '3']
assert r.sadd('set', 'x', 'y') == 2 and r.smembers('set') == {'x', 'y'}
assert r.zadd('z', {'one': 1, 'two': 2.5}) == 2
assert r.zrange('z', 0, -1, withscores=True) == [('one', 1.0), ('two', 2.5)]
assert r.geoadd('geo', (13.361389, 38.115556, 'Palermo')) == 1 and len(r.geopos('geo', 'Palermo')) == 1
assert r.pfadd('hll', 'a', 'b') == 1 and r.pfcount('hll') == 2
entry = r.xadd('stream', {'field': 'value'})
assert r.xread({'stream': 0}) == [['stream', [(entry, {'field': 'value'})]]]
assert r.xgroup_create('stream', 'group', id='0') and r.xack('stream', 'group', entry) == 0
assert r.xinfo_stream('stream')['length'] == 1

with r.pipeline() as p:
    p.set('p', 1).incr('p').get('p')
    assert p.execute() == [True, 2, '2']
with r.pipeline() as p:
    p.watch('p')
    r.set('p', 'changed')
    p.multi()
    p.set('p', 'mine')
    try:
        p.execute()
        raise AssertionError('the watched key had changed')
    except redis.WatchError:
        pass
assert set(r.scan_iter('s*')) == {'s', 'set', 'stream'}

subscriber = r.pubsub(ignore_subscribe_messages=True)
subscriber.subscribe('news')
subscriber.psubscribe('n*')
subscriber.get_message(timeout=5), subscriber.get_message(timeout=5)
assert r.publish('news', 'hello') == 2
kinds = [subscriber.get_message(timeout=5)['type'] for _ in range(2)]
assert kinds == ['message', 'pmessage'], kinds

popped = []
waiting = threading.Thread(target=lambda: popped.append(redis.Redis(port=port).blpop('queue', 10)))
waiting.start()
while r.info('clients')['blocked_clients'] == 0:
    time.sleep(0.01)
r.rpush('queue', 'job')
waiting.join()
assert popped == [(b'queue', b'job')], popped

try:
    r.lpush('s', 'x')
    raise AssertionError('a string is no list')
except redis.ResponseError as error:
    assert str(error).startswith('WRONGTYPE')
other = redis.Redis(port=port, db=3)
other.set('three', 3)
r.client_kill_filter(_id=other.client_id())
# It connects again when it has noticed the end of the connection.
while True:
    try:
        assert other.get('three') == b'3'
        break
    except redis.ConnectionError:
        time.sleep(0.01)
assert r.config_get('maxmemory') == {'maxmemory': '0'} and r.info('server')['redis_mode'] == 'standalone'
assert r.command_count() > 200 and 'get' in r.command()
print('all is well')
`;

describe.skipIf(!installed)('python3-redis', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startGraftis();
  });
  afterAll(() => server?.stop());

  test('a program', async () => {
    const file = join(server.dir, 'program.py');
    writeFileSync(file, PROGRAM);
    const { status, output } = await runCommand(PYTHON, [file, String(server.port)], server.dir);
    expect(output).toBe('all is well\n');
    expect(status).toBe(0);
  });
});
