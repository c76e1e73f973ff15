/** Files with certificates for a server and its clients, made once for a test file, and connections over TLS. */
import { once } from 'node:events';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';
import { type Certificate, keyPem, makeCertificate } from './certificates.ts';
import { temporaryFolder } from './folders.ts';

export interface TlsFiles {
  readonly folder: string;
  readonly authority: Certificate;
  readonly server: Certificate;
  readonly client: Certificate;
  /** PEM files. */
  readonly caFile: string;
  readonly certFile: string;
  readonly keyFile: string;
  readonly clientCertFile: string;
  readonly clientKeyFile: string;
}

let files: TlsFiles | null = null;

export function tlsFiles(): TlsFiles {
  files ??= makeFiles();
  return files;
}

function makeFiles(): TlsFiles {
  const folder = temporaryFolder();
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const write = (name: string, text: string): string => {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  };
  const authority = makeCertificate('authority', null);
  const server = makeCertificate('server', authority);
  const client = makeCertificate('client', authority);
  return {
    folder,
    authority,
    server,
    client,
    caFile: write('ca.crt', authority.cert),
    certFile: write('server.crt', server.cert),
    keyFile: write('server.key', keyPem(server)),
    clientCertFile: write('client.crt', client.cert),
    clientKeyFile: write('client.key', keyPem(client)),
  };
}

/** The directives of a server that speaks TLS on a port. */
export function tlsDirectives(tlsPort: number): Record<string, string | number> {
  const { caFile, certFile, keyFile } = tlsFiles();
  return { 'tls-port': tlsPort, 'tls-cert-file': certFile, 'tls-key-file': keyFile, 'tls-ca-cert-file': caFile };
}

/** A connection whose handshake is done, with the client's certificate unless the options say otherwise. */
export async function tlsSocket(port: number, options: ConnectionOptions = {}): Promise<TLSSocket> {
  const { authority, client } = tlsFiles();
  const identity = { cert: client.cert, key: keyPem(client) };
  const socket = connect({ port, host: '127.0.0.1', ca: authority.cert, ...identity, ...options });
  await once(socket, 'secureConnect');
  return socket;
}
