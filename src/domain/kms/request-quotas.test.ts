import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { newKey } from './key.ts'
import { factsOf, type KeySpec, keySpecs } from './key-spec.ts'
import { kmsActions } from './kms-actions.ts'
import { customKeyStoreQuota, isRequestPool, keyRequestQuota, requestQuota } from './request-quotas.ts'
import { resourceQuotaDefaults } from './resource-quotas.ts'

// Expected values: AWS KMS developer guide, "Quotas".

const region = 'us-east-1'

test('the resource quotas are AWS’s defaults', () => {
  assert.deepEqual(resourceQuotaDefaults, {
    keys: 100_000,
    aliasesPerKey: 50,
    grantsPerKey: 50_000,
    onDemandRotationsPerKey: 25,
  })
})

describe('management operations', () => {
  const perSecond: Readonly<Record<number, string>> = {
    2000: 'DescribeKey GetPublicKey ListResourceTags',
    1000: 'GetKeyPolicy GetKeyRotationStatus',
    500: 'ListAliases ListKeys',
    100: 'ListGrants ListKeyPolicies ListKeyRotations ListRetirableGrants',
    50: 'CreateGrant RetireGrant RevokeGrant',
    15: 'DeleteAlias DeleteImportedKeyMaterial EnableKeyRotation ImportKeyMaterial PutKeyPolicy ScheduleKeyDeletion',
    10: 'TagResource',
    5: `CancelKeyDeletion ConnectCustomKeyStore CreateAlias CreateCustomKeyStore CreateKey DeleteCustomKeyStore
      DescribeCustomKeyStores DisableKey DisableKeyRotation DisconnectCustomKeyStore EnableKey GetKeyLastUsage
      ReplicateKey RotateKeyOnDemand UntagResource UpdateAlias UpdateCustomKeyStore UpdateKeyDescription
      UpdatePrimaryRegion`,
    1: 'GetParametersForImport',
  }
  const namesIn = (operations: string) => operations.split(/\s+/)

  test('every action with a pool of its own is an operation here', () => {
    // ReEncrypt is two actions, and KMS itself synchronizes keys.
    const others: string[] = ['ReEncryptFrom', 'ReEncryptTo', 'SynchronizeMultiRegionKey']
    const withPool = kmsActions
      .filter(action => requestQuota(action, region)?.pool === action)
      .filter(action => !others.includes(action))
    assert.deepEqual(withPool.sort(), Object.values(perSecond).flatMap(namesIn).sort())
  })

  for (const [rate, operations] of Object.entries(perSecond)) {
    for (const operation of namesIn(operations)) {
      test(`${operation}: ${rate} in its own pool, in every region and with every key`, () => {
        const quota = { pool: operation, perSecond: Number(rate) }
        for (const where of [region, 'eu-north-1']) assert.deepEqual(requestQuota(operation, where), quota)
        for (const keySpec of ['SYMMETRIC_DEFAULT', 'RSA_2048'] as const) {
          assert.equal(keyRequestQuota(operation, keySpec, undefined, region), undefined)
        }
      })
    }
  }
})

