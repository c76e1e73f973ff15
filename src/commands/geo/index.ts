/** The geo group. */
import type { CommandSpec } from '../spec.ts';
import { geoPlaceCommands } from './geo-places.ts';
import { geoSearchCommands } from './geo-search.ts';

export const geoCommands: readonly CommandSpec[] = [...geoPlaceCommands, ...geoSearchCommands];
