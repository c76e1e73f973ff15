export function nativeSources(root: string): string[];
export function sourcesDigest(root: string): Buffer;
