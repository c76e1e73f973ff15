/** Circles and boxes around a place: whether a place is inside, and which cells cover them. */
import { distance, EARTH_RADIUS, latitudeDistance, toDegrees, toRadians } from './geo-distance.ts';
import { columnOf, LONGITUDE_MAX, rowOf, STEP_MAX, southOf, westOf } from './geohash.ts';

/** Half the earth's circumference, about: a search this wide is one of everything. */
const MERCATOR_MAX = 20037726.37;

/** What rounding may make of a bound. */
const SLACK = 1 + 1e-9;

/** A search area; lengths are metres once multiplied by `conversion`. */
export interface GeoShape {
  longitude: number;
  latitude: number;
  isBox: boolean;
  /** Of a circle. */
  radius: number;
  /** Of a box. */
  width: number;
  height: number;
  /** Metres in the unit of the lengths. */
  conversion: number;
}

/** The distance of a place from the middle in metres, -1 when it is outside. */
export function distanceWithin(shape: GeoShape, longitude: number, latitude: number): number {
  if (!shape.isBox) {
    const metres = distance(shape.longitude, shape.latitude, longitude, latitude);
    return metres > shape.radius * shape.conversion ? -1 : metres;
  }
  if (latitudeDistance(latitude, shape.latitude) > (shape.height * shape.conversion) / 2) return -1;
  const across = distance(longitude, latitude, shape.longitude, latitude);
  if (across > (shape.width * shape.conversion) / 2) return -1;
  return distance(shape.longitude, shape.latitude, longitude, latitude);
}

/** The cells that cover a shape, in the order they are searched: `count` of them. */
export class GeoCells {
  step = 0;
  count = 0;
  readonly columns: Int32Array = new Int32Array(9);
  readonly rows: Int32Array = new Int32Array(9);
  /** Places farther from the middle than this, in degrees, are outside; Infinity where that cannot be said. */
  maxLatitude = 0;
  maxLongitude = 0;
  private west = 0;
  private east = 0;
  private south = 0;
  private north = 0;

  /** Middle first, then its neighbours as far as they can hold anything. */
  cover(shape: GeoShape): void {
    this.bound(shape);
    const across = shape.isBox ? diagonal(shape.width / 2, shape.height / 2) : shape.radius;
    this.step = stepFor(across * shape.conversion, shape.latitude);
    if (this.step > 1 && !this.reachesEdges(shape)) this.step--;
    this.place(shape);
  }

  /** The box around a shape. Meridians converge: the side away from the equator is taken, as redis-server does. */
  private bound(shape: GeoShape): void {
    const { longitude, latitude, conversion } = shape;
    const height = conversion * (shape.isBox ? shape.height / 2 : shape.radius);
    const width = conversion * (shape.isBox ? shape.width / 2 : shape.radius);
    const up = toDegrees(height / EARTH_RADIUS);
    const side = latitude < 0 ? latitude - up : latitude + up;
    const across = toDegrees(width / EARTH_RADIUS / Math.cos(toRadians(side)));
    this.west = longitude - across;
    this.east = longitude + across;
    this.south = latitude - up;
    this.north = latitude + up;
    this.maxLatitude = up * SLACK;
    // A way of this length never gets farther around the world than along the highest latitude it can reach. Boxes are
    // bent outward, and beyond the poles or the date line all is different.
    const plain = !shape.isBox && Math.abs(side) < 90 && this.west > -LONGITUDE_MAX && this.east < LONGITUDE_MAX;
    this.maxLongitude = plain ? across * SLACK : Number.POSITIVE_INFINITY;
  }

  /** Whether the middle cell and those around it reach over all of the box. */
  private reachesEdges(shape: GeoShape): boolean {
    const { step } = this;
    const cells = 2 ** step;
    const column = columnOf(shape.longitude, step);
    const row = rowOf(shape.latitude, step);
    const tooNear =
      southOf(moved(row, 1, cells) + 1, step) < this.north ||
      southOf(moved(row, -1, cells), step) > this.south ||
      westOf(moved(column, 1, cells) + 1, step) < this.east ||
      westOf(moved(column, -1, cells), step) > this.west;
    return !tooNear;
  }

  private place(shape: GeoShape): void {
    const { step } = this;
    const cells = 2 ** step;
    const column = columnOf(shape.longitude, step);
    const row = rowOf(shape.latitude, step);
    // With few cells neighbours on both sides are the same: all are needed.
    const all = step < 2;
    const south = all || !(southOf(row, step) < this.south);
    const north = all || !(southOf(row + 1, step) > this.north);
    const west = all || !(westOf(column, step) < this.west);
    const east = all || !(westOf(column + 1, step) > this.east);
    this.count = 0;
    this.add(column, row);
    const up = moved(row, 1, cells);
    const down = moved(row, -1, cells);
    const right = moved(column, 1, cells);
    const left = moved(column, -1, cells);
    if (north) this.add(column, up);
    if (south) this.add(column, down);
    if (east) this.add(right, row);
    if (west) this.add(left, row);
    if (north && east) this.add(right, up);
    if (north && west) this.add(left, up);
    if (south && east) this.add(right, down);
    if (south && west) this.add(left, down);
  }

  /** The same cell twice in a row is searched once; only the middle may be met again. */
  private add(column: number, row: number): void {
    const { count } = this;
    const last = count - 1;
    if (last > 0 && this.columns[last] === column && this.rows[last] === row) return;
    this.columns[count] = column;
    this.rows[count] = row;
    this.count++;
  }
}

function diagonal(a: number, b: number): number {
  return Math.sqrt(a * a + b * b);
}

/** A column or row so many further on, around the world. */
function moved(at: number, by: number, cells: number): number {
  return (at + by) & (cells - 1);
}

/** How many halvings make cells about as large as a distance of so many metres. */
function stepFor(metres: number, latitude: number): number {
  if (metres === 0) return STEP_MAX;
  let step = 1;
  for (let range = metres; range < MERCATOR_MAX; range *= 2) step++;
  step -= 2;
  // Towards the poles cells are narrow.
  const away = Math.abs(latitude);
  if (away > 66) step--;
  if (away > 80) step--;
  return Math.max(1, Math.min(STEP_MAX, step));
}
