// GetApi, the one function that modules are handed directly: it hands out all others by name.

import { noteAskedInVain } from '../in-progress.ts';
import { reportLine } from '../misuse.ts';
import { runtime } from '../runtime.ts';
import type { Family } from './api-table.ts';
import { readCString, writePtr } from './native-memory.ts';

/** Addresses by name, of functions as the modules of a family know them. */
export type Addresses = Record<Family, Map<string, number>>;

/** A module asked for a function in vain: so late that what it asked for in RedisModule_Init has been told, tell it now. */
function missing(fullName: string): void {
  const module = runtime.current?.module ?? null;
  if (module !== null && module.name !== '') {
    const line = `Module ${module.path}: it asked for a function that is not available: ${fullName}`;
    reportLine(module.host, module, line, 'notice');
  }
  if (module !== null) noteAskedInVain(module.path, fullName);
  runtime.report?.noteMissing(fullName);
}

/** GetApi: writes the function's address to `target`, or answers 1 and leaves it alone. */
export function resolve(addresses: Addresses, nameAddr: number, target: number): number {
  try {
    const fullName = readCString(nameAddr);
    const separator = fullName.indexOf('_');
    const family: Family = fullName.startsWith('Valkey') ? 'valkey' : 'redis';
    const address = separator < 0 ? 0 : (addresses[family].get(fullName.slice(separator + 1)) ?? 0);
    if (address === 0) {
      missing(fullName);
      return 1;
    }
    writePtr(target, address);
    return 0;
  } catch {
    return 1;
  }
}