describe('cryptographic operations', () => {
  const ofKey = (operation: string, keySpec: KeySpec, where = region) => {
    assert.equal(requestQuota(operation, where), undefined, 'depends on the key')
    return keyRequestQuota(operation, keySpec, undefined, where)
  }

  test('with symmetric and HMAC keys share a pool, which depends on the region', () => {
    const rates: [number, string][] = [
      [100_000, 'us-east-1 us-west-2 eu-west-1'],
      [20_000, 'us-east-2 ap-southeast-1 ap-southeast-2 ap-northeast-1 eu-central-1 eu-west-2'],
      [10_000, 'eu-north-1 cn-north-1 us-gov-west-1 local'],
    ]
    const symmetric = 'Decrypt Encrypt GenerateDataKey GenerateDataKeyWithoutPlaintext ReEncrypt'.split(' ')
    for (const [perSecond, regions] of rates) {
      const quota = { pool: 'Cryptographic.symmetric', perSecond }
      for (const where of regions.split(' ')) {
        for (const name of symmetric) assert.deepEqual(ofKey(name, 'SYMMETRIC_DEFAULT', where), quota, where)
        for (const name of ['GenerateMac', 'VerifyMac'])
          assert.deepEqual(ofKey(name, 'HMAC_512', where), quota)
        assert.deepEqual(requestQuota('GenerateRandom', where), quota)
      }
    }
  })

  test('with other keys share a pool of their family', () => {
    const pool = (name: string) => ({ pool: `Cryptographic.${name}`, perSecond: 1000 })
    for (const name of ['Encrypt', 'Decrypt', 'ReEncrypt', 'Sign', 'Verify']) {
      for (const keySpec of ['RSA_2048', 'RSA_3072', 'RSA_4096'] as const) {
        assert.deepEqual(ofKey(name, keySpec), pool('RSA'))
      }
    }
    const curves = ['ECC_NIST_P256', 'ECC_SECG_P256K1', 'ECC_NIST_EDWARDS25519', 'SM2'] as const
    for (const keySpec of curves) {
      for (const name of ['Sign', 'Verify', 'DeriveSharedSecret']) {
        assert.deepEqual(ofKey(name, keySpec), pool('ECC'))
      }
    }
    for (const name of ['Sign', 'Verify']) assert.deepEqual(ofKey(name, 'ML_DSA_65'), pool('ML_DSA'))
  })

  test('that make key pairs share a pool for each spec', () => {
    const rates: [string, number][] = [
      ['RSA_2048', 20],
      ['RSA_3072', 4],
      ['RSA_4096', 1],
      ['SM2', 25],
      ['ECC_NIST_P256', 100],
      ['ECC_NIST_P384', 100],
      ['ECC_NIST_P521', 100],
      ['ECC_SECG_P256K1', 100],
      ['ECC_NIST_EDWARDS25519', 100],
      // The page has no rate for ML-KEM: the rate of the curves applies.
      ['ML_KEM_512', 100],
      ['ML_KEM_768', 100],
      ['ML_KEM_1024', 100],
    ]
    const pairSpecs = (Object.keys(keySpecs) as KeySpec[]).filter(spec => factsOf(spec).isDataKeyPairSpec)
    assert.deepEqual(rates.map(([spec]) => spec).sort(), pairSpecs.sort())
    for (const [spec, perSecond] of rates) {
      for (const operation of ['GenerateDataKeyPair', 'GenerateDataKeyPairWithoutPlaintext']) {
        assert.equal(requestQuota(operation, region), undefined)
        const quota = keyRequestQuota(operation, 'SYMMETRIC_DEFAULT', spec, region)
        assert.deepEqual(quota, { pool: `GenerateDataKeyPair.${spec}`, perSecond })
      }
    }
  })
})

test('each custom key store has a pool of its own for cryptographic operations with its keys', () => {
  const names = { keySpec: 'SYMMETRIC_DEFAULT', keyUsage: 'ENCRYPT_DECRYPT' } as const
  const plain = newKey({ accountId: '1', region, keyId: 'k', ...names, origin: 'AWS_KMS', createdAt: 0 })
  const externalKey = { customKeyStoreId: 'cks-1', xksKeyId: 'x' }
  const outside = { ...plain, origin: 'EXTERNAL_KEY_STORE', externalKey } as const
  for (const name of 'Decrypt Encrypt GenerateDataKey GenerateDataKeyWithoutPlaintext ReEncrypt'.split(' ')) {
    const quota = { pool: 'CustomKeyStore', perSecond: 1800, customKeyStoreId: 'cks-1' }
    assert.deepEqual(customKeyStoreQuota(name, outside), quota)
    assert.equal(customKeyStoreQuota(name, plain), undefined)
  }
  for (const name of ['DescribeKey', 'CreateKey']) assert.equal(customKeyStoreQuota(name, outside), undefined)
})

test('isRequestPool knows the names of the pools', () => {
  const operations = new Set(['DescribeKey', 'CreateKey', 'Encrypt', 'GenerateRandom', 'GenerateDataKeyPair'])
  const pools = [
    'DescribeKey',
    'CreateKey',
    'Cryptographic.symmetric',
    'Cryptographic.RSA',
    'Cryptographic.ECC',
    'Cryptographic.ML_DSA',
    'CustomKeyStore',
    'GenerateDataKeyPair.RSA_2048',
    'GenerateDataKeyPair.SM2',
    'GenerateDataKeyPair.ECC_NIST_EDWARDS25519',
  ]
  for (const name of pools) assert.equal(isRequestPool(name, operations), true, name)
  const others = [
    '',
    'ListKeys',
    'Encrypt',
    'GenerateRandom',
    'GenerateDataKeyPair',
    'GenerateDataKeyPair.',
    'GenerateDataKeyPair.RSA_1024',
    'GenerateDataKeyPair.HMAC_256',
    'GenerateDataKeyPair.SYMMETRIC_DEFAULT',
    'Cryptographic.',
    'Cryptographic.rsa',
    'Cryptographic.symmetric2',
    'toString',
  ]
  for (const name of others) assert.equal(isRequestPool(name, operations), false, name)
})
