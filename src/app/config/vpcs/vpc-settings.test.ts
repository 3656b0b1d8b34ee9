import assert from 'node:assert/strict'
import { test } from 'node:test'
import { temporaryFile } from '../../../../test/fixtures/keyward-process.ts'
import { OperatorError } from '../../../std/index.ts'
import { toConfig } from '../config.ts'
import { gatherSettings } from '../settings.ts'
import { networksOf, readVpcSettings } from './vpc-settings.ts'

const regions = ['us-east-1', 'eu-west-1']
const subnet = { id: 'subnet-0a1b2c3d4e5f60718', zone: 'us-east-1a', addresses: ['10.20.1.5', '10.20.1.6'] }
const group = { id: 'sg-0a1b2c3d4e5f60718', sources: ['10.20.0.0/16'] }
const vpc = { id: 'vpc-0a1b2c3d4e5f60718', cidr: '10.20.0.0/16', subnets: [subnet], securityGroups: [group] }
const other = {
  id: 'vpc-1a2b3c4d',
  cidr: '10.21.0.0/16',
  ipv6Cidr: 'fd00:0020:0::/56',
  account: '000000000042',
  subnets: [{ id: 'subnet-1a2b3c4d', zone: 'eu-west-1b', addresses: ['FD00:20:0::0:5', '10.21.0.1'] }],
}

const read = (...vpcs: readonly object[]) => readVpcSettings(JSON.stringify(vpcs), regions)

test('networks are read as they are written', () => {
  assert.deepEqual(readVpcSettings(undefined, regions), [])
  assert.deepEqual(read(), [])
  assert.deepEqual(read(vpc), [
    {
      ...{ vpcId: vpc.id, accountId: undefined, region: 'us-east-1', cidr: vpc.cidr, ipv6Cidr: undefined },
      subnets: [
        { subnetId: subnet.id, zone: 'us-east-1a', cidr: undefined, addresses: ['10.20.1.5', '10.20.1.6'] },
      ],
      securityGroups: [{ groupId: group.id, name: 'default', sources: ['10.20.0.0/16'] }],
    },
  ])
})

test('networks may be below their name, as in the configuration file', () => {
  const named = JSON.stringify({ vpcs: [vpc] })
  for (const setting of [named, temporaryFile('vpcs.yaml', `# networks\nvpcs: ${JSON.stringify([vpc])}\n`)])
    assert.deepEqual(readVpcSettings(setting, regions), read(vpc))
  for (const setting of [{ vpc: [vpc] }, { vpcs: [vpc], vpcePort: 8443 }, { vpcs: { vpcs: [vpc] } }])
    assert.throws(() => readVpcSettings(JSON.stringify(setting), regions), /vpcs:1: .* must be a list/)
})

test('the Region of a network is that of its zones, and IPv6 has its shortest form', () => {
  // The forms of RFC 5952, section 4.
  const [read6] = read(other)
  assert.deepEqual(
    [read6?.region, read6?.accountId, read6?.ipv6Cidr, read6?.subnets[0]?.addresses],
    ['eu-west-1', '000000000042', 'fd00:20::/56', ['fd00:20::5', '10.21.0.1']],
  )
})

test('a network without groups has one that admits the network, whose id is the same at each start', () => {
  const { securityGroups: _, ...bare } = vpc
  // printf vpc-0a1b2c3d4e5f60718 | sha256sum
  const groupId = 'sg-54e5374ec610fdeae'
  const expected = { groupId, name: 'default', sources: ['10.20.0.0/16'] }
  assert.deepEqual(read(bare)[0]?.securityGroups, [expected])
  assert.deepEqual(read(other)[0]?.securityGroups[0]?.sources, ['10.21.0.0/16', 'fd00:20::/56'])
})

test('a group can admit nobody, everybody and one client, and a subnet can have no address', () => {
  const securityGroups = [
    { ...group, name: 'Back office (2)', sources: [] },
    { id: 'sg-1a2b3c4d', sources: ['0.0.0.0/0', '::/0', '192.0.2.1/32', '192.0.2.128/25', '192.0.2.1/32'] },
  ]
  const [first] = read({ ...vpc, subnets: [{ ...subnet, addresses: [] }], securityGroups })
  assert.deepEqual(first?.securityGroups, [
    { groupId: group.id, name: 'Back office (2)', sources: [] },
    {
      groupId: 'sg-1a2b3c4d',
      name: 'sg-1a2b3c4d',
      sources: ['0.0.0.0/0', '::/0', '192.0.2.1/32', '192.0.2.128/25'],
    },
  ])
  assert.deepEqual(first?.subnets[0]?.addresses, [])
})

