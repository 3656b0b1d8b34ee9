import {
  constants,
  createCipheriv,
  createPublicKey,
  generateKeyPairSync,
  publicEncrypt,
  randomBytes,
} from 'node:crypto'
import type { ImportKeyMaterialCommandInput, ImportKeyMaterialResponse } from '@aws-sdk/client-kms'
import type { TestCaller } from './caller.ts'

export type Algorithm =
  | 'RSAES_OAEP_SHA_1'
  | 'RSAES_OAEP_SHA_256'
  | 'RSA_AES_KEY_WRAP_SHA_1'
  | 'RSA_AES_KEY_WRAP_SHA_256'
export type WrappingSpec = 'RSA_2048' | 'RSA_3072' | 'RSA_4096'

/** What GetParametersForImport gave, with what to do with it. */
export interface ImportParameters {
  readonly algorithm: Algorithm
  readonly publicKey: Uint8Array
  readonly token: Uint8Array
}

export async function parametersFor(
  caller: TestCaller,
  keyId: string,
  algorithm: Algorithm = 'RSAES_OAEP_SHA_256',
  spec: WrappingSpec = 'RSA_2048',
): Promise<ImportParameters> {
  const answer = await caller.sdk.getParametersForImport({
    KeyId: keyId,
    WrappingAlgorithm: algorithm,
    WrappingKeySpec: spec,
  })
  return {
    algorithm,
    publicKey: answer.PublicKey ?? new Uint8Array(),
    token: answer.ImportToken ?? new Uint8Array(),
  }
}

/** Wraps key material as a client does: RSA-OAEP, or a fresh AES key under it with the material under that (RFC 5649). */
export function wrap({ algorithm, publicKey }: ImportParameters, material: Uint8Array): Uint8Array {
  const encrypt = (data: Uint8Array) =>
    publicEncrypt(
      {
        key: createPublicKey({ key: Buffer.from(publicKey), format: 'der', type: 'spki' }),
        padding: constants.RSA_PKCS1_OAEP_PADDING,
        oaepHash: algorithm.endsWith('SHA_1') ? 'sha1' : 'sha256',
      },
      data,
    )
  if (algorithm.startsWith('RSAES')) return encrypt(material)
  const aesKey = randomBytes(32)
  const cipher = createCipheriv('id-aes256-wrap-pad', aesKey, Buffer.from('a65959a6', 'hex'))
  return Buffer.concat([encrypt(aesKey), cipher.update(material), cipher.final()])
}

type ImportOptions = Omit<ImportKeyMaterialCommandInput, 'KeyId' | 'ImportToken' | 'EncryptedKeyMaterial'>

/** The whole request of an import; without options the key material does not expire. */
export function importRequest(
  keyId: string,
  parameters: ImportParameters,
  material: Uint8Array,
  options: ImportOptions = {},
): ImportKeyMaterialCommandInput {
  return {
    KeyId: keyId,
    ImportToken: parameters.token,
    EncryptedKeyMaterial: wrap(parameters, material),
    ...('ValidTo' in options ? {} : { ExpirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE' }),
    ...options,
  }
}

/** The same in the form that requests are sent in. */
export function importJson(...args: Parameters<typeof importRequest>): Record<string, unknown> {
  const { ImportToken, EncryptedKeyMaterial, ValidTo, ...rest } = importRequest(...args)
  return {
    ...rest,
    ImportToken: Buffer.from(ImportToken ?? []).toString('base64'),
    EncryptedKeyMaterial: Buffer.from(EncryptedKeyMaterial ?? []).toString('base64'),
    ...(ValidTo === undefined ? {} : { ValidTo: ValidTo.getTime() / 1000 }),
  }
}

/** Imports with parameters got for it. */
export async function importMaterial(
  caller: TestCaller,
  keyId: string,
  material: Uint8Array,
  options: ImportOptions = {},
): Promise<ImportKeyMaterialResponse> {
  const parameters = await parametersFor(caller, keyId)
  return await caller.sdk.importKeyMaterial(importRequest(keyId, parameters, material, options))
}

const pkcs8 = { format: 'der', type: 'pkcs8' } as const
const curves = {
  ECC_NIST_P256: 'prime256v1',
  ECC_NIST_P384: 'secp384r1',
  ECC_NIST_P521: 'secp521r1',
  ECC_SECG_P256K1: 'secp256k1',
} as const

/** Key material of a key spec, as it goes into the wrap. */
export function makeMaterial(keySpec: string): Buffer {
  const hmacBits = /^HMAC_(\d+)$/.exec(keySpec)?.[1]
  if (hmacBits !== undefined) return randomBytes(Number(hmacBits) / 8)
  if (keySpec === 'SYMMETRIC_DEFAULT') return randomBytes(32)
  if (keySpec === 'ECC_NIST_EDWARDS25519') return generateKeyPairSync('ed25519').privateKey.export(pkcs8)
  const rsaBits = /^RSA_(\d+)$/.exec(keySpec)?.[1]
  if (rsaBits !== undefined) {
    return generateKeyPairSync('rsa', { modulusLength: Number(rsaBits) }).privateKey.export(pkcs8)
  }
  const namedCurve = curves[keySpec as keyof typeof curves]
  return generateKeyPairSync('ec', { namedCurve }).privateKey.export(pkcs8)
}
