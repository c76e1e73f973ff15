/** Distances on a sphere with the earth's mean radius, by the haversine formula; angles are degrees, lengths metres. */
import { exactAsin, exactCos, exactSin } from './exact-math.ts';

export const EARTH_RADIUS = 6372797.560856;
const RADIANS = Math.PI / 180;

export function toRadians(degrees: number): number {
  return degrees * RADIANS;
}

export function toDegrees(radians: number): number {
  return radians / RADIANS;
}

/** Distance between two places of the same longitude. */
export function latitudeDistance(latitude1: number, latitude2: number): number {
  return EARTH_RADIUS * Math.abs(toRadians(latitude2) - toRadians(latitude1));
}

/** Quick, for comparisons. */
export function distance(longitude1: number, latitude1: number, longitude2: number, latitude2: number): number {
  const v = Math.sin((toRadians(longitude2) - toRadians(longitude1)) / 2);
  if (v === 0) return latitudeDistance(latitude1, latitude2);
  const radians1 = toRadians(latitude1);
  const radians2 = toRadians(latitude2);
  const u = Math.sin((radians2 - radians1) / 2);
  const a = u * u + Math.cos(radians1) * Math.cos(radians2) * v * v;
  return 2 * EARTH_RADIUS * Math.asin(Math.sqrt(a));
}

/** The same to the digits that are shown, at ten times the cost. */
export function exactDistance(longitude1: number, latitude1: number, longitude2: number, latitude2: number): number {
  const v = exactSin((toRadians(longitude2) - toRadians(longitude1)) / 2);
  if (v === 0) return latitudeDistance(latitude1, latitude2);
  const radians1 = toRadians(latitude1);
  const radians2 = toRadians(latitude2);
  const u = exactSin((radians2 - radians1) / 2);
  const a = u * u + exactCos(radians1) * exactCos(radians2) * v * v;
  return 2 * EARTH_RADIUS * exactAsin(Math.sqrt(a));
}

const PLACES = 10_000;

/** A distance with four decimals, as replies have it: the nearest, of two as near the even one. */
export function distanceText(value: number): string {
  const scaled = value * PLACES;
  let rounded = Math.round(scaled);
  if (rounded - scaled === 0.5 && rounded % 2 !== 0) rounded--;
  const digits = String(rounded).padStart(5, '0');
  return `${digits.slice(0, -4)}.${digits.slice(-4)}`;
}
