import assert from 'node:assert/strict'
import { createPublicKey, generateKeyPairSync, randomBytes } from 'node:crypto'
import { describe, test } from 'node:test'
import { TestCaller } from '../../fixtures/caller.ts'
import { administratorOf } from '../../fixtures/clients.ts'
import { startKeyward, temporaryDirectory } from '../../fixtures/keyward-process.ts'
import { refusedStart } from '../../fixtures/refused-start.ts'
import { writeSeed } from '../../fixtures/seed.ts'

const keyId = '1234abcd-12ab-34cd-56ef-1234567890ab'
const multiId = 'mrk-1234abcd12ab34cd56ef1234567890ab'
const regions = 'us-east-1,eu-west-1,cn-north-1'
const secret = randomBytes(32).toString('base64')
const [p256, rsa] = [
  generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey,
  generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey,
]
const pkcs8 = p256.export({ type: 'pkcs8', format: 'der' }).toString('base64')
const grantee = 'arn:aws:iam::111122223333:root'
const grant = (more: object) => ({
  aliases: ['alias/first'],
  grants: [{ name: 'worker', grantee, operations: ['Encrypt'], ...more }],
})
const ecc = { spec: 'ECC_NIST_P256', usage: 'SIGN_VERIFY' }
const external = { origin: 'EXTERNAL' }
const convert = /openssl pkcs8 -topk8 -nocrypt -in key\.pem/

