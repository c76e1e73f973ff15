// The sources of the native shim: what is compiled, and their digest, by which a test tells a stale library.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Paths from the repository's root, in the order of their names. */
export function nativeSources(root) {
  const names = readdirSync(join(root, 'native')).filter((name) => /\.[ch]$/.test(name));
  return names.sort().map((name) => `native/${name}`);
}

/** SHA-256 over names and contents. */
export function sourcesDigest(root) {
  const hash = createHash('sha256');
  for (const path of nativeSources(root)) {
    const content = readFileSync(join(root, path));
    hash.update(`${path} ${content.length}\n`).update(content);
  }
  return hash.digest();
}
