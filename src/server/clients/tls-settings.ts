/**
 * What the tls-* directives say, as settings for the transport. Whatever is wrong is thrown with the words that Redis has
 * for it in its log.
 */
import { constants, createPrivateKey, X509Certificate } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createSecureContext, type SecureVersion, type TlsOptions } from 'node:tls';
import type { Config } from '../../config/config.ts';
import type { TlsSettings } from '../../net/tls-acceptor.ts';

/** The directives that have a new context made, but for the port. */
export const TLS_DIRECTIVES: readonly string[] = [
  'tls-auth-clients',
  'tls-prefer-server-ciphers',
  'tls-session-caching',
  'tls-session-cache-size',
  'tls-session-cache-timeout',
  'tls-cert-file',
  'tls-key-file',
  'tls-key-file-pass',
  'tls-dh-params-file',
  'tls-ca-cert-file',
  'tls-ca-cert-dir',
  'tls-protocols',
  'tls-ciphers',
  'tls-ciphersuites',
];

const VERSIONS: readonly SecureVersion[] = ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'];
/** OpenSSL's own choice of ciphers up to TLS 1.2, and of suites of TLS 1.3. */
const DEFAULT_CIPHERS = 'DEFAULT';
const DEFAULT_SUITES = 'TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256';
const SESSION_CONTEXT = 'graftis';
/** Options that leave a version out: for gaps between the lowest and the highest. */
const WITHOUT: Readonly<Record<string, number>> = {
  'TLSv1.1': constants.SSL_OP_NO_TLSv1_1,
  'TLSv1.2': constants.SSL_OP_NO_TLSv1_2,
};

/** Reads the directives and the files they name. */
export function tlsSettings(config: Config): TlsSettings {
  const clients = config.enumValue('tls-auth-clients') as TlsSettings['clients'];
  const caching = config.bool('tls-session-caching');
  const certFile = config.str('tls-cert-file');
  const keyFile = config.str('tls-key-file');
  if (certFile === '') throw new Error('No tls-cert-file configured!');
  if (keyFile === '') throw new Error('No tls-key-file configured!');
  if (config.str('tls-ca-cert-file') === '' && config.str('tls-ca-cert-dir') === '' && clients !== 'no') {
    throw new Error(
      'Either tls-ca-cert-file or tls-ca-cert-dir must be specified when tls-cluster, tls-replication or ' +
        'tls-auth-clients are enabled!',
    );
  }
  const at = (file: string) => resolve(config.str('dir'), file);
  const versions = versionsOf(config.str('tls-protocols'));
  const cert = readPart('Failed to load certificate', at(certFile), (pem) => new X509Certificate(pem));
  const passphrase = config.str('tls-key-file-pass');
  const key = readPart('Failed to load private key', at(keyFile), (pem) => createPrivateKey({ key: pem, passphrase }));
  const timeout = config.num('tls-session-cache-timeout');
  const options: TlsOptions = {
    cert,
    key,
    passphrase,
    ca: authorities(config),
    minVersion: versions[0]!,
    maxVersion: versions[versions.length - 1]!,
    secureOptions: (caching ? 0 : constants.SSL_OP_NO_TICKET) | gaps(versions),
    honorCipherOrder: config.bool('tls-prefer-server-ciphers'),
    sessionIdContext: SESSION_CONTEXT,
    ...(timeout > 0 ? { sessionTimeout: timeout } : {}),
  };
  attempt(`Failed to load private key: ${keyFile}`, () => createSecureContext({ cert, key, passphrase }));
  const dhFile = config.str('tls-dh-params-file');
  if (dhFile !== '') {
    options.dhparam = readPart('Failed to load Diffie-Hellman params', at(dhFile), (dhparam) => {
      // Node goes on without them.
      if (!dhparam.includes('DH PARAMETERS')) throw new Error('no parameters are in it');
      createSecureContext({ dhparam });
    });
  }
  const ciphers = config.str('tls-ciphers') || DEFAULT_CIPHERS;
  const suites = config.str('tls-ciphersuites') || DEFAULT_SUITES;
  attempt(`Failed to configure ciphers: ${ciphers}`, () => {
    createSecureContext({ ciphers: `${ciphers}:${DEFAULT_SUITES}` });
  });
  attempt(`Failed to configure ciphersuites: ${suites}`, () => {
    // What has another name would be taken for a cipher of older protocols.
    if (suites.split(':').some((suite) => !suite.startsWith('TLS_'))) throw new Error('no cipher match');
    createSecureContext({ ciphers: suites });
  });
  options.ciphers = `${suites}:${ciphers}`;
  attempt('Failed to configure TLS', () => createSecureContext(options));
  return { options, clients, cachedSessions: caching ? config.num('tls-session-cache-size') : null };
}

function versionsOf(protocols: string): SecureVersion[] {
  if (protocols === '') return ['TLSv1.2', 'TLSv1.3'];
  const given = protocols.split(' ').filter((word) => word !== '');
  const known = given.map((word) => VERSIONS.find((version) => version.toLowerCase() === word.toLowerCase()));
  if (known.includes(undefined) || known.length === 0) {
    throw new Error(
      "Invalid tls-protocols specified. Use a combination of 'TLSv1', 'TLSv1.1', 'TLSv1.2' and 'TLSv1.3'.",
    );
  }
  return VERSIONS.filter((version) => known.includes(version));
}

function gaps(versions: readonly SecureVersion[]): number {
  const from = VERSIONS.indexOf(versions[0]!);
  const to = VERSIONS.indexOf(versions[versions.length - 1]!);
  const missing = VERSIONS.slice(from, to).filter((version) => !versions.includes(version));
  return missing.reduce((options, version) => options | (WITHOUT[version] ?? 0), 0);
}

/** Certificates of authorities: those of the file, and of all files of the folder that hold any. */
function authorities(config: Config): Buffer[] {
  const failure = 'Failed to configure CA certificate(s) file/directory';
  const file = config.str('tls-ca-cert-file');
  const folder = config.str('tls-ca-cert-dir');
  const at = (name: string) => resolve(config.str('dir'), name);
  const found = file === '' ? [] : [readPart(failure, at(file), (pem) => new X509Certificate(pem))];
  if (folder !== '') {
    const names = attempt(`${failure}: ${folder}`, () => readdirSync(at(folder), { withFileTypes: true }));
    for (const entry of names) {
      if (entry.isDirectory()) continue;
      const pem = attempt(`${failure}: ${folder}`, () => readFileSync(join(at(folder), entry.name)));
      if (pem.includes('BEGIN CERTIFICATE')) found.push(pem);
    }
  }
  return found;
}

/** The contents of a file that `parse` does not object to. */
function readPart(failure: string, file: string, parse: (pem: Buffer) => unknown): Buffer {
  return attempt(`${failure}: ${file}`, () => {
    const pem = readFileSync(file);
    parse(pem);
    return pem;
  });
}

function attempt<T>(failure: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw new Error(`${failure}: ${(error as Error).message}`, { cause: error });
  }
}
