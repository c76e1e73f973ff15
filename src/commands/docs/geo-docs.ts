/** Documentation of the commands for places. */
import type { DocsTable } from './doc.ts';

export const geoDocs: DocsTable = {
  geoadd: {
    summary: 'Adds places to a sorted set or moves them, creating the key when it is absent.',
    since: '3.2.0',
    group: 'geo',
    complexity: 'O(log(N)) for each place, where N is the number of members.',
    history: [['6.2.0', 'Added CH, NX and XX.']],
    args: [
      { name: 'key', type: 'key', keySpecIndex: 0 },
      {
        name: 'condition',
        type: 'oneof',
        since: '6.2.0',
        flags: ['optional'],
        args: [
          { name: 'nx', type: 'pure-token', token: 'NX' },
          { name: 'xx', type: 'pure-token', token: 'XX' },
        ],
      },
      { name: 'change', type: 'pure-token', token: 'CH', since: '6.2.0', flags: ['optional'] },
      {
        name: 'longitude_latitude_member',
        type: 'block',
        flags: ['multiple'],
        args: [
          { name: 'longitude', type: 'double' },
          { name: 'latitude', type: 'double' },
          { name: 'member', type: 'string' },
        ],
      },
    ],
  },
  geodist: {
    summary: 'Gives the distance between two places.',
    since: '3.2.0',
    group: 'geo',
    complexity: 'O(1)',
    args: [
      { name: 'key', type: 'key', keySpecIndex: 0 },
      { name: 'member1', type: 'string' },
      { name: 'member2', type: 'string' },
      {
        name: 'unit',
        type: 'oneof',
        flags: ['optional'],
        args: [
          { name: 'm', type: 'pure-token', token: 'M' },
          { name: 'km', type: 'pure-token', token: 'KM' },
          { name: 'ft', type: 'pure-token', token: 'FT' },
          { name: 'mi', type: 'pure-token', token: 'MI' },
        ],
      },
    ],
  },
  geohash: {
    summary: 'Gives places as geohash strings of 11 characters.',
    since: '3.2.0',
    group: 'geo',
    complexity: 'O(1) for each place.',
    args: [
      { name: 'key', type: 'key', keySpecIndex: 0 },
      { name: 'member', type: 'string', flags: ['multiple'] },
    ],
  },
  geopos: {
    summary: 'Gives the longitude and latitude of places.',
    since: '3.2.0',
    group: 'geo',
    complexity: 'O(1) for each place.',
    args: [
      { name: 'key', type: 'key', keySpecIndex: 0 },
      { name: 'member', type: 'string', flags: ['multiple'] },
    ],
  },
  georadius: {
    summary: 'Gives the places within a distance of a point, or stores them in another key.',
    since: '3.2.0',
    group: 'geo',
    complexity:
      'O(N+log(M)) where N is the number of members in the cells around the area and M the number of results.',
    docFlags: ['deprecated'],
    deprecatedSince: '6.2.0',
    replacedBy: '`GEOSEARCH` and `GEOSEARCHSTORE` with `BYRADIUS`',
    history: [
      ['6.2.0', 'COUNT with ANY.'],
      ['7.0.0', 'Units in any case of letters.'],
    ],
    args: [
      { name: 'key', type: 'key', keySpecIndex: 0 },
      { name: 'longitude', type: 'double' },
      { name: 'latitude', type: 'double' },
      { name: 'radius', type: 'double' },
      {
        name: 'unit',
        type: 'oneof',
        args: [
          { name: 'm', type: 'pure-token', token: 'M' },
          { name: 'km', type: 'pure-token', token: 'KM' },
          { name: 'ft', type: 'pure-token', token: 'FT' },
          { name: 'mi', type: 'pure-token', token: 'MI' },
        ],
      },
      { name: 'withcoord', type: 'pure-token', token: 'WITHCOORD', flags: ['optional'] },
      { name: 'withdist', type: 'pure-token', token: 'WITHDIST', flags: ['optional'] },
      { name: 'withhash', type: 'pure-token', token: 'WITHHASH', flags: ['optional'] },
      {
        name: 'count',
        type: 'block',
        flags: ['optional'],
        args: [
          { name: 'count', type: 'integer', token: 'COUNT' },
          { name: 'any', type: 'pure-token', token: 'ANY', since: '6.2.0', flags: ['optional'] },
        ],
      },
      {
        name: 'order',
        type: 'oneof',
        flags: ['optional'],
        args: [
          { name: 'asc', type: 'pure-token', token: 'ASC' },
          { name: 'desc', type: 'pure-token', token: 'DESC' },
        ],
      },
      { name: 'key', type: 'key', keySpecIndex: 1, token: 'STORE', flags: ['optional'] },
      { name: 'key', type: 'key', keySpecIndex: 2, token: 'STOREDIST', flags: ['optional'] },
    ],
  },
  georadius_ro: {
    summary: 'Gives the places within a distance of a point.',
    since: '3.2.10',
    group: 'geo',
    complexity:
      'O(N+log(M)) where N is the number of members in the cells around the area and M the number of results.',
    docFlags: ['deprecated'],
    deprecatedSince: '6.2.0',
    replacedBy: '`GEOSEARCH` with `BYRADIUS`',
    history: [['6.2.0', 'COUNT with ANY.']],
    args: [
      { name: 'key', type: 'key', keySpecIndex: 0 },
      { name: 'longitude', type: 'double' },
      { name: 'latitude', type: 'double' },
      { name: 'radius', type: 'double' },
      {
        name: 'unit',
        type: 'oneof',
        args: [
          { name: 'm', type: 'pure-token', token: 'M' },
          { name: 'km', type: 'pure-token', token: 'KM' },
          { name: 'ft', type: 'pure-token', token: 'FT' },
          { name: 'mi', type: 'pure-token', token: 'MI' },
        ],
      },
      { name: 'withcoord', type: 'pure-token', token: 'WITHCOORD', flags: ['optional'] },
      { name: 'withdist', type: 'pure-token', token: 'WITHDIST', flags: ['optional'] },
      { name: 'withhash', type: 'pure-token', token: 'WITHHASH', flags: ['optional'] },
      {
        name: 'count',
        type: 'block',
        flags: ['optional'],
        args: [
          { name: 'count', type: 'integer', token: 'COUNT' },
          { name: 'any', type: 'pure-token', token: 'ANY', since: '6.2.0', flags: ['optional'] },
        ],
      },
      {
        name: 'order',
        type: 'oneof',
        flags: ['optional'],
        args: [
          { name: 'asc', type: 'pure-token', token: 'ASC' },
          { name: 'desc', type: 'pure-token', token: 'DESC' },
        ],
      },
    ],
  },
  georadiusbymember: {
    summary: 'Gives the places within a distance of a member, or stores them in another key.',
    since: '3.2.0',
    group: 'geo',
    complexity:
      'O(N+log(M)) where N is the number of members in the cells around the area and M the number of results.',
    docFlags: ['deprecated'],
    deprecatedSince: '6.2.0',
    replacedBy: '`GEOSEARCH` and `GEOSEARCHSTORE` with `BYRADIUS` and `FROMMEMBER`',
    history: [['7.0.0', 'COUNT with ANY.']],
    args: [
      { name: 'key', type: 'key', keySpecIndex: 0 },
      { name: 'member', type: 'string' },
      { name: 'radius', type: 'double' },
      {
        name: 'unit',
        type: 'oneof',
        args: [
          { name: 'm', type: 'pure-token', token: 'M' },
          { name: 'km', type: 'pure-token', token: 'KM' },
          { name: 'ft', type: 'pure-token', token: 'FT' },
          { name: 'mi', type: 'pure-token', token: 'MI' },
        ],
      },
      { name: 'withcoord', type: 'pure-token', token: 'WITHCOORD', flags: ['optional'] },
      { name: 'withdist', type: 'pure-token', token: 'WITHDIST', flags: ['optional'] },
      { name: 'withhash', type: 'pure-token', token: 'WITHHASH', flags: ['optional'] },
      {
        name: 'count',
        type: 'block',
        flags: ['optional'],
        args: [
          { name: 'count', type: 'integer', token: 'COUNT' },
          { name: 'any', type: 'pure-token', token: 'ANY', flags: ['optional'] },
        ],
      },
      {
        name: 'order',
        type: 'oneof',
        flags: ['optional'],
        args: [
          { name: 'asc', type: 'pure-token', token: 'ASC' },
          { name: 'desc', type: 'pure-token', token: 'DESC' },
        ],
      },
      { name: 'key', type: 'key', keySpecIndex: 1, token: 'STORE', flags: ['optional'] },
      { name: 'key', type: 'key', keySpecIndex: 2, token: 'STOREDIST', flags: ['optional'] },
    ],
  },
  georadiusbymember_ro: {
    summary: 'Gives the places within a distance of a member.',
    since: '3.2.10',
    group: 'geo',
    complexity:
      'O(N+log(M)) where N is the number of members in the cells around the area and M the number of results.',
    docFlags: ['deprecated'],
    deprecatedSince: '6.2.0',
    replacedBy: '`GEOSEARCH` with `BYRADIUS` and `FROMMEMBER`',
    args: [
      { name: 'key', type: 'key', keySpecIndex: 0 },
      { name: 'member', type: 'string' },
      { name: 'radius', type: 'double' },
      {
        name: 'unit',
        type: 'oneof',
        args: [
          { name: 'm', type: 'pure-token', token: 'M' },
          { name: 'km', type: 'pure-token', token: 'KM' },
          { name: 'ft', type: 'pure-token', token: 'FT' },
          { name: 'mi', type: 'pure-token', token: 'MI' },
        ],
      },
      { name: 'withcoord', type: 'pure-token', token: 'WITHCOORD', flags: ['optional'] },
      { name: 'withdist', type: 'pure-token', token: 'WITHDIST', flags: ['optional'] },
      { name: 'withhash', type: 'pure-token', token: 'WITHHASH', flags: ['optional'] },
      {
        name: 'count',
        type: 'block',
        flags: ['optional'],
        args: [
          { name: 'count', type: 'integer', token: 'COUNT' },
          { name: 'any', type: 'pure-token', token: 'ANY', flags: ['optional'] },
        ],
      },
      {
        name: 'order',
        type: 'oneof',
        flags: ['optional'],
        args: [
          { name: 'asc', type: 'pure-token', token: 'ASC' },
          { name: 'desc', type: 'pure-token', token: 'DESC' },
        ],
      },
    ],
  },
  geosearch: {
    summary: 'Gives the places in a circle or a box.',
    since: '6.2.0',
    group: 'geo',
    complexity:
      'O(N+log(M)) where N is the number of members in the cells around the area and M the number of results.',
    history: [['7.0.0', 'Units in any case of letters.']],
    args: [
      { name: 'key', type: 'key', keySpecIndex: 0 },
      {
        name: 'from',
        type: 'oneof',
        args: [
          { name: 'member', type: 'string', token: 'FROMMEMBER' },
          {
            name: 'longitude_latitude',
            type: 'block',
            token: 'FROMLONLAT',
            args: [
              { name: 'longitude', type: 'double' },
              { name: 'latitude', type: 'double' },
            ],
          },
        ],
      },
      {
        name: 'by',
        type: 'oneof',
        args: [
          {
            name: 'circle',
            type: 'block',
            args: [
              { name: 'radius', type: 'double', token: 'BYRADIUS' },
              {
                name: 'unit',
                type: 'oneof',
                args: [
                  { name: 'm', type: 'pure-token', token: 'M' },
                  { name: 'km', type: 'pure-token', token: 'KM' },
                  { name: 'ft', type: 'pure-token', token: 'FT' },
                  { name: 'mi', type: 'pure-token', token: 'MI' },
                ],
              },
            ],
          },
          {
            name: 'box',
            type: 'block',
            args: [
              { name: 'width', type: 'double', token: 'BYBOX' },
              { name: 'height', type: 'double' },
              {
                name: 'unit',
                type: 'oneof',
                args: [
                  { name: 'm', type: 'pure-token', token: 'M' },
                  { name: 'km', type: 'pure-token', token: 'KM' },
                  { name: 'ft', type: 'pure-token', token: 'FT' },
                  { name: 'mi', type: 'pure-token', token: 'MI' },
                ],
              },
            ],
          },
        ],
      },
      {
        name: 'order',
        type: 'oneof',
        flags: ['optional'],
        args: [
          { name: 'asc', type: 'pure-token', token: 'ASC' },
          { name: 'desc', type: 'pure-token', token: 'DESC' },
        ],
      },
      {
        name: 'count',
        type: 'block',
        flags: ['optional'],
        args: [
          { name: 'count', type: 'integer', token: 'COUNT' },
          { name: 'any', type: 'pure-token', token: 'ANY', flags: ['optional'] },
        ],
      },
      { name: 'withcoord', type: 'pure-token', token: 'WITHCOORD', flags: ['optional'] },
      { name: 'withdist', type: 'pure-token', token: 'WITHDIST', flags: ['optional'] },
      { name: 'withhash', type: 'pure-token', token: 'WITHHASH', flags: ['optional'] },
    ],
  },
  geosearchstore: {
    summary: 'Stores the places in a circle or a box in another key.',
    since: '6.2.0',
    group: 'geo',
    complexity:
      'O(N+log(M)) where N is the number of members in the cells around the area and M the number of results.',
    history: [['7.0.0', 'Units in any case of letters.']],
    args: [
      { name: 'destination', type: 'key', keySpecIndex: 0 },
      { name: 'source', type: 'key', keySpecIndex: 1 },
      {
        name: 'from',
        type: 'oneof',
        args: [
          { name: 'member', type: 'string', token: 'FROMMEMBER' },
          {
            name: 'longitude_latitude',
            type: 'block',
            token: 'FROMLONLAT',
            args: [
              { name: 'longitude', type: 'double' },
              { name: 'latitude', type: 'double' },
            ],
          },
        ],
      },
      {
        name: 'by',
        type: 'oneof',
        args: [
          {
            name: 'circle',
            type: 'block',
            args: [
              { name: 'radius', type: 'double', token: 'BYRADIUS' },
              {
                name: 'unit',
                type: 'oneof',
                args: [
                  { name: 'm', type: 'pure-token', token: 'M' },
                  { name: 'km', type: 'pure-token', token: 'KM' },
                  { name: 'ft', type: 'pure-token', token: 'FT' },
                  { name: 'mi', type: 'pure-token', token: 'MI' },
                ],
              },
            ],
          },
          {
            name: 'box',
            type: 'block',
            args: [
              { name: 'width', type: 'double', token: 'BYBOX' },
              { name: 'height', type: 'double' },
              {
                name: 'unit',
                type: 'oneof',
                args: [
                  { name: 'm', type: 'pure-token', token: 'M' },
                  { name: 'km', type: 'pure-token', token: 'KM' },
                  { name: 'ft', type: 'pure-token', token: 'FT' },
                  { name: 'mi', type: 'pure-token', token: 'MI' },
                ],
              },
            ],
          },
        ],
      },
      {
        name: 'order',
        type: 'oneof',
        flags: ['optional'],
        args: [
          { name: 'asc', type: 'pure-token', token: 'ASC' },
          { name: 'desc', type: 'pure-token', token: 'DESC' },
        ],
      },
      {
        name: 'count',
        type: 'block',
        flags: ['optional'],
        args: [
          { name: 'count', type: 'integer', token: 'COUNT' },
          { name: 'any', type: 'pure-token', token: 'ANY', flags: ['optional'] },
        ],
      },
      { name: 'storedist', type: 'pure-token', token: 'STOREDIST', flags: ['optional'] },
    ],
  },
};
