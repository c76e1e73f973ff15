/** Places: GEOADD, distances, positions and searches. */
import { differential, type Group, group } from '../support/differential.ts';

const SICILY = `
  GEOADD g 13.361389 38.115556 Palermo 15.087269 37.502669 Catania 12.758489 38.788135 edge1 17.241510 38.788135 edge2
  GEOADD g 13.583333 37.316667 Agrigento 2.349014 48.864716 Paris -73.9733 40.7648 "New York" 139.69 35.69 Tokyo
  GEOADD g 151.21 -33.87 Sydney -43.17 -22.9 Rio 18.42 -33.92 12 0 0 null 179.9 10 east -179.8 10 west 10 84 north
  GEOADD g 0 -85 south 180 85.05112878 corner -180 -85.05112878 other
  ZADD z 1 one -1 minus inf infinite -inf nothing 1.5 half 9007199254740992 big 4503599627370495 last 1e300 huge 0 zero
  SET str v
`;
const MEMBERS =
  'Palermo Catania edge1 Paris "New York" Tokyo Sydney Rio 12 null east west north south corner other nope';
const names = MEMBERS.match(/"[^"]+"|\S+/g)!;

const searches = (prefix: string): string =>
  ['15 37', '0 0', '180 10', '-180 0', '10 84', '0 -85', '15.087269 37.502669']
    .flatMap((place) =>
      [
        'BYRADIUS 200 km',
        'BYRADIUS 0 m',
        'BYRADIUS 1 mi',
        'BYRADIUS 500000 ft',
        'BYRADIUS 6000 km',
        'BYRADIUS 1e9 m',
        'BYBOX 400 400 km',
        'BYBOX 0 0 m',
        'BYBOX 3000 10 km',
        'BYBOX 10 3000 mi',
        'BYBOX 40000 40000 km',
      ].map((shape) => `${prefix} FROMLONLAT ${place} ${shape}`),
    )
    .join('\n');

