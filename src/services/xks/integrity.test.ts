import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { DomainKeys, type Hsm, openHsm, RootKey } from '../../hsm/index.ts'
import type { ResolvedKey } from '../../keys/index.ts'
import { parseJson, sha256, systemClock } from '../../std/index.ts'
import { XksProxy } from './xks-proxy.ts'

const { rootKey } = RootKey.make()
const hsm = openHsm(rootKey, [DomainKeys.generate(rootKey, 'us-east-1')])
after(() => hsm.close())

const keyId = '00000000-0000-4000-8000-000000000001'
const scope = { accountId: '111122223333', region: 'us-east-1' }
const owner = { ...scope, keyId, keySpec: 'SYMMETRIC_DEFAULT' } as const
const { keyMaterialId, keyToken } = await hsm.generateKeyMaterial(owner)
const handle = { binding: { ...owner, keyMaterialId }, keyToken }
const resolved = {
  ...{ key: owner, arn: `arn:aws:kms:us-east-1:111122223333:key/${keyId}`, state: 'Enabled' },
  ...{ current: handle, materials: new Map([[keyMaterialId, handle]]), changesAt: undefined },
} as unknown as ResolvedKey

/** Encrypts with a proxy on this HSM. Returns the status and the answer. */
async function encryptOn(used: Hsm, change: object) {
  const everybody = { principals: ['*'], kmsKeys: ['*'], operations: ['*'], sourceVpces: undefined }
  const faults: unknown[] = []
  const proxy = new XksProxy({
    keys: [{ externalKeyId: 'orders', keyId, accountId: undefined, region: 'us-east-1', ...everybody }],
    ...{ version: '1.2.3', clock: systemClock, recordFailure: () => undefined },
    record: async () => undefined,
    onFault: cause => faults.push(cause),
  })
  const keys = { findKey: () => resolved, findAliasTarget: () => undefined }
  const keyUsages = { note: () => undefined }
  await proxy.openWith({ keys, hsm: used, keyUsages, clock: systemClock, accountId: scope.accountId })
  const metadata = { kmsOperation: 'Encrypt', kmsRequestId: 'r', awsPrincipalArn: 'p', kmsKeyArn: 'k' }
  const body = { requestMetadata: metadata, plaintext: 'AAEC', encryptionAlgorithm: 'AES_GCM', ...change }
  const answer = await proxy.perform({
    ...{ method: 'POST', path: '/keys/orders/encrypt', body: Buffer.from(JSON.stringify(body)) },
    authenticate: () => ({ accessKeyId: 'A', region: 'us-east-1' }),
    ...{ sourceIpAddress: '127.0.0.1', userAgent: undefined, tlsDetails: undefined },
  })
  return { status: answer.status, json: parseJson(answer.body) as Record<string, unknown>, faults }
}

/** An HSM whose memory spoils each new ciphertext. */
const spoilt: Hsm = {
  ...hsm,
  sealForProxy(...args) {
    const sealed = hsm.sealForProxy(...args)
    sealed.ciphertext[0] = (sealed.ciphertext[0] ?? 0) ^ 1
    return sealed
  },
}
const withValue = { ciphertextDataIntegrityValueAlgorithm: 'SHA_256' }

test('a ciphertext that does not decrypt gets no integrity value', async () => {
  const { status, json, faults } = await encryptOn(spoilt, withValue)
  assert.deepEqual([status, json['errorName'], json['ciphertext']], [500, 'InternalException', undefined])
  assert.match(String(faults[0]), /a new ciphertext does not decrypt to its plaintext/)
  assert.equal((await encryptOn(spoilt, {})).status, 200)
  const sound = await encryptOn(hsm, withValue)
  assert.deepEqual([sound.status, typeof sound.json['ciphertextDataIntegrityValue']], [200, 'string'])
})

test('the integrity value is of the ciphertext before it is tried', async () => {
  // Damage during the trial does not fit the value, so AWS KMS finds it.
  let sealedCiphertext: Uint8Array | undefined
  const late: Hsm = {
    ...hsm,
    sealForProxy(...args) {
      const sealed = hsm.sealForProxy(...args)
      sealedCiphertext = sealed.ciphertext
      return sealed
    },
    openForProxy(...args) {
      const opened = hsm.openForProxy(...args)
      if (sealedCiphertext !== undefined) sealedCiphertext[0] = (sealedCiphertext[0] ?? 0) ^ 1
      return opened
    },
  }
  const { status, json } = await encryptOn(late, withValue)
  assert.equal(status, 200)
  const bytes = ['ciphertextMetadata', 'initializationVector', 'ciphertext', 'authenticationTag'].map(name =>
    Buffer.from(String(json[name]), 'base64'),
  )
  const value = (parts: readonly Buffer[]) => sha256(Buffer.concat(parts)).toString('base64')
  assert.notEqual(json['ciphertextDataIntegrityValue'], value(bytes))
  const [, , ciphertext] = bytes
  if (ciphertext !== undefined) ciphertext[0] = (ciphertext[0] ?? 0) ^ 1
  assert.equal(json['ciphertextDataIntegrityValue'], value(bytes))
})