/** A key, a text in the line that the message names (undefined for the line of the key itself), and the message. */
const refusals: Readonly<Record<string, readonly [key: object, line: string | undefined, message: RegExp]>> =
  {
    'no usage where one is needed': [
      { spec: 'ECC_NIST_P256' },
      undefined,
      /has no usage; .* SIGN_VERIFY or KEY_AGREEMENT/,
    ],
    'a usage that the spec cannot have': [
      { spec: 'RSA_2048', usage: 'KEY_AGREEMENT' },
      undefined,
      /has the usage 'KEY_AGREEMENT'; .* can have ENCRYPT_DECRYPT or SIGN_VERIFY/,
    ],
    'an unknown usage': [{ usage: 'constructor' }, undefined, /can have ENCRYPT_DECRYPT/],
    'an unknown spec': [{ spec: 'RSA_1024', usage: 'SIGN_VERIFY' }, undefined, /must be one of .*RSA_2048/],
    'an unknown origin': [{ origin: 'AWS_CLOUDHSM' }, undefined, /must be AWS_KMS or EXTERNAL/],
    'imported key material for a spec that cannot have it': [
      { spec: 'ML_DSA_44', usage: 'SIGN_VERIFY', ...external },
      undefined,
      /cannot be imported; leave origin out/,
    ],
    'SM2 where it is not offered': [
      { spec: 'SM2', usage: 'SIGN_VERIFY' },
      undefined,
      /SM2 in us-east-1; it is offered in the China regions, and elsewhere with KEYWARD_SM2/,
    ],
    'ML-KEM where it is not offered': [
      { spec: 'ML_KEM_512', usage: 'ENCAPSULATE_DECAPSULATE', region: 'cn-north-1' },
      undefined,
      /is not offered in the China regions/,
    ],
    'material and materials': [
      { material: secret, materials: [secret] },
      undefined,
      /put all of them into mat/,
    ],
    'several key materials of a key pair': [
      { ...ecc, materials: [pkcs8, pkcs8] },
      undefined,
      /only keys of SYMMETRIC_DEFAULT can have several, so keep one/,
    ],
    'the same key material twice': [
      { materials: ['AAAA', secret, secret] },
      'second',
      /same key material as one before/,
    ],
    'a secret of a wrong size': [
      { spec: 'HMAC_512', usage: 'GENERATE_VERIFY_MAC', material: secret },
      '"material"',
      /has 64 to 128 bytes; the one given has 32/,
    ],
    'a private key of a different spec': [
      { ...ecc, spec: 'ECC_NIST_P384', material: pkcs8 },
      '"material"',
      /is not a private key of ECC_NIST_P384 in PKCS#8.*openssl pkcs8/,
    ],
    'bytes that are not a private key': [{ ...ecc, material: secret }, '"material"', convert],
    'a private key in SEC 1': [
      { ...ecc, material: p256.export({ type: 'sec1', format: 'pem' }) },
      '"material"',
      /is PEM of "EC PRIVATE KEY"; it must be a "PRIVATE KEY" \(PKCS#8\); convert it with: openssl pkcs8/,
    ],
    'a private key after its parameters': [
      {
        ...ecc,
        material: `-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n${p256.export({ type: 'sec1', format: 'pem' })}`,
      },
      '"material"',
      convert,
    ],
    'a private key in PKCS#1': [
      { spec: 'RSA_2048', usage: 'SIGN_VERIFY', material: rsa.export({ type: 'pkcs1', format: 'pem' }) },
      '"material"',
      convert,
    ],
    'a public key': [
      { ...ecc, material: createPublicKey(p256).export({ type: 'spki', format: 'pem' }) },
      '"material"',
      /is PEM of "PUBLIC KEY"/,
    ],
    'an expiry of key material that is not imported': [
      { material: { material: secret, expires: '2099-01-31' } },
      '"expires"',
      /add origin: EXTERNAL to the key/,
    ],
    'a description of a key pair’s material': [
      { ...ecc, ...external, material: { material: pkcs8, description: 'x' } },
      '"description"',
      /of SYMMETRIC_DEFAULT only; leave it out/,
    ],
    'a description with characters that are not allowed': [
      { ...external, material: { material: secret, description: 'a\u{1f511}' } },
      '"description"',
      /must be 1 to 256 letters/,
    ],
    'pending key material alone': [
      { ...external, material: { material: secret, pending: true } },
      '"material": "',
      /only the last of several key materials can be pending/,
    ],
    'key material without its bytes': [
      { ...external, material: { expires: '2099-01-31' } },
      '"material"',
      /has no mat/,
    ],
    'a disabled key without key material': [{ ...external, enabled: false }, undefined, /cannot be disabled/],
    'a rotation period that is too short': [{ rotation: 89 }, '"rotation"', /number of days from 90 to 2560/],
    'a rotation period that is too long': [
      { rotation: 2561 },
      '"rotation"',
      /number of days from 90 to 2560/,
    ],
    'a rotation period that is not a number': [
      { rotation: 'yearly' },
      '"rotation"',
      /number of days from 90 to 2560/,
    ],
    'a rotation of a key pair': [
      { ...ecc, rotation: 365 },
      '"rotation"',
      /of SYMMETRIC_DEFAULT .* leave it out/,
    ],
    'a rotation of imported material': [{ ...external, rotation: 365 }, '"rotation"', /origin AWS_KMS only/],
    'replicas of a single-Region key': [
      { replicas: [{ region: 'eu-west-1' }] },
      undefined,
      /the id of a multi-Region key begins with mrk-/,
    ],
    'a replica without a region': [
      { id: multiId, replicas: [{ enabled: true }] },
      '"enabled"',
      /has no region/,
    ],
    'a replica with a spec of its own': [
      { id: multiId, replicas: [{ region: 'eu-west-1', spec: 'RSA_2048' }] },
      '"spec"',
      /is not a setting here/,
    ],
    'a replica in the Region of the key': [
      { id: multiId, replicas: [{ region: 'us-east-1' }] },
      '"region"',
      /where the key is already; leave one out/,
    ],
    'a replica in a different partition': [
      { id: multiId, replicas: [{ region: 'cn-north-1' }] },
      '"region"',
      /cannot have replicas of keys in us-east-1; leave it out/,
    ],
    'a replica in an unknown region': [
      { id: multiId, replicas: [{ region: 'mars-east-1' }] },
      '"region"',
      /KEYWARD_REGIONS is us-east-1,eu-west-1,cn-north-1/,
    ],
    'a grant without a name': [grant({ name: undefined }), '"grantee"', /has no name/],
    'a grant without a grantee': [grant({ grantee: undefined }), '"name"', /has no grantee/],
    'a grant with only CreateGrant': [
      grant({ operations: ['CreateGrant', 'CreateGrant'] }),
      '"name"',
      /must not contain only the CreateGrant operation/,
    ],
    'a grant without operations': [grant({ operations: [] }), '"name"', /must allow at least one/],
    'a grant of an unknown operation': [
      grant({ operations: ['Encrypt', 'PutKeyPolicy'] }),
      '"name"',
      /Value 'PutKeyPolicy' at 'operations\.2\.member' failed to satisfy constraint/,
    ],
    'a grant of an operation that the key does not support': [
      grant({ operations: ['Sign'] }),
      '"name"',
      /Operations \[Sign\] are not supported when creating a grant for a symmetric KMS key/,
    ],
    'a grant with a name that has characters that are not allowed': [
      grant({ name: 'a name' }),
      '"name"',
      /at 'name' failed/,
    ],
    'a grant to an ARN that is not a principal': [
      grant({ grantee: 'arn:aws:s3:::bucket' }),
      '"grantee"',
      /must be the ARN of an account, user or role/,
    ],
    'a grant to a user that does not exist': [
      grant({ grantee: 'arn:aws:iam::111122223333:user/nobody' }),
      '"name"',
      /names arn:aws:iam::111122223333:user\/nobody, and there is no such user; add it/,
    ],
    'a grant that a user who does not exist may retire': [
      grant({ retiring: 'arn:aws:iam::111122223333:user/nobody' }),
      '"name"',
      /there is no such user; add it/,
    ],
    'a grant to a name that is not a service': [
      grant({ grantee: 'lambda' }),
      '"name"',
      /at 'granteeServicePrincipal' fai/,
    ],
    'a grant to a service without a source': [
      grant({ grantee: 'dynamodb.us-east-1.amazonaws.com', retiring: grantee }),
      '"name"',
      /needs a retiring principal and a sourceArn constraint/,
    ],
    'a grant with a source that is not an ARN': [
      grant({ constraints: { sourceArn: 'a table with orders' } }),
      '"name"',
      /at 'constraints\.sourceArn' failed/,
    ],
    'a grant with both context constraints': [
      grant({ constraints: { encryptionContextEquals: { a: 'b' }, encryptionContextSubset: { a: 'b' } } }),
      '"name"',
      /More than one constraint supplied/,
    ],
    'a context constraint for a key without encryption context': [
      {
        ...ecc,
        ...grant({ operations: ['Sign'], constraints: { encryptionContextEquals: { a: 'b' } } }),
      },
      '"name"',
      /EncryptionContext is supported only when creating a grant for a symmetric encryption KMS key/,
    ],
    'two grants with the same name': [
      { grants: [grant({}).grants[0], { ...grant({}).grants[0], name: 'worker' }] },
      'second',
      /\(worker\) is in the file twice; leave one out/,
    ],
  }

/** The last line that has the text. JSON puts every value on a line of its own. */
function lineOf(text: string, part: string | undefined, key: object): number {
  const lines = text.split('\n')
  const place = part === 'second' ? secondOf(key) : part
  if (place === undefined)
    return lines.findIndex(line => line.includes('"id": "1234') || line.includes('mrk-'))
  return lines.findLastIndex(line => line.includes(place))
}

function secondOf(key: object): string {
  return 'materials' in key ? secret : '"name"'
}

describe('a server refuses, with the line and the remedy, a key of a seed that has', {
  concurrency: 4,
}, () => {
  for (const [what, [key, line, expected]] of Object.entries(refusals)) {
    test(what, async () => {
      const seed = { accounts: [{ id: '111122223333', keys: [{ id: keyId, ...key }] }] }
      const text = JSON.stringify(seed, null, 2)
      const path = writeSeed(text)
      const said = await refusedStart({ flags: ['--regions', regions, '--seed', path] })
      const [, place, message = ''] = /^keyward: \S+?:(\d+): (.*)\n$/s.exec(said) ?? assert.fail(said)
      // A flow mapping begins on the line of its brace, the line before its first member.
      const at = lineOf(text, line, key) + 1
      assert.ok([at, at - 1].includes(Number(place)), `line ${place}, and ${at} was expected: ${said}`)
      assert.match(message, expected)
      assert.ok(!message.includes('\n') && !message.includes(secret) && !message.includes(pkcs8), said)
    })
  }
})

test('a seed whose last grant is wrong changes nothing', async () => {
  const dataDirectory = temporaryDirectory()
  const nobody = grant({ grantee: 'arn:aws:iam::000000000000:user/nobody' })
  const seed = {
    accounts: [
      {
        id: '000000000000',
        keys: [
          { id: keyId, aliases: ['alias/made'] },
          { id: multiId, replicas: [{ region: 'eu-west-1', ...nobody }] },
        ],
      },
    ],
  }
  await refusedStart({ dataDirectory, flags: ['--regions', regions, '--seed', writeSeed(seed)] })
  const server = await startKeyward({ dataDirectory, flags: ['--regions', regions] })
  try {
    for (const region of ['us-east-1', 'eu-west-1']) {
      const { sdk } = new TestCaller(server, { credentials: administratorOf(server), region })
      assert.deepEqual((await sdk.listKeys({})).Keys, [])
      const { Aliases = [] } = await sdk.listAliases({})
      assert.deepEqual(
        Aliases.filter(alias => alias.TargetKeyId),
        [],
      )
    }
  } finally {
    await server.stop()
  }
})
