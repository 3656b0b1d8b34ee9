import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  isKeyPairSpec,
  isRegion,
  type KeySpec,
  type KeyUsage,
  offersKeySpec,
  keySpecs as serverSpecs,
} from '../../../src/domain/index.ts'
import {
  defaultSpec,
  type KeyType,
  keySpecs,
  originFault,
  origins,
  specsFor,
  usagesFor,
} from './key-specs.ts'

const regions = ['us-east-1', 'cn-north-1', 'us-gov-west-1']

test('the specs are those of the server, with its usages and algorithms', () => {
  assert.deepEqual(Object.keys(keySpecs).sort(), Object.keys(serverSpecs).sort())
  for (const [name, { type, algorithms, offered }] of Object.entries(keySpecs)) {
    const facts = serverSpecs[name as KeySpec]
    assert.deepEqual(algorithms, facts.algorithms, name)
    assert.equal(type, isKeyPairSpec(name as KeySpec) ? 'asymmetric' : 'symmetric', name)
    assert.equal(offered, 'offered' in facts ? facts.offered : undefined, name)
  }
})

test('a Region is offered the specs that the server makes there', () => {
  const deployment = { regions, offersSm2: false, quotas: {} as never }
  for (const region of regions) {
    assert.ok(isRegion(region))
    const offered = new Set<string>()
    for (const type of ['symmetric', 'asymmetric'] as const)
      for (const usage of usagesFor(type, region))
        for (const spec of specsFor(type, usage, region)) {
          offered.add(`${spec} ${usage}`)
          assert.equal(keySpecs[spec].type, type)
        }
    const expected = Object.entries(serverSpecs).flatMap(([spec, { algorithms }]) =>
      offersKeySpec(deployment, spec as KeySpec, region)
        ? Object.keys(algorithms).map(usage => `${spec} ${usage}`)
        : [],
    )
    assert.deepEqual([...offered].sort(), expected.sort(), region)
  }
})

test('the first choice is a spec of the usage', () => {
  const cases: [KeyType, KeyUsage, string][] = [
    ['symmetric', 'ENCRYPT_DECRYPT', 'SYMMETRIC_DEFAULT'],
    ['symmetric', 'GENERATE_VERIFY_MAC', 'HMAC_256'],
    ['asymmetric', 'ENCRYPT_DECRYPT', 'RSA_2048'],
    ['asymmetric', 'SIGN_VERIFY', 'RSA_2048'],
    ['asymmetric', 'KEY_AGREEMENT', 'ECC_NIST_P256'],
    ['asymmetric', 'ENCAPSULATE_DECAPSULATE', 'ML_KEM_768'],
  ]
  for (const [type, usage, spec] of cases) assert.equal(defaultSpec(type, usage, 'us-east-1'), spec)
})

test('each origin has the specs that the server makes with it', () => {
  // API reference, "CreateKey", Origin and KeySpec: key stores have symmetric encryption keys alone.
  for (const [name, { isImportable }] of Object.entries(serverSpecs)) {
    const spec = name as KeySpec
    const expected = [
      ...['AWS_KMS', ...(isImportable ? ['EXTERNAL'] : [])],
      ...(spec === 'SYMMETRIC_DEFAULT' ? ['AWS_CLOUDHSM', 'EXTERNAL_KEY_STORE'] : []),
    ]
    assert.deepEqual(
      origins.filter(origin => originFault(origin, spec) === undefined),
      expected,
      name,
    )
  }
})