test('a network belongs to its account, or to that of the data directory, in its Region', () => {
  const networks = networksOf(read(vpc, other), '111122223333')
  const idsOf = (accountId: string, region: string) =>
    networks.list({ accountId, region }).map(({ vpcId }) => vpcId)
  assert.deepEqual(idsOf('111122223333', 'us-east-1'), [vpc.id])
  assert.deepEqual(idsOf('000000000042', 'eu-west-1'), [other.id])
  assert.deepEqual([idsOf('111122223333', 'eu-west-1'), idsOf('000000000042', 'us-east-1')], [[], []])
  assert.deepEqual(
    networks.all.map(({ accountId }) => accountId),
    ['111122223333', '000000000042'],
  )
})

test('the configuration file has them as vpcs and vpcePort, and accounts keep their zeros', () => {
  const text = `regions: [eu-west-1]
vpcePort: 8443
vpcs:
- id: vpc-1a2b3c4d
  cidr: 127.0.0.0/8
  ipv6Cidr: 0:0::/64
  account: 000000000042
  subnets: [{ id: subnet-1a2b3c4d, zone: eu-west-1a, addresses: [127.0.0.2, "::1"] }]
`
  const config = toConfig(gatherSettings({ config: temporaryFile('keyward.yaml', text) }, {}))
  assert.equal(config.vpcePort, 8443)
  assert.equal(config.vpcs[0]?.accountId, '000000000042')
  assert.deepEqual(config.vpcs[0]?.subnets[0]?.addresses, ['127.0.0.2', '::1'])
  assert.equal(toConfig({}).vpcePort, 443)
})

test('clients know the port from their own settings, so it is never a free one', () => {
  for (const port of ['0', '65536', 'off', '-1', '4e2'])
    assert.throws(
      () => toConfig({ 'vpce-port': port }),
      /KEYWARD_VPCE_PORT \(--vpce-port\) is .*; it must be a number from 1 to 65535\.$/,
    )
})

const withSubnet = (change: object) => ({ ...vpc, subnets: [{ ...subnet, ...change }] })
const overlapping = (...cidrs: readonly string[]) =>
  cidrs.map((cidr, index) => ({ ...subnet, id: `subnet-1a2b3c4${index}`, cidr, addresses: [] }))
const withGroup = (change: object) => ({ ...vpc, securityGroups: [{ ...group, ...change }] })
const withAddress = (address: string) => withSubnet({ addresses: [address] })
const secondSubnet = (change: object) => ({
  ...vpc,
  subnets: [subnet, { ...subnet, id: 'subnet-1a2b3c4d', addresses: [], ...change }],
})
/** As many addresses as asked for, from 10.20.x.0 on. */
const manyAddresses = (count: number, x = 1) =>
  Array.from({ length: count }, (_, last) => `10.20.${x}.${last}`)
const crowd = [1, 2, 3, 4].map(x => ({
  ...{ id: `subnet-1a2b3c4${x}`, zone: 'us-east-1a', addresses: manyAddresses(251, x) },
}))

test('a subnet can have a range of its own, which can be as large as that of the network', () => {
  const rangesOf = (setting: object) => read(setting)[0]?.subnets.map(({ cidr }) => cidr)
  assert.deepEqual(rangesOf(withSubnet({ cidr: '10.20.0.0/16' })), ['10.20.0.0/16'])
  const halves = secondSubnet({ cidr: '10.20.2.0/24' })
  const [first, second] = halves.subnets
  assert.deepEqual(rangesOf({ ...halves, subnets: [{ ...first, cidr: '10.20.1.0/24' }, second] }), [
    ...['10.20.1.0/24', '10.20.2.0/24'],
  ])
  // The addresses of IPv6 are not in it.
  const dual = {
    ...withSubnet({ cidr: '10.20.1.0/24', addresses: ['fd00:20::5'] }),
    ipv6Cidr: 'fd00:20::/56',
  }
  assert.deepEqual(rangesOf(dual), ['10.20.1.0/24'])
})

test('a network has an address and a broadcast address if it has more than two addresses', () => {
  // RFC 919, section 7; RFC 3021, section 2.1.
  const inRange = (cidr: string, address: string) => read({ ...withAddress(address), cidr })
  for (const [cidr, address] of [
    ['10.20.0.0/16', '10.20.0.0'],
    ['10.20.0.0/16', '10.20.255.255'],
    ['10.20.1.4/30', '10.20.1.4'],
    ['10.20.1.4/30', '10.20.1.7'],
    ['10.0.0.0/8', '10.255.255.255'],
    ['192.168.0.0/16', '192.168.255.255'],
  ] as const)
    assert.throws(() => inRange(cidr, address), /is [\d.]+, the network address or the broadcast address of/)
  for (const [cidr, address] of [
    ['10.20.0.0/16', '10.20.1.0'],
    ['10.20.0.0/16', '10.20.0.255'],
    ['10.20.1.4/31', '10.20.1.4'],
    ['10.20.1.4/31', '10.20.1.5'],
    ['10.20.1.4/32', '10.20.1.4'],
  ] as const)
    assert.deepEqual(inRange(cidr, address)[0]?.subnets[0]?.addresses, [address])
})

