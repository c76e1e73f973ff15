// RedisModuleClientInfo, version 1.

import { scratch, scratchView } from './abi/native-memory.ts';
import type { ClientFacts } from './env.ts';

export const CLIENT_INFO_BYTES = 80;
const ADDRESS_OFFSET = 24;
const ADDRESS_BYTES = 46;

/** Fills `scratch` with a client's RedisModuleClientInfoV1. */
export function loadClientInfo(facts: ClientFacts): void {
  scratch.fill(0, 0, CLIENT_INFO_BYTES);
  scratchView.setBigUint64(0, 1n, true);
  scratchView.setBigUint64(8, BigInt(facts.flags), true);
  scratchView.setBigUint64(16, BigInt(facts.id), true);
  scratch.set(Buffer.from(facts.address).subarray(0, ADDRESS_BYTES - 1), ADDRESS_OFFSET);
  scratchView.setUint16(ADDRESS_OFFSET + ADDRESS_BYTES, facts.port, true);
  scratchView.setUint16(ADDRESS_OFFSET + ADDRESS_BYTES + 2, facts.dbIndex, true);
}
