import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { createReadStream, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { base64, makeKey, TestCaller, type TestKey } from '../../fixtures/caller.ts'
import { derOf, newCurvePair } from '../../fixtures/key-pairs.ts'
import { readAuditRecords } from '../../fixtures/keyward-process.ts'
import { testServer } from '../../fixtures/test-server.ts'

// The records of operations with key pairs, MACs and grants, and the secrets that no record may have (AWS KMS developer
// guide, "Logging AWS KMS API calls with AWS CloudTrail").

const keyward = await testServer()
const admin = new TestCaller(keyward)

const secrets: string[] = []
/** Remembers a text that no record may have. */
function secret(value: unknown): string {
  secrets.push(String(value))
  return String(value)
}

/** Performs a call and checks its record. */
async function recorded(
  operation: string,
  key: TestKey,
  shown: object,
  hidden: object,
  readOnly = true,
): Promise<Record<string, unknown>> {
  const answer = await admin.answer(operation, { KeyId: key.id, ...shown, ...hidden })
  const record =
    readAuditRecords(keyward.dataDirectory).findLast(item => item['eventName'] === operation) ?? {}
  const { Constraints, ...plain } = { KeyId: key.id, ...shown } as { Constraints?: object }
  const parameters = Constraints === undefined ? {} : { constraints: lowered(Constraints) }
  assert.deepEqual(record['requestParameters'], { ...lowered(plain), ...parameters })
  if (readOnly) assert.equal(record['responseElements'], null)
  assert.equal(record['readOnly'], readOnly)
  const [resource, ...others] = record['resources'] as { ARN: string; type: string }[]
  assert.deepEqual([resource?.ARN, resource?.type, others], [key.arn, 'AWS::KMS::Key', []])
  assert.equal(record['errorCode'], undefined)
  return answer
}

/** The same members with CloudTrail's names, which begin with a small letter. */
const lowered = (members: object) =>
  Object.fromEntries(
    Object.entries(members).map(([name, value]) => [name.charAt(0).toLowerCase() + name.slice(1), value]),
  )

const message = () => secret(base64(randomBytes(64)))

test('records show the algorithm and the key, but neither messages nor results', async () => {
  const rsa = await makeKey(admin, { KeySpec: 'RSA_2048', KeyUsage: 'SIGN_VERIFY' })
  const Message = message()
  const sign = { SigningAlgorithm: 'RSASSA_PSS_SHA_512', MessageType: 'DIGEST' }
  const { Signature } = await recorded('Sign', rsa, sign, { Message })
  await recorded('Verify', rsa, sign, { Message, Signature: secret(Signature) })
  await recorded('GetPublicKey', rsa, {}, {})

  const hmac = await makeKey(admin, { KeySpec: 'HMAC_384', KeyUsage: 'GENERATE_VERIFY_MAC' })
  const macs = { MacAlgorithm: 'HMAC_SHA_384' }
  const { Mac } = await recorded('GenerateMac', hmac, macs, { Message })
  await recorded('VerifyMac', hmac, macs, { Message, Mac: secret(Mac) })

  const pair = await makeKey(admin, { KeySpec: 'RSA_2048', KeyUsage: 'ENCRYPT_DECRYPT' })
  const oaep = { EncryptionAlgorithm: 'RSAES_OAEP_SHA_256' }
  const { CiphertextBlob } = await recorded('Encrypt', pair, oaep, { Plaintext: message() })
  await recorded('Decrypt', pair, oaep, { CiphertextBlob: secret(CiphertextBlob) })
})

test('records of key agreement and encapsulation do not have the shared secret', async () => {
  const curve = await makeKey(admin, { KeySpec: 'ECC_NIST_P256', KeyUsage: 'KEY_AGREEMENT' })
  const PublicKey = secret(base64(derOf(newCurvePair().publicKey)))
  const ecdh = { KeyAgreementAlgorithm: 'ECDH' }
  secret((await recorded('DeriveSharedSecret', curve, ecdh, { PublicKey }))['SharedSecret'])

  const kem = await makeKey(admin, { KeySpec: 'ML_KEM_512', KeyUsage: 'ENCAPSULATE_DECAPSULATE' })
  const mlKem = { EncapsulationAlgorithm: 'ML_KEM' }
  const made = await recorded('Encapsulate', kem, mlKem, {})
  secret(made['SharedSecret'])
  const SharedSecretCiphertextBlob = secret(made['SharedSecretCiphertextBlob'])
  await recorded('Decapsulate', kem, mlKem, { SharedSecretCiphertextBlob })
})

test('records of data key pairs show the context and the spec', async () => {
  const key = await makeKey(admin)
  const shown = { KeyPairSpec: 'ECC_NIST_P256', EncryptionContext: { order: '7' } }
  const whole = await recorded('GenerateDataKeyPair', key, shown, {})
  for (const member of ['PrivateKeyPlaintext', 'PrivateKeyCiphertextBlob']) secret(whole[member])
  const { PrivateKeyCiphertextBlob } = await recorded('GenerateDataKeyPairWithoutPlaintext', key, shown, {})
  secret(PrivateKeyCiphertextBlob)
})

test('records of grants show the whole grant, but no grant token', async () => {
  const key = await makeKey(admin)
  const shown = {
    GranteePrincipal: 'arn:aws:iam::000000000000:root',
    RetiringPrincipal: 'arn:aws:iam::000000000000:root',
    Operations: ['Encrypt', 'Decrypt'],
    Constraints: { EncryptionContextSubset: { a: '1' } },
    Name: 'name',
  }
  const { GrantId, GrantToken } = await recorded('CreateGrant', key, shown, {}, false)
  secret(GrantToken)
  await recorded(
    'Encrypt',
    key,
    { EncryptionAlgorithm: 'SYMMETRIC_DEFAULT' },
    { Plaintext: message(), GrantTokens: [GrantToken] },
  )
  await recorded('ListGrants', key, { Limit: 10 }, {})
  await admin.answersNothing('RevokeGrant', { KeyId: key.id, GrantId })
  const record =
    readAuditRecords(keyward.dataDirectory).findLast(item => item['eventName'] === 'RevokeGrant') ?? {}
  assert.deepEqual(record['requestParameters'], { keyId: key.id, grantId: GrantId })
  assert.equal(record['readOnly'], false)
})

test('the log has none of these secrets, in any encoding', () => {
  const log = JSON.stringify(readAuditRecords(keyward.dataDirectory))
  assert.ok(secrets.length >= 12)
  for (const text of secrets) {
    assert.ok(text.length > 20)
    const bytes = Buffer.from(text, 'base64')
    for (const form of [text, bytes.toString('hex'), bytes.toString('base64url')]) {
      assert.equal(log.includes(form), false)
    }
  }
})

test('a record is one line, even to readers that end lines at other characters too', async () => {
  const Description = 'a\u2028b\u2029c\u0085d'
  await makeKey(admin, { Description })
  const directory = join(keyward.dataDirectory, 'audit')
  const descriptions: unknown[] = []
  for (const name of readdirSync(directory)) {
    for await (const line of createInterface({ input: createReadStream(join(directory, name)) })) {
      const { requestParameters } = JSON.parse(line) as { requestParameters: { description?: string } | null }
      descriptions.push(requestParameters?.description)
    }
  }
  assert.ok(descriptions.includes(Description))
})
