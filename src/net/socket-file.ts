import { statSync, unlinkSync } from 'node:fs';

/** Removes a socket file that an earlier server left; leaves anything else alone. */
export function removeSocketFile(path: string): void {
  try {
    if (statSync(path).isSocket()) unlinkSync(path);
  } catch {
    // There is none: nothing to remove.
  }
}

/** Which file is at the path; null when there is none. */
export function socketFileId(path: string): string | null {
  try {
    const info = statSync(path, { bigint: true });
    // Numbers of inodes come again at once.
    return `${info.dev}:${info.ino}:${info.birthtimeNs}`;
  } catch {
    return null;
  }
}