const groups: Group[] = [
  group(
    'GEOADD',
    SICILY,
    `
    ZRANGE g 0 -1 WITHSCORES
    GEOADD g 13 38 Palermo
    GEOADD g NX 1 1 Palermo 2 2 fresh
    GEOADD g XX 1 1 Palermo 2 2 unknown
    GEOADD g CH 2 2 Palermo 3 3 added
    GEOADD g xx ch 4 4 Palermo
    GEOADD none XX 1 1 a
    EXISTS none
    GEOADD g NX XX 1 1 a
    GEOADD g CH
    GEOADD g CH CH CH
    GEOADD g 1 1
    GEOADD g 1 1 a 2
    GEOADD g GT 1 1 a
    GEOADD g INCR 1 1
    GEOADD g x 1 a
    GEOADD g 1 x a
    GEOADD g nan 1 a
    GEOADD g 181 1 a
    GEOADD g -180.0001 1 a
    GEOADD g 1 85.06 a
    GEOADD g 1 -86 a
    GEOADD g inf 1 a
    GEOADD g 1 -inf a
    GEOADD g 1e30 1 a
    GEOADD g 1 1 a 200 1 b
    ZSCORE g a
    GEOADD str 1 1 a
    ZRANGE g 0 -1 WITHSCORES
    `,
  ),
  group(
    'GEODIST',
    SICILY,
    names.flatMap((a) => names.slice(0, 9).map((b) => `GEODIST g ${a} ${b}`)).join('\n'),
    `
    GEODIST g Palermo Catania m
    GEODIST g Palermo Catania KM
    GEODIST g Palermo Catania ft
    GEODIST g Palermo Catania mi
    GEODIST g Palermo Catania parsec
    GEODIST g Palermo Catania m x
    GEODIST g Palermo
    GEODIST none a b
    GEODIST none a b parsec
    GEODIST str a b
    GEODIST z one zero
    GEODIST z one infinite
    GEODIST z huge minus
    `,
  ),
  group(
    'GEOHASH, GEOPOS',
    SICILY,
    `
    GEOHASH g ${MEMBERS}
    GEOPOS g ${MEMBERS}
    GEOHASH z one minus infinite nothing half big last huge zero
    GEOPOS z one minus infinite nothing half big last huge zero
    GEOHASH g
    GEOPOS g
    GEOHASH none a b
    GEOPOS none a b
    GEOHASH none
    GEOHASH str a
    GEOPOS str a
    `,
  ),
  group('GEOSEARCH by place', SICILY, searches('GEOSEARCH g')),
  group('GEOSEARCH with everything', SICILY, searches('GEOSEARCH g ASC WITHCOORD WITHDIST WITHHASH')),
  group('GEOSEARCH from afar', SICILY, searches('GEOSEARCH g DESC COUNT 3 WITHDIST')),
  group(
    'GEOSEARCH by member',
    SICILY,
    names.map((name) => `GEOSEARCH g FROMMEMBER ${name} BYRADIUS 3000 km ASC WITHDIST`).join('\n'),
    names.map((name) => `GEOSEARCH g FROMMEMBER ${name} BYBOX 9000 3000 km DESC`).join('\n'),
  ),
  group(
    'GEOSEARCH options',
    SICILY,
    `
    GEOSEARCH g FROMLONLAT 15 37 BYRADIUS 300 km COUNT 1
    GEOSEARCH g FROMLONLAT 15 37 BYRADIUS 300 km COUNT 2 ANY
    GEOSEARCH g FROMLONLAT 15 37 BYRADIUS 300 km COUNT 2 ANY ASC
    GEOSEARCH g FROMLONLAT 15 37 BYRADIUS 300 km ANY COUNT 1
    GEOSEARCH g FROMLONLAT 15 37 BYRADIUS 300 km COUNT 100
    GEOSEARCH g FROMLONLAT 15 37 BYRADIUS 300 km COUNT 0
    GEOSEARCH g FROMLONLAT 15 37 BYRADIUS 300 km COUNT -1
    GEOSEARCH g FROMLONLAT 15 37 BYRADIUS 300 km COUNT x
    GEOSEARCH g FROMLONLAT 15 37 BYRADIUS 300 km COUNT
    GEOSEARCH g FROMLONLAT 15 37 BYRADIUS 300 km ANY
    GEOSEARCH g FROMLONLAT 15 37 BYRADIUS 300 km BAD
    GEOSEARCH g FROMLONLAT 15 37 BYRADIUS 300 km STORE x
    GEOSEARCH g FROMLONLAT 15 37 BYRADIUS 300 km STOREDIST
    GEOSEARCH g FROMLONLAT 15 37 BYRADIUS 300 km BYBOX 1 1 km
    GEOSEARCH g FROMLONLAT 15 37 BYRADIUS 300 km BYRADIUS 1 m
    GEOSEARCH g FROMLONLAT 15 37 FROMMEMBER Palermo BYRADIUS 300 km
    GEOSEARCH g FROMMEMBER Palermo FROMLONLAT 15 37 BYRADIUS 300 km
    GEOSEARCH g FROMLONLAT 15 37 ASC DESC ASC
    GEOSEARCH g BYRADIUS 300 km ASC DESC ASC
    GEOSEARCH g FROMLONLAT 15 37 BYRADIUS
    GEOSEARCH g FROMLONLAT 15 37 BYRADIUS 300
    GEOSEARCH g FROMLONLAT 15 37 BYRADIUS 300 parsec
    GEOSEARCH g FROMLONLAT 15 37 BYRADIUS -1 km
    GEOSEARCH g FROMLONLAT 15 37 BYRADIUS x km
    GEOSEARCH g FROMLONLAT 15 37 BYRADIUS nan km
    GEOSEARCH g FROMLONLAT 15 37 BYBOX x 1 km
    GEOSEARCH g FROMLONLAT 15 37 BYBOX 1 x km
    GEOSEARCH g FROMLONLAT 15 37 BYBOX -1 1 km
    GEOSEARCH g FROMLONLAT 15 37 BYBOX 1 1 x
    GEOSEARCH g FROMLONLAT 15 37 BYBOX 1 1
    GEOSEARCH g FROMLONLAT 200 37 BYRADIUS 1 km
    GEOSEARCH g FROMLONLAT x 37 BYRADIUS 1 km
    GEOSEARCH g FROMLONLAT 15 BYRADIUS 1 km ASC
    GEOSEARCH g FROMMEMBER nope BYRADIUS 1 km
    GEOSEARCH none FROMMEMBER nope BYRADIUS 1 km
    GEOSEARCH none FROMLONLAT 1 1 BYRADIUS 1 km
    GEOSEARCH none FROMLONLAT 1 1 BYRADIUS 1 km BAD
    GEOSEARCH str FROMLONLAT 1 1 BYRADIUS 1 km
    GEOSEARCH str FROMLONLAT 1 1 BYRADIUS 1 km BAD
    GEOSEARCH z FROMLONLAT -180 -85 BYRADIUS 10 km
    `,
  ),
  group(
    'GEOSEARCHSTORE',
    SICILY,
    `
    GEOSEARCHSTORE t g FROMLONLAT 15 37 BYRADIUS 300 km
    ZRANGE t 0 -1 WITHSCORES
    GEOSEARCHSTORE t g FROMLONLAT 15 37 BYRADIUS 300 km COUNT 2
    ZRANGE t 0 -1
    GEOSEARCHSTORE t g FROMLONLAT 15 37 BYBOX 300 300 km DESC COUNT 1
    ZRANGE t 0 -1
    GEOSEARCHSTORE t g FROMLONLAT 15 37 BYRADIUS 300 km STOREDIST
    ZRANGE t 0 -1
    GEOSEARCHSTORE t g FROMLONLAT 15 37 BYRADIUS 300 km WITHDIST
    GEOSEARCHSTORE t g FROMLONLAT 15 37 BYRADIUS 1 m
    EXISTS t
    GEOSEARCHSTORE t none FROMLONLAT 15 37 BYRADIUS 1 m
    SET t v
    GEOSEARCHSTORE t none FROMLONLAT 15 37 BYRADIUS 1 m
    EXISTS t
    GEOSEARCHSTORE str g FROMMEMBER Palermo BYRADIUS 1 km
    TYPE str
    GEOSEARCHSTORE g g FROMMEMBER Palermo BYRADIUS 1 km
    ZRANGE g 0 -1
    GEOSEARCHSTORE t g BYRADIUS 1 km ASC DESC ASC
    `,
  ),
  group(
    'GEORADIUS and GEORADIUSBYMEMBER',
    SICILY,
    `
    GEORADIUS g 15 37 200 km
    GEORADIUS g 15 37 200 km WITHCOORD WITHDIST WITHHASH ASC
    GEORADIUS g 15 37 200 km DESC COUNT 1
    GEORADIUS g 15 37 200 km COUNT 1 ANY
    GEORADIUS g 15 37 200 km STORE t
    ZRANGE t 0 -1 WITHSCORES
    GEORADIUS g 15 37 200 km STOREDIST t
    ZRANGE t 0 -1
    GEORADIUS g 15 37 200 km STORE a STOREDIST t COUNT 1
    EXISTS a
    GEORADIUS g 15 37 200 km STORE
    GEORADIUS g 15 37 200 km STORE t WITHDIST
    GEORADIUS g 15 37 1 m STORE t
    EXISTS t
    GEORADIUS g 15 37 200 x
    GEORADIUS g 15 37 x km
    GEORADIUS g 15 37 -1 km
    GEORADIUS g 15 370 1 km
    GEORADIUS g 15 37 200 km BAD
    GEORADIUS g 15 37 200 km FROMMEMBER Palermo
    GEORADIUS none 15 37 200 km
    GEORADIUS none 15 37 200 x
    GEORADIUS none 15 37 200 km STORE t
    GEORADIUS str 15 37 200 km
    GEORADIUS_RO g 15 37 200 km WITHDIST
    GEORADIUS_RO g 15 37 200 km STORE t
    GEORADIUSBYMEMBER g Palermo 200 km
    GEORADIUSBYMEMBER g Palermo 200 km WITHDIST ASC COUNT 2
    GEORADIUSBYMEMBER g Palermo 200 km STORE t
    ZRANGE t 0 -1 WITHSCORES
    GEORADIUSBYMEMBER g nope 200 km
    GEORADIUSBYMEMBER g Palermo x km
    GEORADIUSBYMEMBER none Palermo 200 km
    GEORADIUSBYMEMBER none Palermo x y
    GEORADIUSBYMEMBER none Palermo x y STORE t
    EXISTS t
    GEORADIUSBYMEMBER str Palermo 200 km
    GEORADIUSBYMEMBER_RO g Palermo 200 km
    GEORADIUSBYMEMBER_RO g Palermo 200 km STOREDIST t
    `,
  ),
  group(
    'keys',
    `
    COMMAND GETKEYS GEORADIUS g 15 37 200 km STORE t
    COMMAND GETKEYS GEORADIUS g 15 37 200 km STORE a STOREDIST b
    COMMAND GETKEYS GEORADIUS g 15 37 200 km
    COMMAND GETKEYS GEORADIUSBYMEMBER g m 200 km storedist t
    COMMAND GETKEYS GEORADIUSBYMEMBER_RO g m 200 km
    COMMAND GETKEYS GEOSEARCHSTORE t g FROMLONLAT 15 37 BYRADIUS 300 km
    COMMAND GETKEYS ZUNIONSTORE t 2 a b
    COMMAND GETKEYS ZMPOP 2 a b MIN
    COMMAND GETKEYS BZMPOP 0 2 a b MIN
    `,
  ),
  group(
    'waiting for places',
    `
    client A: blocks: BZPOPMIN k 0
    client B: GEOADD k 1 1 place
    client A: PING
    client A: blocks: BZPOPMIN k 0
    client B: GEOADD src 1 1 place
    client B: GEOSEARCHSTORE k src FROMMEMBER place BYRADIUS 1 m
    client A: PING
    `,
  ),
];

differential('places', groups);
differential('places, always large', groups, { directives: { 'zset-max-listpack-entries': 0 } });
