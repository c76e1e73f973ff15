/** Who we are and which Redis we stand in for. */
import { readFileSync } from 'node:fs';

/** The Redis release whose replies, errors and INFO fields are reproduced. */
export const REDIS_VERSION = '7.4.0';

/** Version of this package. The manifest is three folders above both src/server/process/ and dist/server/process/. */
export const GRAFTIS_VERSION: string = (
  JSON.parse(readFileSync(new URL(/* @vite-ignore */ '../../../package.json', import.meta.url), 'utf8')) as {
    version: string;
  }
).version;

/** The line of `--version`. */
export function versionText(): string {
  const node = process.version.slice(1);
  return `graftis v=${GRAFTIS_VERSION} (Redis ${REDIS_VERSION} compatible) node=${node} arch=${process.arch} bits=64`;
}
