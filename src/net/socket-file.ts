import { statSync, unlinkSync } from 'node:fs';

/** Removes a socket file that an earlier server left; leaves anything else alone. */
export function removeSocketFile(path: string): void {
  try {
    if (statSync(path).isSocket()) unlinkSync(path);
  } catch {
    // There is none: nothing to remove.
  }
}
