/** TLS: ports, certificates of both sides, protocols and ciphers, changes at run time, and what is said of bad files. */
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import type { ConnectionOptions, TLSSocket } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { GraftisServer } from '../src/index.ts';
import { commandExists } from './support/availability.ts';
import { keyPem, makeCertificate } from './support/certificates.ts';
import { redisCli } from './support/redis-cli.ts';
import { RespClient, RespError } from './support/resp.ts';
import { freePort, startGraftis, subjectIsOracle, type TestServer, until } from './support/server.ts';
import { tlsDirectives, tlsFiles, tlsSocket } from './support/tls.ts';

const ANONYMOUS: ConnectionOptions = { cert: undefined, key: undefined };

/** Whether a client is served that connects like this; TLS 1.3 refuses a certificate after the client's handshake. */
async function served(port: number, options: ConnectionOptions = {}): Promise<boolean> {
  let socket: TLSSocket;
  try {
    socket = await tlsSocket(port, options);
  } catch {
    return false;
  }
  socket.on('error', () => {});
  const client = RespClient.on(socket);
  try {
    return (await client.call('PING')) === 'PONG';
  } catch {
    return false;
  } finally {
    client.destroy();
  }
}

describe.skipIf(subjectIsOracle)('a server with both ports', () => {
  const files = tlsFiles();
  let server: TestServer;
  let port: number;
  let client: RespClient;
  beforeAll(async () => {
    port = await freePort();
    server = await startGraftis(tlsDirectives(port));
    client = await RespClient.connect({ port: server.port, host: '127.0.0.1' });
  });
  afterAll(async () => {
    client.destroy();
    await server.stop();
  });

  const config = (...pairs: string[]): Promise<unknown> => client.call('CONFIG', 'SET', ...pairs);

  test('serves both', async () => {
    const secure = RespClient.on(await tlsSocket(port));
    expect(await secure.call('SET', 'k', 'v')).toBe('OK');
    expect(await client.call('GET', 'k')).toBe('v');
    expect(String(await client.call('INFO', 'server'))).toMatch(
      `listener0:name=tcp,bind=127.0.0.1,port=${server.port}\r\nlistener1:name=tls,bind=127.0.0.1,port=${port}\r\n`,
    );
    await server.logged('Ready to accept connections tls');
    expect(String(await secure.call('CLIENT', 'INFO'))).toMatch(`laddr=127.0.0.1:${port} fd=`);
    secure.destroy();
  });

  test('takes and gives large values, pipelines, and messages', async () => {
    const secure = RespClient.on(await tlsSocket(port));
    const value = 'x'.repeat(5_000_000);
    expect(await secure.call('SET', 'large', value)).toBe('OK');
    expect(await secure.call('GET', 'large')).toBe(value);
    const pings = await secure.pipeline(Array.from({ length: 5000 }, (_, i) => ['ECHO', String(i)]));
    expect(pings).toEqual(Array.from({ length: 5000 }, (_, i) => String(i)));
    await secure.call('SUBSCRIBE', 'c');
    expect(await client.call('PUBLISH', 'c', 'm')).toBe(1);
    expect(await secure.read()).toEqual(['message', 'c', 'm']);
    secure.destroy();
  });

  test('answers what was sent before the end of input, and notices the end', async () => {
    const secure = RespClient.on(await tlsSocket(port));
    secure.send('ECHO', 'last');
    secure.endInput();
    expect((await secure.readToEnd()).toString()).toBe('$4\r\nlast\r\n');
    await until(async () => !String(await client.call('CLIENT', 'LIST')).includes(`laddr=127.0.0.1:${port}`));
  });

  test('wakes blocked clients', async () => {
    const secure = RespClient.on(await tlsSocket(port));
    secure.send('BLPOP', 'list', '0');
    await until(async () => String(await client.call('INFO', 'clients')).includes('blocked_clients:1'));
    await client.call('RPUSH', 'list', 'e');
    expect(await secure.read()).toEqual(['list', 'e']);
    secure.destroy();
  });

  test('refuses plain requests on the TLS port, and says so in the log', async () => {
    const plain = connect({ port, host: '127.0.0.1' });
    await once(plain, 'connect');
    plain.on('error', () => {});
    plain.write('PING\r\n');
    plain.resume();
    await once(plain, 'close');
    await server.logged(/Error accepting a client connection: .*(addr=127\.0\.0\.1:\d+)/);
  });

  test('tls-auth-clients', async () => {
    const stranger = makeCertificate('stranger', makeCertificate('other authority', null));
    const strange = { cert: stranger.cert, key: keyPem(stranger) };
    const outcomes: Record<string, boolean[]> = {};
    for (const value of ['yes', 'optional', 'no']) {
      expect(await config('tls-auth-clients', value)).toBe('OK');
      outcomes[value] = [await served(port), await served(port, ANONYMOUS), await served(port, strange)];
    }
    expect(outcomes).toEqual({ yes: [true, false, false], optional: [true, true, false], no: [true, true, true] });
    await config('tls-auth-clients', 'yes');
  });

  test('tls-protocols', async () => {
    const with_ = (version: 'TLSv1.2' | 'TLSv1.3') => served(port, { minVersion: version, maxVersion: version });
    expect([await with_('TLSv1.2'), await with_('TLSv1.3')]).toEqual([true, true]);
    await config('tls-protocols', 'tlsv1.2');
    expect([await with_('TLSv1.2'), await with_('TLSv1.3')]).toEqual([true, false]);
    await config('tls-protocols', 'TLSv1.3');
    expect([await with_('TLSv1.2'), await with_('TLSv1.3')]).toEqual([false, true]);
    expect(await config('tls-protocols', 'TLSv9')).toBeInstanceOf(RespError);
    await server.logged('Invalid tls-protocols specified.');
    expect([await with_('TLSv1.2'), await with_('TLSv1.3')]).toEqual([false, true]);
    expect(await config('tls-protocols', '')).toBe('OK');
  });

  test('tls-ciphers, tls-ciphersuites and whose order counts', async () => {
    const cipher = async (options: ConnectionOptions): Promise<string> => {
      const socket = await tlsSocket(port, options);
      const { standardName } = socket.getCipher();
      socket.destroy();
      return standardName;
    };
    const old: ConnectionOptions = { maxVersion: 'TLSv1.2' };
    const [first, second] = ['ECDHE-ECDSA-AES128-GCM-SHA256', 'ECDHE-ECDSA-AES256-GCM-SHA384'];
    await config('tls-ciphers', `${first}:${second}`);
    expect(await cipher({ ...old, ciphers: `${second}:${first}` })).toMatch('AES_256');
    await config('tls-prefer-server-ciphers', 'yes');
    expect(await cipher({ ...old, ciphers: `${second}:${first}` })).toMatch('AES_128');
    await config('tls-ciphers', second!);
    expect(await served(port, { ...old, ciphers: first })).toBe(false);
    expect(await served(port)).toBe(true);
    await config('tls-ciphersuites', 'TLS_CHACHA20_POLY1305_SHA256');
    expect(await cipher({})).toBe('TLS_CHACHA20_POLY1305_SHA256');
    for (const name of ['tls-ciphers', 'tls-ciphersuites']) {
      expect(String(await config(name, 'NO_SUCH'))).toMatch('Unable to update TLS configuration. Check server logs.');
    }
    await server.logged('Failed to configure ciphers: NO_SUCH');
    await config('tls-ciphers', '', 'tls-ciphersuites', '', 'tls-prefer-server-ciphers', 'no');
  });

  test('sessions are resumed as far as the directives allow', async () => {
    /** Whether a second connection goes on with the session of the first. */
    const resumes = async (options: ConnectionOptions): Promise<boolean> => {
      const socket = await tlsSocket(port, options);
      const session = socket.getSession() ?? (await once(socket, 'session'))[0];
      const again = await tlsSocket(port, { ...options, session });
      const resumed = again.isSessionReused();
      socket.destroy();
      again.destroy();
      return resumed;
    };
    const SSL_OP_NO_TICKET = 1 << 14;
    const withTicket: ConnectionOptions = { maxVersion: 'TLSv1.2' };
    const withId: ConnectionOptions = { maxVersion: 'TLSv1.2', secureOptions: SSL_OP_NO_TICKET };
    expect([await resumes(withTicket), await resumes(withId)]).toEqual([true, true]);
    await config('tls-session-caching', 'no');
    expect([await resumes(withTicket), await resumes(withId)]).toEqual([false, false]);
    await config('tls-session-caching', 'yes', 'tls-session-cache-size', '1');
    const socket = await tlsSocket(port, withId);
    const other = await tlsSocket(port, withId);
    const late = await tlsSocket(port, { ...withId, session: socket.getSession() });
    expect(late.isSessionReused()).toBe(false);
    for (const each of [socket, other, late]) each.destroy();
    await config('tls-session-cache-size', '20480');
  });

  test('files are read again, all or nothing', async () => {
    const renewed = makeCertificate('renewed', files.authority);
    const cert = join(server.dir, 'renewed.crt');
    const key = join(server.dir, 'renewed.key');
    writeFileSync(cert, renewed.cert);
    writeFileSync(key, keyPem(renewed, 'secret'));
    const nameOf = async (): Promise<unknown> => {
      const socket = await tlsSocket(port);
      const { subject } = socket.getPeerCertificate();
      socket.destroy();
      return subject.CN;
    };
    const open = RespClient.on(await tlsSocket(port));
    const refused = 'Unable to update TLS configuration. Check server logs.';
    // The key has a passphrase; the certificate belongs to another; there is no file; no certificate is in it.
    expect(String(await config('tls-cert-file', cert, 'tls-key-file', key))).toMatch(refused);
    expect(String(await config('tls-cert-file', cert))).toMatch(refused);
    expect(String(await config('tls-cert-file', '/no/such/file'))).toMatch(refused);
    expect(String(await config('tls-ca-cert-file', key))).toMatch(refused);
    expect(await nameOf()).toBe('server');
    expect(await client.call('CONFIG', 'GET', 'tls-cert-file')).toEqual(['tls-cert-file', files.certFile]);
    for (const text of [`Failed to load private key: ${key}`, 'Failed to load certificate: /no/such/file: ']) {
      await server.logged(text);
    }
    await server.logged(`Failed to configure CA certificate(s) file/directory: ${key}`);

    expect(await config('tls-key-file-pass', 'secret')).toBe('OK');
    expect(await config('tls-cert-file', cert, 'tls-key-file', key)).toBe('OK');
    expect(await nameOf()).toBe('renewed');
    // The same names again: the files may be others.
    const third = makeCertificate('third', files.authority);
    writeFileSync(cert, third.cert);
    writeFileSync(key, keyPem(third));
    expect(await config('tls-cert-file', cert)).toBe('OK');
    expect(await nameOf()).toBe('third');
    expect(await open.call('PING')).toBe('PONG');
    open.destroy();
  });

  test('authorities may be a folder', async () => {
    const authority = makeCertificate('second authority', null);
    const guest = makeCertificate('guest', authority);
    const folder = join(server.dir, 'authorities');
    mkdirSync(folder);
    writeFileSync(join(folder, 'second.pem'), authority.cert);
    writeFileSync(join(folder, 'README'), 'nothing');
    const identity = { cert: guest.cert, key: keyPem(guest) };
    expect(await served(port, identity)).toBe(false);
    expect(await config('tls-ca-cert-dir', folder)).toBe('OK');
    expect([await served(port, identity), await served(port)]).toEqual([true, true]);
    expect(await config('tls-ca-cert-file', '')).toBe('OK');
    expect([await served(port, identity), await served(port)]).toEqual([true, false]);
    expect(String(await config('tls-ca-cert-dir', ''))).toMatch('Unable to update TLS configuration');
    await server.logged('Either tls-ca-cert-file or tls-ca-cert-dir must be specified');
    await config('tls-ca-cert-file', files.caFile, 'tls-ca-cert-dir', '');
  });

  test('ports come and go', async () => {
    const old = server.port;
    expect(await config('tls-port', '0')).toBe('OK');
    expect(await served(port)).toBe(false);
    // The plain port's number is TLS's now.
    expect(await config('port', '0')).toBe('OK');
    expect(await config('tls-port', String(old))).toBe('OK');
    expect(await served(old)).toBe(true);
    expect(await config('tls-port', String(port))).toBe('OK');
    expect(await config('port', String(old))).toBe('OK');
    expect(await served(port)).toBe(true);
    expect(await config('bind', '127.0.0.1 -::1')).toBe('OK');
    expect(await served(port)).toBe(true);
    const again = await RespClient.connect({ port: old, host: '127.0.0.1' });
    expect(await again.call('PING')).toBe('PONG');
    expect(String(await again.call('CONFIG', 'SET', 'tls-port', String(old)))).toMatch('Unable to listen on this port');
    again.destroy();
    expect(await served(port)).toBe(true);
  });

  test.skipIf(!commandExists('redis-cli'))('redis-cli --tls', async () => {
    const identity = ['--cacert', files.caFile, '--cert', files.clientCertFile, '--key', files.clientKeyFile];
    const { stdout, status } = await redisCli(port, ['--tls', ...identity, 'ECHO', 'hello']);
    expect([stdout, status]).toEqual(['hello\n', 0]);
  });
});