type Refusals = readonly (readonly [setting: readonly object[], says: RegExp])[]

const refused: Readonly<Record<string, Refusals>> = {
  networks: [
    [[{ ...vpc, id: 'vpc-1A2B3C4D' }], /^vpcs:1: \[1\]\.id is vpc-1A2B3C4D; it must be vpc- and 8 or 17 hex/],
    [[{ ...vpc, id: undefined }], /\[1\] has no id/],
    [[{ ...vpc, name: 'x' }], /name is not a setting here; the known settings are id, cidr/],
    [[vpc, vpc], /\[2\]\.id is vpc-0a1b2c3d4e5f60718 a second time/],
    [[{ ...vpc, cidr: undefined }], /has no cidr/],
    [
      [{ ...vpc, cidr: '10.20.0.0' }],
      /cidr is 10\.20\.0\.0; it must be an IPv4 range such as 10\.0\.0\.0\/16/,
    ],
    [[{ ...vpc, cidr: '10.20.1.0/16' }], /cidr is 10\.20\.1\.0\/16; .* with zeros behind its prefix/],
    [[{ ...vpc, cidr: '10.20.0.128/24' }], /with zeros behind its prefix/],
    [[{ ...vpc, cidr: '10.20.0.0/33' }], /must be an IPv4 range/],
    [[{ ...vpc, cidr: '10.20.0.0/016' }], /must be an IPv4 range/],
    [[{ ...vpc, cidr: 'fd00::/56' }], /must be an IPv4 range/],
    [[{ ...vpc, cidr: '0.0.0.0/0' }], /cidr is 0\.0\.0\.0\/0, which is more than a \/8/],
    [[{ ...vpc, ipv6Cidr: '10.0.0.0/16' }], /ipv6Cidr is .*; it must be an IPv6 range such as fd00:20::\/56/],
    [[{ ...vpc, ipv6Cidr: 'fd00::1/56' }], /with zeros behind its prefix/],
    [[{ ...vpc, ipv6Cidr: 'fd00::/129' }], /must be an IPv6 range/],
    [[{ ...vpc, ipv6Cidr: '::ffff:10.0.0.0/104' }], /must be an IPv6 range/],
    [[{ ...vpc, ipv6Cidr: 'fd00::/8' }], /which is more than a \/32/],
    [[{ ...vpc, account: '42' }], /account is 42; it must be 12 digits/],
    [Array.from({ length: 101 }, () => vpc), /the file has more than 100 entries/],
  ],
  subnets: [
    [[{ ...vpc, subnets: undefined }], /has no subnets/],
    [[{ ...vpc, subnets: [] }], /subnets is empty/],
    [[{ ...vpc, subnets: subnet }], /subnets must be a list/],
    [[withSubnet({ id: 'subnet-1' })], /id is subnet-1; it must be subnet- and/],
    [[withSubnet({ id: 'vpc-1a2b3c4d' })], /it must be subnet- and/],
    [[secondSubnet({ id: subnet.id })], /subnets\[2\]\.id is subnet-0a1b2c3d4e5f60718 a second time/],
    [[withSubnet({ zone: undefined })], /has no zone/],
    [[withSubnet({ zone: 'us-east-1' })], /zone is us-east-1; it must be a zone such as us-east-1a/],
    [[withSubnet({ zone: 'us-west-2a' })], /in a Region of the server \(us-east-1, eu-west-1\)/],
    [[secondSubnet({ zone: 'eu-west-1a' })], /zone is eu-west-1a, and the network is in us-east-1/],
    [[withSubnet({ cidr: '10.21.1.0/24' })], /cidr is 10\.21\.1\.0\/24, which is not in 10\.20\.0\.0\/16/],
    [[withSubnet({ cidr: '10.20.0.0/15' })], /cidr is 10\.20\.0\.0\/15, which is not in 10\.20\.0\.0\/16/],
    [[withSubnet({ cidr: '10.20.1.5/24' })], /with zeros behind its prefix/],
    [[withSubnet({ cidr: 'fd00:20::/64' })], /must be an IPv4 range/],
    [
      [{ ...vpc, subnets: overlapping('10.20.1.0/24', '10.20.0.0/16') }],
      /subnets\[2\]\.cidr is 10\.20\.0\.0\/16, and a subnet before it has 10\.20\.1\.0\/24/,
    ],
    [
      [{ ...vpc, subnets: overlapping('10.20.0.0/16', '10.20.1.0/24') }],
      /cidr is 10\.20\.1\.0\/24, and a subnet before/,
    ],
  ],
  addresses: [
    [[withSubnet({ addresses: undefined })], /has no addresses/],
    [[withAddress('a.example')], /addresses\[1\] is a\.example; it must be an address such as/],
    [[withAddress('10.20.1.5/32')], /it must be an address such as/],
    [[withAddress('10.20.1.05')], /it must be an address such as/],
    [[withAddress('fe80::1%eth0')], /it must be an address such as/],
    [[withAddress('10.21.1.5')], /is 10\.21\.1\.5, which is not in 10\.20\.0\.0\/16/],
    [[withSubnet({ cidr: '10.20.2.0/24' })], /is 10\.20\.1\.5, which is not in 10\.20\.2\.0\/24/],
    [[withSubnet({ cidr: '10.20.1.6/31' })], /is 10\.20\.1\.5, which is not in/],
    [
      [withSubnet({ cidr: '10.20.1.4/30', addresses: ['10.20.1.7'] })],
      /is 10\.20\.1\.7, .* broadcast address of 10\.20\.1\.4\/30/,
    ],
    [[withAddress('fd00:20::5')], /is fd00:20::5, and the network has no ipv6Cidr/],
    [[{ ...withAddress('fd00:21::5'), ipv6Cidr: 'fd00:20::/56' }], /which is not in fd00:20::\/56/],
    [
      [secondSubnet({ addresses: ['10.20.1.6'] })],
      /subnets\[2\]\.addresses\[1\] is 10\.20\.1\.6 a second time/,
    ],
    [
      [{ ...other, subnets: [{ ...other.subnets[0], addresses: ['fd00:20::5', 'FD00:20:0:0::5'] }] }],
      /addresses\[2\] is fd00:20::5 a second time/,
    ],
    // One address is one endpoint's, whatever network it is in.
    [
      [vpc, { ...vpc, id: 'vpc-1a2b3c4d', subnets: [{ ...subnet, id: 'subnet-1a2b3c4d' }] }],
      /\[2\]\..* a second time/,
    ],
    [[withSubnet({ addresses: manyAddresses(257) })], /addresses has more than 256 entries/],
    [[{ ...vpc, subnets: crowd }], /is one more than the 1000 addresses/],
  ],
  groups: [
    [[{ ...vpc, securityGroups: [] }], /securityGroups is empty/],
    [[withGroup({ id: 'default' })], /id is default; it must be sg- and/],
    [[withGroup({ sources: undefined })], /has no sources/],
    [
      [withGroup({ sources: ['10.0.0.1'] })],
      /sources\[1\] is 10\.0\.0\.1; it must be an IP range such as 10\.0\.0\.0\/16, 10/,
    ],
    [[withGroup({ sources: ['::ffff:10.0.0.0/112'] })], /must be an IP range/],
    [[withGroup({ sources: ['sg-1a2b3c4d'] })], /must be an IP range/],
    [[withGroup({ name: 'sg-web' })], /name must have 1 to 255 letters/],
    [[withGroup({ name: '' })], /name must have 1 to 255 letters/],
    [
      [{ ...vpc, securityGroups: [group, { ...group, id: 'sg-1a2b3c4d', name: 'default' }] }],
      /securityGroups\[2\] has the name default, which a group before it has/,
    ],
    [[{ ...vpc, securityGroups: [group, group] }], /id is sg-0a1b2c3d4e5f60718 a second time/],
  ],
}

