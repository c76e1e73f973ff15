/** Arguments of commands for places: coordinates, units, distances. */
import type { CommandClient } from '../command-client.ts';
import { NOT_A_FLOAT } from '../errors.ts';
import { doubleOrReply } from '../parse.ts';
import type { GeoShape } from './geo-shape.ts';
import { LATITUDE_MAX, LONGITUDE_MAX } from './geohash.ts';

const UNKNOWN_UNIT = 'ERR unsupported unit provided. please use M, KM, FT, MI';

/** Coordinates that the last coordinatesOrReply() read. */
export const coordinates = { longitude: 0.5, latitude: 0.5 };

/** Arguments i and i + 1 as longitude and latitude; false after an error reply. */
export function coordinatesOrReply(c: CommandClient, i: number): boolean {
  const longitude = doubleOrReply(c, i, NOT_A_FLOAT);
  if (Number.isNaN(longitude)) return false;
  const latitude = doubleOrReply(c, i + 1, NOT_A_FLOAT);
  if (Number.isNaN(latitude)) return false;
  if (Math.abs(longitude) > LONGITUDE_MAX || Math.abs(latitude) > LATITUDE_MAX) {
    c.out.error(`ERR invalid longitude,latitude pair ${sixDecimals(longitude)},${sixDecimals(latitude)}`);
    return false;
  }
  coordinates.longitude = longitude;
  coordinates.latitude = latitude;
  return true;
}

/** A double as C's %f prints it. */
function sixDecimals(value: number): string {
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  return Math.abs(value) < 1e21 ? value.toFixed(6) : `${BigInt(value)}.000000`;
}

/** Metres in the unit of argument i; NaN after an error reply. */
export function unitOrReply(c: CommandClient, i: number): number {
  const { args } = c;
  if (args.is(i, 'm')) return 1;
  if (args.is(i, 'km')) return 1000;
  if (args.is(i, 'ft')) return 0.3048;
  if (args.is(i, 'mi')) return 1609.34;
  c.out.error(UNKNOWN_UNIT);
  return Number.NaN;
}

/** A radius and its unit from argument i on; false after an error reply. */
export function circleOrReply(c: CommandClient, i: number, shape: GeoShape): boolean {
  const radius = doubleOrReply(c, i, 'ERR need numeric radius');
  if (Number.isNaN(radius)) return false;
  if (radius < 0) {
    c.out.error('ERR radius cannot be negative');
    return false;
  }
  const conversion = unitOrReply(c, i + 1);
  if (Number.isNaN(conversion)) return false;
  shape.isBox = false;
  shape.radius = radius;
  shape.conversion = conversion;
  return true;
}

/** A width, a height and their unit from argument i on; false after an error reply. */
export function boxOrReply(c: CommandClient, i: number, shape: GeoShape): boolean {
  const width = doubleOrReply(c, i, 'ERR need numeric width');
  if (Number.isNaN(width)) return false;
  const height = doubleOrReply(c, i + 1, 'ERR need numeric height');
  if (Number.isNaN(height)) return false;
  if (width < 0 || height < 0) {
    c.out.error('ERR height or width cannot be negative');
    return false;
  }
  const conversion = unitOrReply(c, i + 2);
  if (Number.isNaN(conversion)) return false;
  shape.isBox = true;
  shape.width = width;
  shape.height = height;
  shape.conversion = conversion;
  return true;
}