describe.skipIf(subjectIsOracle)('a server does not start', () => {
  const files = tlsFiles();
  const CASES: readonly (readonly [string, Record<string, string>, RegExp])[] = [
    ['without a certificate', { 'tls-cert-file': '' }, /No tls-cert-file configured!/],
    ['without a key', { 'tls-key-file': '' }, /No tls-key-file configured!/],
    ['without authorities', { 'tls-ca-cert-file': '' }, /Either tls-ca-cert-file or tls-ca-cert-dir must be specified/],
    [
      'with a file that is not there',
      { 'tls-cert-file': '/no/file' },
      /Failed to load certificate: \/no\/file: ENOENT/,
    ],
    ['with a key that is none', { 'tls-key-file': files.caFile }, /Failed to load private key: .*ca\.crt: /],
    ['with a key of another', { 'tls-key-file': files.clientKeyFile }, /Failed to load private key: .*client\.key: /],
    ['with protocols that nobody knows', { 'tls-protocols': 'SSLv3' }, /Invalid tls-protocols specified\./],
    ['with ciphers that nobody knows', { 'tls-ciphers': 'NONE_SUCH' }, /Failed to configure ciphers: NONE_SUCH: /],
    [
      'with bad parameters',
      { 'tls-dh-params-file': files.caFile },
      /Failed to load Diffie-Hellman params: .*ca\.crt: /,
    ],
  ];

  test.each(CASES)('%s', async (_, directives, reason) => {
    const started = startGraftis({ ...tlsDirectives(await freePort()), ...directives });
    const error = await started.then(
      () => new Error('it started'),
      (cause: Error) => cause,
    );
    expect(error.message).toMatch(reason);
    expect(error.message).toMatch('Failed to configure TLS. Check logs for more info.');
  });
});

test('an embedded server speaks TLS, and plain TCP only where it is asked to', async () => {
  const tlsPort = await freePort();
  const server = await GraftisServer.start({ port: 0, bind: '127.0.0.1', ...tlsDirectives(tlsPort) });
  expect(server.port).toBe(0);
  expect(await served(tlsPort)).toBe(true);
  const open = await tlsSocket(tlsPort);
  // A handshake that never ends does not hold the server up.
  const idle = connect({ port: tlsPort, host: '127.0.0.1' });
  await once(idle, 'connect');
  await server.close();
  open.destroy();
  await once(idle.resume(), 'close');
  expect(await served(tlsPort)).toBe(false);
  const wrong = GraftisServer.start({ port: 0, ...tlsDirectives(tlsPort), 'tls-key-file': '/none' });
  await expect(wrong).rejects.toThrow('Failed to configure TLS. Check logs for more info.');
});