for (const [name, refusals] of Object.entries(refused)) {
  test(`${name} that do not fit are refused`, () => {
    for (const [setting, says] of refusals)
      assert.throws(
        () => read(...setting),
        (error: Error) => error instanceof OperatorError && says.test(error.message),
        String(says),
      )
  })
}

test('an address that no client can connect to alone is refused', () => {
  const wide = { ...vpc, cidr: '128.0.0.0/8', ipv6Cidr: 'fe80::/32' }
  for (const address of [
    ...['0.0.0.0', '169.254.1.1', '224.0.0.1', '255.255.255.255', '::', 'fe80::1', 'ff02::1'],
    ...['::ffff:10.20.1.5', '::ffff:a14:105'],
  ])
    assert.throws(
      () => read({ ...wide, subnets: [{ ...subnet, addresses: [address] }] }),
      /which cannot be an address to listen on/,
      address,
    )
})

test('a file names itself and the line', () => {
  const path = temporaryFile(
    'vpcs.yaml',
    '- id: vpc-1a2b3c4d\n  cidr: 10.20.0.0/16\n  subnets:\n  - id: subnet-1\n',
  )
  assert.throws(
    () => readVpcSettings(path, regions),
    new RegExp(`${path}:4: \\[1\\]\\.subnets\\[1\\]\\.id is subnet-1; `),
  )
})
